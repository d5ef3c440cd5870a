// What I post from this window, until the server has it on disk.
//
// * A room's posts go one after the other, in the order in which they were written.
// * Each has one client id for all its tries: the server stores it once.
// * A post that got no answer is tried again by itself; one that was refused waits for its author.
import { post } from "../api/call";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { File, Message, NewMessage } from "../api/types";
import { connection, listen } from "../events/events";
import { findLog } from "../history/logs";
import { onForget } from "../session/session";

export interface Pending {
  room: string;
  body: NewMessage;
  files: File[];
  at: string;
  state: "sending" | "failed";
  error?: Refusal;
}

export const outbox = new Signal<readonly Pending[]>([]);

const running = new Set<string>(); // rooms
const wake = new Set<() => void>();

function set(clientID: string, change: Partial<Pending> | undefined): void {
  outbox.set(
    outbox.get().flatMap((p) => (p.body.client_id !== clientID ? [p] : change ? [{ ...p, ...change }] : [])),
  );
}

function newID(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
}

export function send(room: string, m: Omit<NewMessage, "client_id">, files: File[] = []): void {
  const body = { ...m, client_id: newID() };
  outbox.set([...outbox.get(), { room, body, files, at: new Date().toISOString(), state: "sending" }]);
  void run(room);
}

export function retry(clientID: string): void {
  const p = outbox.get().find((x) => x.body.client_id === clientID);
  if (!p) return;
  const { error: _, ...rest } = p;
  outbox.set(outbox.get().map((x) => (x === p ? { ...rest, state: "sending" } : x)));
  void run(p.room);
}

export function discard(clientID: string): void {
  set(clientID, undefined);
}

async function run(room: string): Promise<void> {
  if (running.has(room)) return;
  running.add(room);
  try {
    for (let attempt = 0; ; ) {
      const p = outbox.get().find((x) => x.room === room && x.state === "sending");
      if (!p) return;
      const again = await tryOne(p);
      if (again === undefined) attempt = 0;
      else await pause(again || Math.min(15_000, 500 * 2 ** attempt++));
    }
  } finally {
    running.delete(room);
  }
}

/** Posts one; how long to wait before the next try (0: as it seems best), or undefined if there need be none. */
async function tryOne(p: Pending): Promise<number | undefined> {
  try {
    const m = await post<Message>(`/rooms/${p.room}/messages`, p.body);
    findLog(p.room)?.take(m);
    set(p.body.client_id, undefined);
    return undefined;
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    if (e.unreachable) return 0;
    if ((e.status === 503 || e.status === 429) && e.retryAfter !== undefined) return e.retryAfter * 1000;
    set(p.body.client_id, { state: "failed", error: e });
    return undefined;
  }
}

/** Waits, but not longer than until the network is back. */
function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      wake.delete(end);
      done();
    };
    const timer = setTimeout(end, ms);
    wake.add(end);
  });
}

export function watchOutbox(): void {
  const go = () => {
    for (const w of [...wake]) w();
  };
  addEventListener("online", go);
  connection.subscribe(() => connection.get().phase === "open" && go());
  // The echo may be here before the answer.
  listen("message", (f) => f.message?.client_id && set(f.message.client_id, undefined));
  addEventListener("beforeunload", (e) => outbox.get().length > 0 && e.preventDefault());
  onForget(() => outbox.set([]));
}
