// Somebody else has changed a thing while it was edited: what changed, and what becomes of one's own changes.
import { Button } from "../ui/Button";
import { useDesk } from "./catalogue";
import { Buttons } from "./field";
import { intoView } from "./show";
import type { Clash, Value } from "./stale";

interface Props<K> {
  list: readonly Clash<K>[];
  label: (key: K) => string;
  /** Puts one's own changes into the form again, on top of what is there now. */
  onKeep: () => void;
  onTake: () => void;
}

export function Stale<K extends PropertyKey>({ list, label, onKeep, onTake }: Props<K>) {
  const t = useDesk();
  const shown = (v: Value) => {
    if (typeof v === "boolean") return t(v ? "yes" : "no");
    return (Array.isArray(v) ? v.join(", ") : String((v as string | number | undefined) ?? "")) || "–";
  };
  return (
    <section className="desk-note warn desk-collision" role="alert" ref={intoView}>
      <h3>{t("stale")}</h3>
      <p>{t("staleNote")}</p>
      <table className="desk-table wrap">
        <thead>
          <tr>
            <th scope="col">{t("field")}</th>
            <th scope="col">{t("was")}</th>
            <th scope="col">{t("now")}</th>
            <th scope="col">{t("mine")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((c) => (
            <tr key={String(c.key)}>
              <th scope="row">{label(c.key)}</th>
              <td><bdi>{shown(c.was)}</bdi></td>
              <td><bdi>{shown(c.now)}</bdi></td>
              <td>{c.both && <bdi>{shown(c.mine)}</bdi>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Buttons>
        <Button look="primary" onClick={onKeep}>{t("keepMine")}</Button>
        <Button onClick={onTake}>{t("takeNow")}</Button>
      </Buttons>
    </section>
  );
}
