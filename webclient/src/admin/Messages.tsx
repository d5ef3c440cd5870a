// Messages of a room: found, removed, replaced, purged. Everything that is seen and done here is on record.
import { useState } from "react";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Area, Buttons, Check, Choice, Form, Section, Text } from "../desk/field";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded, officer } from "./duty";
import type { PageProps } from "./pages";
import { endOf, startOf } from "./times";

type Found = Schemas["FoundMessages"];
type Asking = { what: "remove" | "replace" | "purge"; found: Found };

const most = 200;

export function Messages({ query }: PageProps) {
  const w = useWords();
  const act = useAct();
  const rooms = useAsked("listRooms", { query: {} });
  const [room, setRoom] = useState(new URLSearchParams(query).get("room") ?? "");
  const [f, setF] = useState({ words: "", match: "all", author: "", from: "", until: "", case_sensitive: false });
  const [text, setText] = useState("");
  const [until, setUntil] = useState("");
  const [found, setFound] = useState<Found>();
  const [asking, setAsking] = useState<Asking>();

  const filter = (): Schemas["MessageFilter"] => ({
    match: f.match, case_sensitive: f.case_sensitive, limit: most,
    ...(f.words && { words: f.words }), ...(f.author && { author: f.author }), ...(f.from && { from: startOf(f.from) }), ...(f.until && { until: endOf(f.until) }),
  });
  const path = { room };
  const anything = Boolean(f.words || f.author || f.from || f.until);
  const search = () =>
    act.run(async () => {
      if (anything) return setFound(await ask("searchMessages", { path, body: filter() }));
      const newest = await ask("messages", { path, query: { last: String(most) } });
      setFound({ total: newest.length, messages: newest });
    });
  const change = (what: "remove" | "replace", dry_run: boolean) =>
    ask("changeMessages", { path, body: { ...filter(), all: !anything, replace: what === "replace", ...(what === "replace" && text && { text }), dry_run } });
  const purge = (dry_run: boolean) => ask("purge", { path, body: { until: new Date(Date.parse(endOf(until)) - 1).toISOString(), dry_run } });
  const look = (what: Asking["what"]) => act.run(async () => setAsking({ what, found: what === "purge" ? await purge(true) : await change(what, true) }));

  return (
    <>
      <p className="desk-hint">{w("messagesIntro")}</p>
      <Text label={w("room")} value={room} onChange={setRoom} list="admin-rooms" />
      <datalist id="admin-rooms">{rooms.data?.map((r) => <option key={r.uri} value={r.name} />)}</datalist>
      <Section title={w("find")}>
        <Form onSubmit={() => void search()}>
          <div className="desk-trio">
            <Text label={w("words")} value={f.words} onChange={(words) => setF({ ...f, words })} />
            <Choice label={w("match")} value={f.match} onChange={(match) => setF({ ...f, match })} options={[["all", w("matchAll")], ["any", w("matchAny")], ["exact", w("matchExact")]]} />
            <Text label={w("author")} value={f.author} onChange={(author) => setF({ ...f, author })} />
            <Text label={w("from")} type="date" value={f.from} onChange={(from) => setF({ ...f, from })} />
            <Text label={w("untilDay")} type="date" value={f.until} onChange={(u) => setF({ ...f, until: u })} />
          </div>
          <Check label={w("caseSensitive")} value={f.case_sensitive} onChange={(case_sensitive) => setF({ ...f, case_sensitive })} />
          <Guarded duty={officer}>
            <Buttons>
              <Button type="submit" icon="search" disabled={act.busy || !room}>{w(anything ? "search" : "newest")}</Button>
            </Buttons>
          </Guarded>
        </Form>
        <Outcome of={act} />
        {found && <FoundTable found={found} />}
      </Section>
      <Section title={w("changeThem")} hint={w("changeThemHint")}>
        <Guarded duty={administrator}>
          <Area label={w("newText")} hint={w("newTextHint")} value={text} onChange={setText} rows={2} />
          <Buttons>
            <Button look="danger" disabled={act.busy || !room} onClick={() => void look("remove")}>{w("removeThem")}</Button>
            <Button look="danger" disabled={act.busy || !room} onClick={() => void look("replace")}>{w("replaceThem")}</Button>
          </Buttons>
        </Guarded>
      </Section>
      <Section title={w("purgeTitle")} hint={w("purgeHint")}>
        <Guarded duty={administrator}>
          <Text label={w("untilDay")} type="date" value={until} onChange={setUntil} />
          <Buttons>
            <Button look="danger" disabled={act.busy || !room || !until} onClick={() => void look("purge")}>{w("purge")}</Button>
          </Buttons>
        </Guarded>
      </Section>
      {asking && (
        <Confirm
          title={w(asking.what === "replace" ? "replaceTitle" : "removeTitle", { n: asking.found.total, room })}
          action={w(asking.what === "replace" ? "replaceThem" : asking.what === "purge" ? "purge" : "removeThem")}
          onDo={async () => {
            const done = asking.what === "purge" ? await purge(false) : await change(asking.what, false);
            void act.run(() => Promise.resolve(w("messagesDone", { n: done.total })));
            setFound(undefined);
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>{w("messagesLose")}</p>
          {asking.found.messages.length > 0 && <FoundTable found={asking.found} />}
        </Confirm>
      )}
    </>
  );
}

function FoundTable({ found }: { found: Found }) {
  const w = useWords();
  const i = useI18n();
  const columns: Column<Schemas["Message"]>[] = [
    { key: "id", head: "#", value: (m) => m.id, width: 5, end: true },
    { key: "at", head: w("at"), value: (m) => m.at, cell: (m) => dateTime(i, m.at), width: 11 },
    { key: "author", head: w("author"), value: (m) => m.author_name || m.author, width: 9 },
    { key: "text", head: w("text"), value: (m) => m.text, wrap: true },
  ];
  return (
    <>
      {found.total > found.messages.length && <p className="desk-hint" role="status">{w("foundMore", { n: found.total, shown: found.messages.length })}</p>}
      <Table label={w("messages")} rows={found.messages} columns={columns} id={(m) => String(m.id)} file="messages" />
    </>
  );
}
