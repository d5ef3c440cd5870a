// The connection as a state machine: (event, now) -> state and effects. It has no clock, socket or chance of its own.
//
// * At most one socket is open or opening.
// * A socket that says nothing for `silence` after a ping is taken for dead.
// * After `bye` with a reason that ends the session, nothing is tried until `start`.

export type Phase = "idle" | "connecting" | "open" | "waiting" | "ended";

export interface State {
  phase: Phase;
  attempt: number; // since it was open last
  byes: number; // in a row: whoever is sent away does not come back ever as fast
  retryAt: number; // in waiting: when to try, ms
  heardAt: number; // ms
  pingedAt: number; // ms; 0: the last ping is answered
  openedAt: number; // ms, last hello
  ending?: string; // in ended: why
}

export type Event =
  | { type: "start" }
  | { type: "stop" }
  | { type: "opened" }
  | { type: "closed" }
  | { type: "heard"; frame: string; reason?: string }
  | { type: "tick" }
  | { type: "nudge" }; // the network is back, or the machine woke up: find out now

export type Effect = "dial" | "hangup" | "ping";

export const times = {
  ping: 25_000, // ms without a word after which to ask
  silence: 8_000, // ms without an answer after which the socket is dead
  nudged: 1_500, // the same, when there is reason to doubt
  dial: 10_000, // ms to open
  first: 400, // ms before the second attempt
  longest: 30_000, // ms
  settled: 30_000, // ms open without a bye after which none counts any more
};

export const initial: State = { phase: "idle", attempt: 0, byes: 0, retryAt: 0, heardAt: 0, pingedAt: 0, openedAt: 0 };

/** Before the next attempt, in ms: doubling, half of it by chance, so that a server that restarts is not met by all at once. */
export function backoff(attempt: number, chance: number): number {
  const most = Math.min(times.longest, times.first * 2 ** Math.min(attempt, 10));
  return most / 2 + (most / 2) * chance;
}

const final = new Set(["signed-out", "disabled"]);

function lost(s: State, now: number, chance: number): State {
  return { ...s, phase: "waiting", attempt: s.attempt + 1, retryAt: now + backoff(s.attempt, chance), pingedAt: 0 };
}

/** What becomes of s by e at the time now (ms); chance is of [0, 1). */
export function step(s: State, e: Event, now: number, chance: number): [State, Effect[]] {
  switch (e.type) {
    case "start":
      if (s.phase !== "idle" && s.phase !== "ended") return [s, []];
      return [{ ...initial, phase: "connecting", retryAt: now }, ["dial"]];
    case "stop":
      return [initial, s.phase === "idle" ? [] : ["hangup"]];
    case "opened":
      return s.phase === "connecting" ? [{ ...s, heardAt: now }, []] : [s, []];
    case "closed":
      return s.phase === "connecting" || s.phase === "open" ? [lost(s, now, chance), []] : [s, []];
    case "heard":
      return heard(s, e, now, chance);
    case "nudge":
      if (s.phase === "waiting") return [{ ...s, phase: "connecting", retryAt: now }, ["dial"]];
      if (s.phase === "open") return [{ ...s, pingedAt: now - (times.silence - times.nudged) }, ["ping"]];
      return [s, []];
    case "tick":
      return tick(s, now, chance);
  }
}

function heard(s: State, e: Extract<Event, { type: "heard" }>, now: number, chance: number): [State, Effect[]] {
  if (e.frame === "bye") {
    if (e.reason && final.has(e.reason)) return [{ ...initial, phase: "ended", ending: e.reason }, ["hangup"]];
    return [lost({ ...s, attempt: Math.max(s.attempt, s.byes), byes: s.byes + 1 }, now, chance), ["hangup"]];
  }
  const heardAt = { ...s, heardAt: now, pingedAt: 0 };
  if (e.frame === "hello" && s.phase === "connecting") return [{ ...heardAt, phase: "open", attempt: 0, openedAt: now }, []];
  return [heardAt, []];
}

function tick(s: State, now: number, chance: number): [State, Effect[]] {
  if (s.phase === "waiting" && now >= s.retryAt) return [{ ...s, phase: "connecting", retryAt: now }, ["dial"]];
  if (s.phase === "connecting" && now >= s.retryAt + times.dial) return [lost(s, now, chance), ["hangup"]];
  if (s.phase !== "open") return [s, []];
  if (s.byes && now >= s.openedAt + times.settled) return tick({ ...s, byes: 0 }, now, chance);
  if (s.pingedAt && now >= s.pingedAt + times.silence) return [lost(s, now, chance), ["hangup"]];
  if (!s.pingedAt && now >= s.heardAt + times.ping) return [{ ...s, pingedAt: now }, ["ping"]];
  return [s, []];
}
