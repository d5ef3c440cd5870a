// Somebody else has changed a thing while it was edited: what changed, and what becomes of one's own changes.
import { useEffect, useRef } from "react";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { useDesk } from "./catalogue";
import { Buttons } from "./field";
import type { Clash, Value } from "./stale";

interface Props<K> {
  list: readonly Clash<K>[];
  label: (key: K) => string;
  /** How a value is called, where that is not what it is. */
  show?: ((key: K, v: Value) => string | undefined) | undefined;
  /** Puts one's own changes into the form again, on top of what is there now. */
  onKeep: () => void;
  onTake: () => void;
}

/** When it is answered, the focus goes on to what saves the form. */
export function Stale<K extends PropertyKey>({ list, label, show, onKeep, onTake }: Props<K>) {
  const t = useDesk();
  const { locale } = useI18n();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
    const form = box.current?.closest("form");
    return () => (form?.querySelector<HTMLElement>("[type=submit]:not(:disabled)") ?? form?.querySelector<HTMLElement>("input, textarea, select"))?.focus();
  }, []);
  const shown = (key: K, v: Value) => {
    const name = show?.(key, v);
    if (name !== undefined) return name;
    if (typeof v === "boolean") return t(v ? "yes" : "no");
    if (typeof v === "number") return v.toLocaleString(locale);
    return (typeof v === "object" ? v.join(", ") : v) || "–";
  };
  return (
    <section className="desk-note warn desk-collision" role="alert" ref={box}>
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
              <td><bdi>{shown(c.key, c.was)}</bdi></td>
              <td><bdi>{shown(c.key, c.now)}</bdi></td>
              <td>{c.both && <bdi>{shown(c.key, c.mine)}</bdi>}</td>
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
