// Room management, for people who manage rooms or may create them. Old clients open it, too (XCCOS 11).
import { Asked } from "../desk/Asked";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { useT } from "../i18n/i18n";
import { Boundary } from "../ui/Boundary";
import { Button, IconButton } from "../ui/Button";
import { go } from "../shell/route";
import { useAsked } from "./ask";
import { useWords } from "./catalogue";
import { Create } from "./Create";
import type { Room } from "./edit";
import { Editor } from "./Editor";
import { whereOf } from "./where";
import "../desk/desk.css";

const most = 5000; // rooms that the API lists at once

export default function ManagePage({ path }: { path: string }) {
  const w = useWords();
  const t = useT();
  const where = whereOf(path);
  const rooms = useAsked("listRooms", { query: { as: "manager", disabled: true, limit: most } });
  const close = () => go("/manage");
  const columns: Column<Room>[] = [
    { key: "name", head: w("name"), value: (r) => r.name },
    { key: "category", head: w("category"), value: (r) => r.category, width: 10 },
    { key: "privacy", head: w("privacy"), value: (r) => w(({ open: "privacyOpen", closed: "privacyClosed", secret: "privacySecret" } as const)[r.privacy]), width: 8 },
    { key: "type", head: w("type"), value: (r) => w(r.type === "normal" ? "typeNormal" : "typeAuditorium"), width: 8, extra: true },
    { key: "disabled", head: w("disabled"), value: (r) => r.disabled, width: 7 },
    { key: "participants", head: w("participants"), value: (r) => r.participants, width: 8, end: true, extra: true },
    { key: "description", head: w("description"), value: (r) => r.description, extra: true },
  ];
  const open = where.is === "room" ? where.room : undefined;
  const title = open ? (rooms.data?.rooms.find((r) => r.guid === open)?.name ?? w("title")) : w("newRoom");
  return (
    <section className="desk" aria-label={w("title")}>
      <header className="desk-head">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>{w("title")}</h1>
        <span className="desk-gap" />
        <Button look="primary" icon="plus" onClick={() => go("/manage/new")}>
          {w("newRoom")}
        </Button>
      </header>
      <div className="desk-main">
        <Split
          list={
            <>
              <p className="desk-hint">{w("intro")}</p>
              <Boundary>
                <Asked of={rooms}>
                  {(list) =>
                    list.rooms.length ? (
                      <Table label={w("title")} rows={list.rooms} columns={columns} id={(r) => r.guid} open={open} onOpen={(r) => go(`/manage/${r.guid}`)} file="rooms" first={{ key: "name", down: false }} />
                    ) : (
                      <p className="desk-empty">{w("noRooms")}</p>
                    )
                  }
                </Asked>
              </Boundary>
            </>
          }
          sheet={
            (open || where.is === "new") && (
              <Sheet key={open ?? "new"} title={title} onClose={close}>
                {open ? <Editor guid={open} /> : <Create />}
              </Sheet>
            )
          }
        />
      </div>
    </section>
  );
}
