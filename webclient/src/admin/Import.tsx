// Users, rooms and roles from a file: looked at first, then done.
import { useState } from "react";
import { CsvError } from "../desk/csv";
import { Outcome, Refused, useAct } from "../desk/act";
import { Area, Buttons, Check, Choice, Form } from "../desk/field";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { ask, stale } from "./ask";
import { columnsOf, parse, sendAll, type Item, type Kind, type Result } from "./bulk";
import { useWords, type Key, type W } from "./catalogue";
import { administrator, Guarded } from "./duty";

const shown = 8; // lines of the preview

function send(kind: Kind, items: unknown[], dry_run: boolean, skip_existing: boolean) {
  switch (kind) {
    case "users":
      return ask("addUsers", { body: { items: items as never, dry_run, skip_existing } });
    case "rooms":
      return ask("addRooms", { body: { items: items as never, dry_run, skip_existing } });
    case "grants":
      return ask("grant", { body: { items: items as never, dry_run } });
  }
}

function csvText(w: W, e: CsvError): string {
  const why = { quote: w("csvQuote"), cells: w("csvCells"), unknown: w("csvUnknown", { what: e.what }), missing: w("csvMissing", { what: e.what }), empty: w("csvEmpty") }[e.why];
  return w("line", { n: e.line }) + ": " + why;
}

export function Import() {
  const w = useWords();
  const act = useAct();
  const [kind, setKind] = useState<Kind>("users");
  const [text, setText] = useState("");
  const [skip, setSkip] = useState(false);
  const [progress, setProgress] = useState(0);
  const [looked, setLooked] = useState<{ items: Item<unknown>[]; result: Result; did: boolean }>();
  const [wrong, setWrong] = useState("");

  const change = (f: () => void) => {
    f();
    setLooked(undefined);
    setWrong("");
    act.clear();
  };
  const work = (dry: boolean) =>
    act.run(async () => {
      setWrong("");
      let items: Item<unknown>[];
      try {
        items = parse(kind, text);
      } catch (e) {
        if (!(e instanceof CsvError)) throw e;
        setLooked(undefined);
        setWrong(csvText(w, e));
        return;
      }
      setProgress(0);
      const result = await sendAll(items, (list, d) => send(kind, list, d, skip), dry, setProgress);
      setLooked({ items, result, did: !dry });
      if (!dry) await stale();
    });

  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void work(true)}>
        <Choice label={w("importWhat")} value={kind} onChange={(k) => change(() => setKind(k))} options={[["users", w("users")], ["rooms", w("rooms")], ["grants", w("grants")]]} />
        <p className="desk-hint">{w("importColumns", { columns: columnsOf[kind].columns.join(", "), needed: columnsOf[kind].needed.join(", ") })}</p>
        <div className="desk-field">
          <label htmlFor="import-file">{w("importFile")}</label>
          <input
            id="import-file"
            className="input"
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={(e) => void e.target.files?.[0]?.text().then((s) => change(() => setText(s)))}
          />
        </div>
        <Area label={w("importText")} value={text} onChange={(s) => change(() => setText(s))} rows={8} />
        {kind !== "grants" && <Check label={w("skipExisting")} value={skip} onChange={(v) => change(() => setSkip(v))} />}
        {wrong && <p role="alert" className="desk-note bad">{wrong}</p>}
        <Outcome of={act} />
        {act.busy && progress > 0 && <p role="status">{w("importProgress", { n: progress })}</p>}
        {looked && <Report {...looked} />}
        <Buttons>
          <Button type="submit" disabled={act.busy || !text.trim()}>{w("look")}</Button>
          <Button look="primary" disabled={act.busy || !looked || looked.did || looked.result.wrong.length > 0 || !looked.result.done} onClick={() => void work(false)}>
            {w("importDo", { n: looked?.result.done ?? 0 })}
          </Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}

function Report({ items, result, did }: { items: Item<unknown>[]; result: Result; did: boolean }) {
  const w = useWords();
  const i = useI18n();
  const columns = Object.keys((items[0]?.item ?? {}) as object).filter((k) => k !== "password");
  return (
    <div>
      <p className={result.wrong.length ? "desk-note warn" : "desk-note good"} role="status">
        {w(did ? "importDone" : "importWould", { n: result.done })}
        {result.skipped > 0 && " " + w("importSkipped", { n: result.skipped })}
        {result.left > 0 && " " + w("importLeft", { n: result.left })}
      </p>
      {result.wrong.length > 0 && (
        <ul className="desk-plain" aria-label={w("importWrong")}>
          {result.wrong.map((x) => (
            <li key={x.line} className="bad">
              <strong>{w("line", { n: x.line })}:</strong> {x.why instanceof Error ? refusalText(i, x.why) : <Refused why={x.why} />}
            </li>
          ))}
        </ul>
      )}
      {!did && items.length > 0 && (
        <div className="desk-scroll" tabIndex={0} role="group" aria-label={w("preview")}>
          <table className="desk-table wide">
            <thead>
              <tr>
                <th scope="col">{w("lineHead")}</th>
                {columns.map((c) => <th key={c} scope="col">{w(c as Key) || c}</th>)}
              </tr>
            </thead>
            <tbody>
              {items.slice(0, shown).map((x) => (
                <tr key={x.line}>
                  <td>{x.line}</td>
                  {columns.map((c) => <td key={c}><bdi>{String((x.item as Record<string, unknown>)[c] ?? "")}</bdi></td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
