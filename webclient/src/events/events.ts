// What happens, for this window: frames go to those who listen for their type.
import { Signal } from "../api/signal";
import type { ServerFrame } from "../api/types";
import type { Tell } from "./host";
import { openLine, type Line } from "./line";
import type { Phase } from "./machine";

export interface Connection {
  phase: Phase;
  session: string; // this connection's id
  ending?: string;
  retryAt: number; // ms
  since: number; // ms: when it was lost, or first could not be had; 0 while it is open
}

export const connection = new Signal<Connection>({ phase: "idle", session: "", retryAt: 0, since: 0 });

/** What was posted before this is in the sealed archive; empty if nothing is known. */
export const sealedUntil = new Signal<string>("");

type Listener = (f: ServerFrame) => void;

const listeners = new Map<ServerFrame["type"] | "*", Set<Listener>>();
const missing = new Set<() => void>();
let line: Line | undefined;

/** Calls l for every frame of a type; returns how to end that. */
export function listen(type: ServerFrame["type"], l: Listener): () => void {
  let set = listeners.get(type);
  if (!set) listeners.set(type, (set = new Set()));
  set.add(l);
  return () => set.delete(l);
}

/** Calls f when this window was not told for a while what happened, though the connection stood. */
export function onMissed(f: () => void): void {
  missing.add(f);
}

function hear(t: Tell): void {
  if (t.type === "missed") {
    for (const f of missing) f();
    return;
  }
  if (t.type === "state") {
    const before = connection.get();
    const failed = before.phase === "open" || t.phase === "waiting"; // it was lost, or cannot be had
    const lost = t.phase === "waiting" || t.phase === "connecting" ? before.since || (failed ? Date.now() : 0) : 0;
    connection.set({ phase: t.phase, session: t.session, retryAt: t.retryAt, since: lost, ...(t.ending && { ending: t.ending }) });
    return;
  }
  if (t.frame.sealed_until) sealedUntil.set(t.frame.sealed_until);
  for (const l of listeners.get(t.frame.type) ?? []) l(t.frame);
}

/** Connects, if no window has. */
export function startEvents(): void {
  if (!line) {
    line = openLine(hear);
    addEventListener("online", () => line?.ask({ type: "nudge" }));
    addEventListener("visibilitychange", () => document.visibilityState === "visible" && line?.ask({ type: "nudge" }));
    addEventListener("pagehide", () => line?.ask({ type: "leave" }));
    addEventListener("pageshow", (e) => e.persisted && location.reload()); // its port was given up
    setInterval(() => line?.ask({ type: "alive" }), 30_000);
  }
  line.ask({ type: "start" });
}

/** Disconnects every window: they are all of one session. */
export function stopEvents(): void {
  line?.ask({ type: "stop" });
}

/** Says that nobody uses this window any more, or somebody does again. */
export function sayAway(is: boolean): void {
  line?.ask({ type: "away", is });
}

export function nudge(): void {
  line?.ask({ type: "nudge" });
}

const shown = new Map<string, number>();
const watched = new Map<string, number>();
let telling = false;

function count(m: Map<string, number>, keys: string[], by: number): void {
  for (const k of keys) {
    const n = (m.get(k) ?? 0) + by;
    if (n > 0) m.set(k, n);
    else m.delete(k);
  }
  if (telling) return;
  telling = true;
  queueMicrotask(() => {
    telling = false;
    line?.ask({ type: "show", rooms: [...shown.keys()], watch: [...watched.keys()].slice(0, 500) });
  });
}

/** Has the server send what happens in a room; returns how to end that. */
export function showRoom(room: string): () => void {
  count(shown, [room], 1);
  return () => count(shown, [room], -1);
}

/** Has the server send the presence of users, by GUID; returns how to end that. */
export function watchUsers(users: string[]): () => void {
  count(watched, users, 1);
  return () => count(watched, users, -1);
}
