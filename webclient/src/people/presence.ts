// Whether people are there, as far as anybody knows.
import { useEffect, useMemo } from "react";
import { get } from "../api/call";
import { Signal } from "../api/signal";
import type { Presence } from "../api/types";
import { useSignal } from "../api/use";
import { connection, listen, watchUsers } from "../events/events";
import { onForget } from "../session/session";

const known = new Signal<ReadonlyMap<string, Presence>>(new Map());

const unknown = { state: "unknown" } as const;

const asking = new Set<string>();
let line = 0; // how many connections there were
let timer: ReturnType<typeof setTimeout> | undefined;

function learn(all: Presence[]): void {
  const next = new Map(known.get());
  for (const p of all) next.set(p.guid, p);
  known.set(next);
}

function ask(users: string[]): void {
  for (const u of users) if (!known.get().has(u)) asking.add(u);
  if (asking.size === 0 || timer) return;
  timer = setTimeout(() => {
    timer = undefined;
    const user = [...asking].slice(0, 200);
    for (const u of user) asking.delete(u);
    void answer(user).catch(() => undefined);
    if (asking.size) ask([]);
  }, 50);
}

/** What is told by the line is newer than an answer that was on its way meanwhile. */
async function answer(user: string[]): Promise<void> {
  const of = line;
  const all = await get<Presence[]>("/people/presence", { user });
  if (of === line) learn(all.filter((p) => !known.get().has(p.guid)));
  else ask(user);
}

/** The presence of users by GUID, kept true while it is shown. What is not known, or was known before the line went dead, is unknown. */
export function usePresence(guids: readonly string[]): (guid: string) => Pick<Presence, "state" | "note"> {
  const key = guids.join(" ");
  const list = useMemo(() => key.split(" ").filter(Boolean), [key]);
  const all = useSignal(known);
  const { phase } = useSignal(connection);
  useEffect(() => {
    ask(list);
    return watchUsers(list);
  }, [list]);
  return (guid) => (phase === "open" ? all.get(guid) : undefined) ?? unknown;
}

export function watchPresence(): void {
  listen("presence", (f) => f.presence && learn([f.presence]));
  listen("hello", () => {
    line++;
    const shown = [...known.get().keys()];
    known.set(new Map());
    ask(shown);
  });
  onForget(() => {
    known.set(new Map());
    asking.clear();
  });
}
