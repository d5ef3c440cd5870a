// Chooses people and groups: those who come in question are asked of the server, by the beginning of a name.
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Icon } from "../ui/icons";
import { Refused } from "./act";
import { useDesk } from "./catalogue";

export interface Choosable {
  id: string;
  name: string; // to show
  detail?: string; // an address, a name to type
  kind?: string;
}

export interface Found {
  people: Choosable[];
  more: boolean;
}

interface Props {
  label: string;
  hint?: ReactNode;
  value: readonly Choosable[];
  onChange: (v: Choosable[]) => void;
  find: (prefix: string) => Promise<Found>;
  /** Tells searches apart that give different people. */
  among: readonly string[];
  free?: boolean; // a name that was not found is taken, too
  one?: boolean; // at most one
  disabled?: boolean;
  /** What to add beside a chosen one. */
  note?: (c: Choosable) => ReactNode;
}

export function Picker({ label, hint, value, onChange, find, among, free, one, disabled, note }: Props) {
  const t = useDesk();
  const id = useId();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const prefix = useDeferredValue(text.trim());
  const search = useQuery({ queryKey: ["eligible", ...among, prefix], queryFn: () => find(prefix), enabled: open && !disabled });
  const taken = new Set(value.map((v) => v.id));
  const list = (search.data?.people ?? []).filter((p) => !taken.has(p.id));
  const marked = Math.min(at, list.length - 1);

  const take = (c: Choosable) => {
    onChange(one ? [c] : [...value, c]);
    setText("");
    setAt(0);
    setOpen(false);
    input.current?.focus();
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setOpen(true);
      setAt(list.length ? (marked + (e.key === "ArrowDown" ? 1 : -1) + list.length) % list.length : 0);
    } else if (e.key === "Enter" && (open || text)) {
      e.preventDefault(); // a form is not sent by choosing
      if (open && list[marked] && prefix === text.trim() && (text || at)) take(list[marked]);
      else if (free && text.trim() && !taken.has(text.trim())) take({ id: text.trim(), name: text.trim() });
    } else if (e.key === "Escape" && open) {
      e.preventDefault();
      e.stopPropagation();
      setOpen(false);
    } else if (e.key === "Backspace" && !text && value.length && !disabled) onChange(value.slice(0, -1));
  };

  return (
    <div className="desk-field desk-picker" onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && setOpen(false)}>
      <label htmlFor={id}>{label}</label>
      <div className="desk-combo">
        <div className="desk-chosen input">
          {value.map((c) => (
            <span key={c.id} className="desk-chip" title={c.detail}>
              {c.kind && c.kind !== "user" && <Icon name="people" title={t(c.kind as "group")} />}
              <bdi>{c.name}</bdi>
              {note?.(c)}
              {!disabled && (
                <button type="button" aria-label={t("remove", { name: c.name })} onClick={() => onChange(value.filter((v) => v.id !== c.id))}>
                  <Icon name="close" />
                </button>
              )}
            </span>
          ))}
          {!disabled && (
            <input
              id={id}
              ref={input}
              role="combobox"
              autoComplete="off"
              spellCheck={false}
              value={text}
              placeholder={value.length ? "" : t("pickHint")}
              aria-expanded={open}
              aria-controls={id + "l"}
              aria-autocomplete="list"
              aria-activedescendant={open && list[marked] ? `${id}o${marked}` : undefined}
              aria-describedby={hint ? id + "h" : undefined}
              onChange={(e) => {
                setText(e.target.value);
                setOpen(true);
                setAt(0);
              }}
              onClick={() => setOpen(true)}
              onKeyDown={keys}
            />
          )}
        </div>
        {open && (
          <div className="desk-options-frame">
            <div id={id + "l"} role="listbox" aria-label={label} className="desk-options">
              {list.map((c, n) => (
                <div
                  key={c.id}
                  id={`${id}o${n}`}
                  role="option"
                  aria-selected={n === marked}
                  ref={n === marked ? (e) => e?.scrollIntoView({ block: "nearest" }) : undefined}
                  onMouseDown={(e) => e.preventDefault()}
                  onClick={() => take(c)}
                >
                  <bdi>{c.name}</bdi>
                  <span>
                    {c.kind && c.kind !== "user" && t(c.kind as "group") + " · "}
                    <bdi>{c.detail}</bdi>
                  </span>
                </div>
              ))}
            </div>
            {search.error ? <Refused why={search.error} /> : <p className="desk-hint" role="status">{search.isPending ? t("loading") : !list.length ? t("noneEligible") : search.data?.more ? t("moreEligible") : ""}</p>}
          </div>
        )}
      </div>
      {hint && (
        <p className="desk-hint" id={id + "h"}>
          {hint}
        </p>
      )}
    </div>
  );
}
