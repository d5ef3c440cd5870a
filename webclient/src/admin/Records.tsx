// What is on record. Each search is itself.
import { useState } from "react";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Facts, Form, Text } from "../desk/field";
import { Picker, type Choosable } from "../desk/Picker";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { whole } from "../i18n/time";
import { ask, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { findUsers, namesOf } from "./principals";
import { endOf, said, second, startOf } from "./times";

type RecordT = Schemas["Record"];

const page = 1000;

export function Records() {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const rooms = useAsked("listRooms", { query: {} });
  const [people, setPeople] = useState<Choosable[]>([]);
  const [q, setQ] = useState({ room: "", kind: "", words: "", case: "", from: "", until: "" });
  const [found, setFound] = useState<{ records: RecordT[]; more: boolean; query: object }>();
  const [open, setOpen] = useState<RecordT>();
  const text = (key: keyof typeof q) => ({ value: q[key], onChange: (s: string) => setQ({ ...q, [key]: s }) });

  // Several people and kinds are named by repeating the parameter.
  const question = () => ({ ...said({ room: q.room, words: q.words, case: q.case, from: startOf(q.from), until: endOf(q.until) }), who: namesOf(people), kind: q.kind.split(/[\s,]+/).filter(Boolean) });
  const search = (query: object, before: RecordT[]) =>
    act.run(async () => {
      const last = before.at(-1);
      const list = await ask("records", { query: { ...query, limit: String(page), ...(last && { after: String(last.entry) }) } });
      setFound({ records: [...before, ...list], more: list.length === page, query });
    });

  const columns: Column<RecordT>[] = [
    { key: "entry", head: w("entry"), value: (r) => r.entry, width: 6, end: true },
    { key: "at", head: w("at"), value: (r) => r.at, cell: (r) => second(i, r.at), width: 11 },
    { key: "kind", head: w("kind"), value: (r) => r.kind, width: 7 },
    { key: "actor", head: w("actor"), value: (r) => r.name || r.actor, width: 9 },
    { key: "room", head: w("room"), value: (r) => r.room, width: 9, extra: true },
    { key: "message", head: "#", value: (r) => r.message, width: 5, end: true, extra: true },
    { key: "text", head: w("text"), value: (r) => (r.withheld ? w("withheld") : r.restricted && !r.text ? w("restricted") : r.text || r.detail), extra: true },
  ];
  return (
    <Split
      list={
        <>
          <p className="desk-hint">{w("recordsIntro")}</p>
          <Form onSubmit={() => void search(question(), [])}>
            <div className="desk-trio">
              <Text label={w("room")} hint={w("recordRoomHint")} list="record-rooms" {...text("room")} />
              <Picker label={w("people")} value={people} onChange={setPeople} find={findUsers} among={["users"]} free />
              <Text label={w("kinds")} hint={w("kindsHint")} {...text("kind")} />
              <Text label={w("words")} {...text("words")} />
              <Text label={w("from")} type="date" {...text("from")} />
              <Text label={w("untilDay")} type="date" {...text("until")} />
              <Text label={w("case")} hint={w("caseHint")} {...text("case")} />
            </div>
            <datalist id="record-rooms">{rooms.data?.map((r) => <option key={r.uri} value={r.name} />)}</datalist>
            <Outcome of={act} />
            <Buttons>
              <Button type="submit" icon="search" look="primary" disabled={act.busy}>{w("search")}</Button>
            </Buttons>
          </Form>
          {found && (
            <>
              <Table label={w("records")} rows={found.records} columns={columns} id={(r) => String(r.entry)} open={open && String(open.entry)} onOpen={setOpen} file="records" />
              {found.more && <Button disabled={act.busy} onClick={() => void search(found.query, found.records)}>{w("goOn")}</Button>}
            </>
          )}
        </>
      }
      sheet={
        open && (
          <Sheet title={w("entryNo", { n: open.entry })} kind={open.kind} onClose={() => setOpen(undefined)}>
            <Facts
              of={[
                [w("at"), whole(i, open.at)],
                [w("actor"), <bdi key="a">{open.name ? `${open.name} (${open.actor})` : open.actor}</bdi>],
                [w("room"), <bdi key="r">{open.room}</bdi>],
                open.room_guid && ["GUID", open.room_guid],
                open.message !== undefined && [w("message"), open.last ? `${open.message}–${open.last}` : String(open.message)],
                open.endpoint && [w("endpoint"), open.endpoint],
                open.client && [w("client"), open.client],
                open.cause && [w("cause"), open.cause],
                (open.withheld || open.restricted) && [w("text"), w(open.withheld ? "withheld" : "restricted")],
              ]}
            />
            {open.text && <pre className="desk-pre" dir="auto" tabIndex={0}>{open.text}</pre>}
            {open.detail && <pre className="desk-pre" tabIndex={0}>{readable(open.detail)}</pre>}
          </Sheet>
        )
      }
    />
  );
}

/** Details are JSON mostly, which is shown so that it can be read. */
function readable(detail: string): string {
  try {
    return JSON.stringify(JSON.parse(detail), null, 2);
  } catch {
    return detail; // words
  }
}
