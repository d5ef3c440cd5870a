// The histories that this window has open, and some that it had.
import { useEffect, useMemo } from "react";
import { Refusal } from "../api/refusal";
import { useSignal } from "../api/use";
import { listen, onMissed } from "../events/events";
import { onForget } from "../session/session";
import { RoomLog, type LogState } from "./log";

const keptClosed = 8;

const logs = new Map<string, RoomLog>(); // used last is last
const open = new Map<string, number>();

function logOf(room: string): RoomLog {
  const log = logs.get(room) ?? new RoomLog(room);
  logs.delete(room);
  logs.set(room, log);
  return log;
}

function hold(room: string): () => void {
  logOf(room);
  open.set(room, (open.get(room) ?? 0) + 1);
  return () => {
    const n = open.get(room)! - 1;
    if (n > 0) open.set(room, n);
    else open.delete(room);
    const closed = [...logs.keys()].filter((r) => !open.has(r));
    for (const r of closed.slice(0, Math.max(0, closed.length - keptClosed))) logs.delete(r);
  };
}

/** The history of a room, kept alive while it is shown. */
export function useLog(room: string): [RoomLog, LogState] {
  const log = useMemo(() => logOf(room), [room]);
  useEffect(() => hold(room), [room]);
  return [log, useSignal(log.state)];
}

/** The log of a room if this window has it. */
export function findLog(room: string): RoomLog | undefined {
  return logs.get(room);
}

/** Takes part in what happens, from now on. */
export function watchLogs(): void {
  listen("message", (f) => f.message && logs.get(f.message.room)?.take(f.message));
  listen("history", (f) => f.room && void logs.get(f.room)?.renew());
  listen("joined", (f) => {
    for (const r of f.rooms ?? []) {
      if (!r.error) logs.get(r.room)?.admit();
      if (r.head !== undefined) logs.get(r.room)?.learnHead(r.head);
      if (r.revised !== undefined) logs.get(r.room)?.learnRevised(r.revised);
    }
  });
  const gone = (room: string | undefined, code: string) => room && logs.get(room)?.refuse(new Refusal("", code, 404));
  listen("deleted", (f) => gone(f.room, "no-such-room"));
  listen("removed", (f) => gone(f.room, "removed"));
  addEventListener("online", () => {
    for (const [room, log] of logs) if (open.has(room)) void log.catchUp();
  });
  onMissed(() => {
    for (const log of logs.values()) void log.catchUp(); // the closed ones, too: they count as true when they are opened again
  });
  onForget(() => {
    logs.clear();
    open.clear();
  });
}
