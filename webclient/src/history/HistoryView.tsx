import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "react";
import { sealedUntil } from "../events/events";
import { useSignal } from "../api/use";
import type { Message } from "../api/types";
import type { Pending } from "../composer/outbox";
import { useT } from "../i18n/i18n";
import { MessageRow, type Me } from "./MessageRow";
import { PendingRow } from "./PendingRow";
import { Pill } from "./Pill";
import { rowsOf, type Row } from "./rows";
import type { LogState, RoomLog } from "./log";
import { useArrowKeys } from "./useArrowKeys";
import { useScrolling } from "./useScrolling";
import { Viewport, type Goal } from "./viewport";

interface Props {
  log: RoomLog;
  state: LogState;
  name: string;
  me: Me;
  myName: string;
  pending: readonly Pending[];
  divider: number; // first unread id, 0 for none
  goal: { id: number; at: Goal["at"]; n: number } | undefined; // where to go; another n goes again
  target: number; // id that was linked to, 0 for none
  there: boolean; // the view is where it was to be opened
  read: number; // my mark
  onRead: (upTo: number) => void;
}

const empty: readonly Message[] = [];

/** A room's history: as many rows in the page as the eye can see. */
export function HistoryView({ log, state, name, me, myName, pending, divider, goal, target, there, read, onRead }: Props) {
  const t = useT();
  const view = useRef<Viewport>(null as unknown as Viewport);
  view.current ??= new Viewport();
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [active, setActive] = useState("");
  const sealed = useSignal(sealedUntil);

  const stretch = log.stretch();
  const messages = stretch?.messages ?? empty;
  const atHead = log.atHead();
  const older = log.hasOlder();
  const { segments } = state;
  const rows = useMemo(() => rowsOf(messages, atHead ? pending : [], divider, !older), [messages, atHead, pending, divider, older]);
  const keys = useMemo(() => rows.map((r) => r.key), [rows]);

  // A new goal is met once its row is here.
  const met = useRef(-1);
  if (goal && goal.n !== met.current && keys.includes(String(goal.id))) {
    met.current = goal.n;
    view.current.goTo({ key: String(goal.id), at: goal.at });
  }
  const [start, end] = view.current.choose({
    keys,
    older: older && stretch ? stretch.from - Math.max(1, segments.first) : 0,
    newer: atHead || !stretch ? 0 : segments.head - stretch.to,
  });

  useLayoutEffect(() => {
    if (view.current.place()) again();
  });
  // A row that is scrolled out of the page takes the keyboard with it, unless the history takes it over.
  const focused = useRef(""); // key of the row that has the keyboard
  useLayoutEffect(() => {
    if (!focused.current || view.current.shows(focused.current)) return;
    focused.current = "";
    if (document.activeElement === document.body) view.current.scroller?.focus({ preventScroll: true });
  });
  const seen = useRef(0); // newest id that was in view
  const saw = useCallback(
    (upTo: number) => {
      if (!there) return; // the end of the room is in the view for a moment
      seen.current = Math.max(seen.current, upTo);
      onRead(upTo);
    },
    [onRead, there],
  );
  const scrolled = useScrolling(view.current, log, saw, again);
  useLayoutEffect(scrolled, [rows, scrolled]);

  const attach = useCallback((el: HTMLDivElement | null) => {
    const v = view.current;
    v.scroller = el;
    v.canvas = el?.firstElementChild as HTMLElement | null;
    v.flow = v.canvas?.firstElementChild as HTMLElement | null;
    if (!el || !v.flow) return;
    // A picture, another font, a smaller window: what is read stays where it is, before anything is painted.
    const watch = new ResizeObserver(() => {
      if (v.place()) again();
    });
    watch.observe(v.flow);
    watch.observe(el);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const el = view.current.scroller;
    const onFocus = () => scrolled();
    addEventListener("focus", onFocus);
    addEventListener("visibilitychange", onFocus);
    el?.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      removeEventListener("focus", onFocus);
      removeEventListener("visibilitychange", onFocus);
      el?.removeEventListener("scroll", scrolled);
    };
  }, [scrolled]);

  const toEnd = useCallback(() => {
    view.current.stick();
    void log.toHead().then(() => {
      view.current.stick();
      again();
    });
    again();
  }, [log]);
  // What I post I want to see.
  const posting = useRef(pending.length);
  useEffect(() => {
    if (pending.length > posting.current) toEnd();
    posting.current = pending.length;
  }, [pending, toEnd]);
  const toStart = useCallback(() => {
    void log.jump(Math.max(1, log.state.get().segments.first)).then(() => {
      const first = log.stretch()?.messages[0];
      if (first) view.current.goTo({ key: String(first.id), at: "top" });
      again();
    });
  }, [log]);
  const onKeys = useArrowKeys(view.current, setActive, toStart, toEnd);

  const isSealed = (m: Message) => !!sealed && m.at <= sealed;
  const renderRow = (r: Row) =>
    r.message ? (
      <MessageRow key={r.key} row={r as Row & { message: Message }} me={me} head={segments.head} sealed={isSealed(r.message)} active={active === r.key} target={target === r.message.id} />
    ) : (
      <PendingRow key={r.key} rowKey={r.key} pending={r.pending!} name={myName} />
    );
  const missed = log.missed();
  return (
    <div className="history">
      <div
        ref={attach}
        className="scroller"
        role="log"
        aria-live="off"
        aria-label={t("historyOf", { room: name })}
        aria-busy={state.loading !== ""}
        tabIndex={0}
        onKeyDown={onKeys}
        onPointerOver={(e) => setActive((e.target as Element).closest<HTMLElement>(".row")?.dataset.key ?? "")}
        onPointerDown={(e) => (view.current.dragging = e.target === e.currentTarget && e.pointerType === "mouse")}
        onWheel={() => (view.current.dragging = false)}
        onPointerLeave={() => setActive("")}
        onFocus={(e) => setActive((focused.current = (e.target as Element).closest<HTMLElement>(".row")?.dataset.key ?? ""))}
        onBlur={() => {
          if (view.current.shows(focused.current)) focused.current = "";
        }}
      >
        <div className="canvas">
          <div className="flow">{rows.slice(start, end).map(renderRow)}</div>
        </div>
      </div>
      {state.loading === "older" && <p className="loading-older">{t("loadingOlder")}</p>}
      {missed > 0 && (
        <p className="missed" role="status">
          {t("loadingMissed", { n: missed })}
        </p>
      )}
      {rows.length > 0 && !(view.current.stuck && atHead) && <Pill count={Math.max(0, segments.head - Math.max(seen.current, read))} onEnd={toEnd} />}
    </div>
  );
}
