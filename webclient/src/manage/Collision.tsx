// Somebody else has changed a room while it was edited: what changed, field by field, and what becomes of mine.
import { useState } from "react";
import { Buttons } from "../desk/field";
import { intoView } from "../desk/show";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { useWords, type W } from "./catalogue";
import { clashes, listChange, rebase, roleFields, type Edit, type Field, type Room } from "./edit";

interface Props {
  base: Edit;
  mine: Edit;
  theirs: Edit;
  room: Room; // as it is now
  busy: boolean;
  /** What a category or add-in of a GUID is called. */
  named: (guid: string) => string;
  onApply: (edit: Edit) => void;
  onTake: () => void;
}

export function Collision({ base, mine, theirs, room, busy, named, onApply, onTake }: Props) {
  const w = useWords();
  const i = useI18n();
  const [given, setGiven] = useState<ReadonlySet<Field>>(new Set());
  const list = clashes(base, mine, theirs);
  const choose = (f: Field, theirsWins: boolean) => {
    const next = new Set(given);
    if (theirsWins) next.add(f);
    else next.delete(f);
    setGiven(next);
  };
  return (
    <section className="desk-note warn desk-collision" role="alert" ref={intoView}>
      <h3>{w("collision")}</h3>
      <p>{room.changed && (room.changed_by ? w("collisionBy", { who: room.changed_by, at: dateTime(i, room.changed) }) : w("collisionAt", { at: dateTime(i, room.changed) }))} {w("collisionYours")}</p>
      <table className="desk-table wrap">
        <thead>
          <tr>
            <th scope="col">{w("field")}</th>
            <th scope="col">{w("was")}</th>
            <th scope="col">{w("now")}</th>
            <th scope="col">{w("mine")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((c) => (
            <tr key={c.field}>
              <th scope="row">{w(c.field)}</th>
              <td>{shown(w, c.field, base, named)}</td>
              <td className={c.theirs ? "good" : ""}>{difference(w, c.field, base, theirs, named)}</td>
              <td>
                {c.mine && difference(w, c.field, base, mine, named)}
                {c.mine && (
                  <select className="input" aria-label={w("choose", { field: w(c.field) })} value={given.has(c.field) ? "theirs" : "mine"} onChange={(e) => choose(c.field, e.target.value === "theirs")}>
                    <option value="mine">{w("takeMine")}</option>
                    <option value="theirs">{w("takeTheirs")}</option>
                  </select>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Buttons>
        <Button look="primary" disabled={busy} onClick={() => onApply(rebase(base, mine, theirs, given))}>
          {w("applyAgain")}
        </Button>
        <Button disabled={busy} onClick={onTake}>
          {w("takeAll")}
        </Button>
      </Buttons>
    </section>
  );
}

const isRole = (f: Field): f is (typeof roleFields)[number] => (roleFields as readonly string[]).includes(f);

function shown(w: W, f: Field, e: Edit, named: (guid: string) => string): string {
  if (isRole(f)) return e[f].map((p) => p.display_name).join(", ") || "–";
  const v = e[f];
  if (f === "category" || f === "addin") return named(String(v)) || "–";
  if (f === "privacy" || f === "type" || f === "invitations") return w(v as "open");
  if (typeof v === "boolean") return v ? "✓" : "–";
  return String(v) || "–";
}

/** A list by who came and went, all else as it is. */
function difference(w: W, f: Field, base: Edit, to: Edit, named: (guid: string) => string) {
  if (!isRole(f)) return <bdi>{shown(w, f, to, named)}</bdi>;
  const { added, removed } = listChange(base[f], to[f]);
  if (!added.length && !removed.length) return <bdi>{shown(w, f, to, named)}</bdi>;
  return (
    <ul className="desk-plain">
      {added.map((p) => (
        <li key={p.guid} className="good">{w("added", { who: p.display_name })}</li>
      ))}
      {removed.map((p) => (
        <li key={p.guid} className="bad">{w("removed", { who: p.display_name })}</li>
      ))}
    </ul>
  );
}
