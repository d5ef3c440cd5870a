import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./icons";

export interface MenuItem {
  icon: IconName;
  text: string;
  act: () => void;
}

/** A button that opens a list of actions. Arrows move, Escape closes and gives the focus back. */
export function Menu({ icon, label, items }: { icon: IconName; label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    list.current?.querySelector("button")?.focus();
    const away = (e: PointerEvent) => !list.current?.parentElement?.contains(e.target as Node) && setOpen(false);
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);
  const onKeyDown = (e: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else if (e.key === "Escape") {
      setOpen(false);
      button.current?.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div className="menu" onKeyDown={open ? onKeyDown : undefined} onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && e.relatedTarget && setOpen(false)}>
      <IconButton ref={button} icon={icon} label={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <ul role="menu" ref={list} aria-label={label}>
          {items.map((i) => (
            <li key={i.text} role="none">
              <button
                type="button"
                role="menuitem"
                onClick={() => {
                  setOpen(false);
                  button.current?.focus();
                  i.act();
                }}
              >
                <Icon name={i.icon} />
                {i.text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
