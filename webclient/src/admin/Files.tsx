// Files that wait to be scanned, and those in quarantine.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Choice } from "../desk/field";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { bytes, dateTime } from "../i18n/time";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { useDuties } from "./duty";

type FileT = Schemas["File"];
type State = "quarantined" | "waiting" | "unfinished" | "clean";

const page = 1000;

export function Files() {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const may = useDuties().includes("administrator");
  const [state, setState] = useState<State>("quarantined");
  const [after, setAfter] = useState("");
  const files = useAsked("listFiles", { query: { state, limit: String(page), ...(after && { after }) } });
  const [releasing, setReleasing] = useState<FileT>();
  const columns: Column<FileT>[] = [
    { key: "name", head: w("file"), value: (f) => f.name },
    { key: "room", head: w("room"), value: (f) => f.room, width: 9 },
    { key: "uploader", head: w("uploader"), value: (f) => f.uploader, width: 8, extra: true },
    { key: "size", head: w("size"), value: (f) => f.size, cell: (f) => bytes(i, f.size), end: true, width: 6, extra: true },
    { key: "type", head: w("type"), value: (f) => f.type, width: 9, extra: true },
    { key: "at", head: w("at"), value: (f) => f.at, cell: (f) => dateTime(i, f.at), width: 10, extra: true },
    { key: "reason", head: w("reason"), value: (f) => f.reason, wrap: true },
    { key: "sha", head: "SHA-256", value: (f) => f.sha256, width: 8, extra: true },
  ];
  return (
    <>
      <p className="desk-hint">{w("filesIntro")}</p>
      <Outcome of={act} />
      <Asked of={files}>
        {(list) => (
          <>
            <Table
              label={w("filesPage")} rows={list} columns={columns} id={(f) => f.id} file="files" first={{ key: "at", down: true }}
              tools={
                <Choice
                  label={w("state")} value={state}
                  onChange={(s) => {
                    setState(s);
                    setAfter("");
                  }}
                  options={(["quarantined", "waiting", "unfinished", "clean"] as const).map((s) => [s, w(s)] as const)}
                />
              }
              {...(state === "quarantined" && may && {
                rowTools: (f: FileT) => (
                  <>
                    <Button look="quiet" disabled={act.busy} aria-label={`${w("rescan")}: ${f.name}`} onClick={() => void act.run(() => ask("rescanFile", { path: { id: f.id } }).then(stale).then(() => w("rescanned", { name: f.name })))}>{w("rescan")}</Button>
                    <Button look="quiet" disabled={act.busy} aria-label={`${w("release")}: ${f.name}`} onClick={() => setReleasing(f)}>{w("release")}</Button>
                  </>
                ),
              })}
            />
            {list.length === page && <Button onClick={() => setAfter(list.at(-1)!.id)}>{w("goOn")}</Button>}
          </>
        )}
      </Asked>
      {releasing && (
        <Confirm title={w("releaseTitle", { name: releasing.name })} action={w("release")} onDo={() => ask("releaseFile", { path: { id: releasing.id } }).then(stale).then(() => undefined)} onClose={() => setReleasing(undefined)}>
          <p>{w("releaseMeans", { reason: releasing.reason ?? "–" })}</p>
        </Confirm>
      )}
    </>
  );
}
