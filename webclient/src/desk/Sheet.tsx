// A list with what is open of it beside it; on small screens the one takes the other's place.
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Boundary } from "../ui/Boundary";
import { IconButton } from "../ui/Button";
import { Done, Told } from "./act";
import { useDesk } from "./catalogue";

export function Split({ list, sheet }: { list: ReactNode; sheet: ReactNode }) {
  return (
    <div className={sheet ? "desk-split open" : "desk-split"}>
      <div className="desk-list">{list}</div>
      {sheet}
    </div>
  );
}

/** The thing that is open, which the address names. One that somebody else renames meanwhile stays open. */
export function useOpened<R>(list: readonly R[] | undefined, item: string | undefined, name: (r: R) => string, id: (r: R) => string | undefined): R | undefined {
  const [was, setWas] = useState<{ item: string | undefined; id: string | undefined }>();
  const found = list?.find((r) => name(r) === item);
  if (found && (was?.item !== item || was?.id !== id(found))) setWas({ item, id: id(found) });
  return found ?? (was && was.item === item ? list?.find((r) => id(r) === was.id) : undefined);
}

/** What is open. Opening it moves the focus to its heading, closing it gives the focus back. */
export function Sheet({ title, kind, onClose, children }: { title: string; kind?: string; onClose: () => void; children: ReactNode }) {
  const t = useDesk();
  const id = useId();
  const [done, setDone] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const from = document.activeElement;
    heading.current?.focus();
    return () => {
      if (from instanceof HTMLElement && from.isConnected) from.focus();
    };
  }, [title]);
  return (
    <aside
      className="desk-sheet"
      aria-labelledby={id}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || e.defaultPrevented || (e.target as HTMLElement).closest("dialog")) return;
        e.stopPropagation();
        onClose();
      }}
    >
      <header>
        <IconButton icon="back" label={t("back")} className="desk-back" onClick={onClose} />
        <h2 id={id} ref={heading} tabIndex={-1}>
          <bdi>{title}</bdi>
          {kind && <small> {kind}</small>}
        </h2>
        <IconButton icon="close" label={t("close")} className="desk-close" onClick={onClose} />
      </header>
      <div className="desk-sheet-body" tabIndex={0} role="group" aria-labelledby={id}>
        <Told value={setDone}>
          <Boundary of={title}>{children}</Boundary>
        </Told>
      </div>
      <Done text={done} />
    </aside>
  );
}
