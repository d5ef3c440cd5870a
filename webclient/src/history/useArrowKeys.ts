import { useCallback, useRef, type KeyboardEvent } from "react";
import type { Viewport } from "./viewport";

const twice = 1500; // ms

function focusRow(row: Element | null | undefined): boolean {
  const article = row?.querySelector("article");
  article?.focus({ preventScroll: false });
  return !!article;
}

/** The keys of a history: see history keys in shell/keys.ts. */
export function useArrowKeys(view: Viewport, setActive: (key: string) => void, toStart: () => void, toEnd: () => void) {
  const home = useRef(0);
  return useCallback(
    (e: KeyboardEvent<HTMLElement>) => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return;
      const row = (e.target as Element).closest(".row");
      const act = () => {
        e.preventDefault();
        e.stopPropagation();
      };
      if (e.key === "Home") {
        act();
        const first = view.rows.keys[0];
        if (Date.now() - home.current < twice || !first) toStart();
        else if (view.scroller) {
          view.stuck = false;
          view.scroller.scrollTop -= view.loadedAbove();
        }
        home.current = Date.now();
      } else if (e.key === "End") {
        act();
        toEnd();
      } else if (row && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
        act();
        focusRow(e.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling);
      } else if (!row && e.key === "Enter") {
        const last = view.lastSeen();
        if (last && focusRow(view.flow?.querySelector(`[data-key="${CSS.escape(last)}"]`))) act();
      } else if (row && e.key === "Escape") {
        act();
        setActive("");
        view.scroller?.focus();
      }
    },
    [view, setActive, toStart, toEnd],
  );
}
