// Who is signed in, in all windows of this browser at once.
//
// * Nothing of a session outlives it in memory: what ends it forgets everything first, then shows the door.
// * Nothing of a session is kept on this device.
import { call, del, endAsking, get, onSignedOut, post } from "../api/call";
import { queries } from "../api/query";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { Session } from "../api/types";
import { connection, listen, startEvents, stopEvents } from "../events/events";

/** Why nobody is signed in: a key of the catalogue, or nothing to tell. */
export type Why = "" | "signed-out" | "disabled" | "idle" | "expired";

export type Standing =
  | { is: "unknown" }
  | { is: "unreachable" }
  | { is: "out"; why: Why; user: string }
  | { is: "in"; session: Session };

export const standing = new Signal<Standing>({ is: "unknown" });

/** The server's version is another than this client came with. */
export const outdated = new Signal(false);

const forgetters = new Set<() => void>();

/** Has f called when a session ends: it must forget all that it has of it. */
export function onForget(f: () => void): void {
  forgetters.add(f);
}

export function session(): Session {
  const s = standing.get();
  if (s.is !== "in") throw new Error("nobody is signed in");
  return s.session;
}

function leave(why: Why): void {
  const before = standing.get();
  if (before.is === "out") {
    // Who signs out may hear of the end before his own call is answered.
    if (before.why === "expired" && why) standing.set({ ...before, why });
    return;
  }
  stopEvents();
  endAsking();
  for (const f of forgetters) f();
  queries.clear();
  standing.set({ is: "out", why, user: before.is === "in" ? before.session.me.name : "" });
}

/** The connection of all windows was ended, by this one or another. */
const isStopped = () => connection.get().phase === "idle" || connection.get().phase === "ended";

function enter(s: Session): void {
  const before = standing.get();
  if (before.is === "in" && before.session.store !== s.store) {
    location.reload(); // another store: nothing that is on the screen is true
    return;
  }
  if (before.is === "in" && before.session.version !== s.version) outdated.set(true);
  standing.set({ is: "in", session: s });
  if (before.is !== "in" || isStopped()) startEvents();
}

/** Finds out who is signed in. */
export async function findSession(): Promise<void> {
  try {
    enter(await get<Session>("/session"));
  } catch (e) {
    if (e instanceof Refusal && !e.unreachable && e.status < 500) leave(standing.get().is === "in" ? "expired" : "");
    else if (standing.get().is === "unknown") standing.set({ is: "unreachable" });
    else if (standing.get().is === "in" && isStopped()) startEvents(); // which asks again when it can connect
  }
}

export async function signIn(user: string, password: string): Promise<void> {
  enter(await post<Session>("/session", { user, password }));
  tell("in");
}

export async function signOut(everywhere: boolean): Promise<void> {
  await del("/session", everywhere ? { everywhere: true } : {});
  tell("signed-out");
  leave("signed-out");
}

/** Ends the session because nobody uses it; the view is gone even if the server cannot be told. */
export function lock(): void {
  void call("DELETE", "/session", { keepalive: true }).catch(() => undefined);
  tell("idle");
  leave("idle");
}

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("perch-session") : undefined;

function tell(what: "in" | Why): void {
  channel?.postMessage(what);
}

/** Keeps the standing true from now on: by the socket, by refusals, and by the other windows. */
export function watchSession(): void {
  onSignedOut(() => standing.get().is === "in" && leave("expired"));
  listen("bye", (f) => {
    if (f.reason === "disabled") leave("disabled");
    if (f.reason === "signed-out") leave("expired"); // as a refused call says: either may come first
  });
  listen("hello", () => standing.get().is === "in" && void findSession());
  // A socket that is refused over and over may mean that the session has ended.
  let attempts = 0;
  connection.subscribe(() => {
    const { phase } = connection.get();
    // Another window has ended the connection of them all: it knows that the session has ended, or was mistaken.
    if (isStopped()) setTimeout(() => standing.get().is === "in" && isStopped() && void findSession());
    if (phase === "open") attempts = 0;
    if (phase === "waiting" && ++attempts % 3 === 0 && standing.get().is === "in") void findSession();
  });
  if (channel) {
    channel.onmessage = (m: MessageEvent<"in" | Why>) => {
      if (m.data === "in") void findSession();
      else leave(m.data);
    };
  }
}
