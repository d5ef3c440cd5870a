import { useCallback, useRef } from "react";
import type { RoomLog } from "./log";
import type { Viewport } from "./viewport";

const near = 3000; // px of loaded history beyond the view at which more is asked for
const far = 12_000; // px beyond it that are too many to load on the way
const settle = 120; // ms without scrolling after which a blank view is filled

/** Somebody looks at this window. */
export function attentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** What is to be done when the view has moved, or what it shows has changed. */
export function useScrolling(view: Viewport, log: RoomLog, onRead: (upTo: number) => void, again: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return useCallback(() => {
    const seen = view.scrolled();
    if (!seen) return;
    clearTimeout(timer.current);
    if (!seen.first && Math.min(seen.above, seen.below) < -far) {
      timer.current = setTimeout(() => void fill(view, log, again), settle);
      return again();
    }
    if (seen.above < near) void log.older();
    if (seen.below < near) void log.newer();
    const last = Number(view.stuck ? view.rows.keys.findLast((k) => !k.startsWith("p")) : seen.last);
    if (last > 0 && attentive()) onRead(last);
    const first = Number(seen.first);
    if (view.stuck && log.atHead()) log.setFocus(log.stretch()?.to ?? 0);
    else if (first > 0) log.setFocus(first);
    again();
  }, [view, log, onRead, again]);
}

/** The scroll bar was pulled to where nothing is loaded: shows what is there. */
async function fill(view: Viewport, log: RoomLog, again: () => void): Promise<void> {
  const t = log.stretch();
  if (!t) return;
  const { part, above } = view.fraction();
  const { first, head } = log.state.get().segments;
  const id = above ? first + part * (t.from - first) : t.to + part * (head - t.to);
  const to = Math.max(1, Math.min(head, Math.round(id)));
  if (!(await log.jump(to))) return;
  const row = log.stretch()?.messages.find((m) => m.id >= to);
  if (row) view.goTo({ key: String(row.id), at: "top" });
  again();
}
