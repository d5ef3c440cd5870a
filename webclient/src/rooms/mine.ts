// The rooms that I follow, with what is unread in them, as the server says and events carry on.
//
// * Unread is the room's head less my mark; the server is the one authority on the mark.
import { get, lifetime, patch } from "../api/call";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { Invitation, MyRoom, MyRoomChange, Room, ServerFrame } from "../api/types";
import { listen } from "../events/events";
import { onForget } from "../session/session";

export type Mine = ReadonlyMap<string, MyRoom>;

export const mine = new Signal<Mine>(new Map());
export const mineLoaded = new Signal(false);
export const invitations = new Signal<Invitation[]>([]);

let next: Map<string, MyRoom> | undefined; // what mine becomes when the batch ends
const batch = 30; // ms

function change(room: string, f: (m: MyRoom) => MyRoom | undefined): void {
  const m = (next ?? mine.get()).get(room);
  if (!m) return;
  const to = f(m);
  if (to === m) return;
  if (!next) {
    next = new Map(mine.get());
    setTimeout(settle, batch);
  }
  if (to) next.set(room, to);
  else next.delete(room);
}

function settle(): void {
  if (next) mine.set(next);
  next = undefined;
}

const wished = new Map<string, MyRoomChange>(); // what I have changed that the server has not answered
const asking = new Map<string, Promise<unknown>>(); // one after another, as I did it

/** What the server says of a room, with what is known since it said so: heads and marks only grow. */
function merged(told: MyRoom, known: Mine): MyRoom {
  const before = known.get(told.room.guid);
  const read = Math.max(told.read, before?.read ?? 0);
  return { ...withHead({ ...told, read }, Math.max(told.room.head, before?.room.head ?? 0)), ...wished.get(told.room.guid) };
}

function put(told: MyRoom): void {
  next ??= new Map(mine.get());
  const m = merged(told, next);
  if (m.followed) next.set(m.room.guid, m);
  else next.delete(m.room.guid);
  settle();
}

let loading: Promise<void> | undefined;
let overtaken = false; // something was told while an answer was on its way that it may not know
let hurry: (() => void) | undefined; // ends the pause after a failure: somebody has reason to think that it would go now
const rest = { least: 500, most: 16_000 }; // ms before what was overtaken is asked for again

/** Asks for all of them if nobody does. */
export function needMine(): Promise<void> {
  hurry?.();
  return loading ?? (mineLoaded.get() ? Promise.resolve() : loadMine());
}

/** Asks for all of them anew; the promise is kept when nothing older than this call is left. */
export function loadMine(): Promise<void> {
  if (loading) {
    overtaken = true;
    hurry?.();
    return loading;
  }
  const run = loadAll().finally(() => {
    if (loading === run) loading = undefined;
  });
  return (loading = run);
}

async function loadAll(): Promise<void> {
  const session = lifetime();
  for (let pause = rest.least; !session.aborted; pause = Math.min(2 * pause, rest.most)) {
    overtaken = false;
    let failed = false;
    try {
      await loadOnce();
    } catch (e) {
      if (session.aborted || !(e instanceof Refusal && e.passing)) throw e;
      failed = true;
    }
    if (!overtaken && !failed) return;
    await new Promise<void>((done) => {
      setTimeout(done, pause);
      if (failed) hurry = done;
    });
    hurry = undefined;
  }
}

async function loadOnce(): Promise<void> {
  const session = lifetime();
  const [rooms, invited] = await Promise.all([get<MyRoom[]>("/my/rooms"), get<Invitation[]>("/my/invitations").catch(() => [])]);
  if (session.aborted) return;
  const before = next ?? mine.get();
  const now = rooms.map((r) => merged(r, before));
  next = undefined;
  mine.set(new Map(now.filter((r) => r.followed).map((r) => [r.room.guid, r])));
  invitations.set(invited);
  mineLoaded.set(true);
}

const withHead = (m: MyRoom, head: number): MyRoom => ({ ...m, room: { ...m.room, head }, unread: Math.max(0, head - m.read) });

function onMessage(f: ServerFrame): void {
  const msg = f.message;
  if (!msg) return;
  change(msg.room, (m) => (msg.id > m.room.head ? withHead(m, msg.id) : m));
}

function onRead(f: ServerFrame): void {
  if (!f.room) return;
  change(f.room, (m) => {
    const read = f.read ?? m.read;
    return { ...m, read, unread: Math.max(0, m.room.head - read), mentions: f.mentions ?? m.mentions };
  });
}

function onGathered(f: ServerFrame): void {
  const { hit, mentions } = f;
  // What is read already was counted before: the count that came with the mark is newer.
  if (hit && mentions !== undefined) change(hit.message.room, (m) => (hit.message.id > m.read ? { ...m, mentions } : m));
}

export function learnRoom(room: Room): void {
  change(room.guid, (m) => ({ ...withHead(m, Math.max(room.head, m.room.head)), room: { ...room, head: Math.max(room.head, m.room.head) } }));
}

/** My mark was set by this window: the list need not wait for the server's word. */
export function learnRead(room: string, upTo: number): void {
  change(room, (m) => (upTo > m.read ? { ...m, read: upTo, unread: Math.max(0, m.room.head - upTo), mentions: upTo >= m.room.head ? 0 : m.mentions } : m));
}

export async function setMine(room: string, c: MyRoomChange): Promise<void> {
  const wish = { ...wished.get(room), ...c };
  wished.set(room, wish);
  change(room, (m) => ({ ...m, ...c }));
  const session = lifetime();
  const turn = (asking.get(room) ?? Promise.resolve()).then(() => (!session.aborted ? patch<MyRoom>(`/my/rooms/${room}`, c) : undefined));
  asking.set(room, turn.catch(() => undefined));
  try {
    const answer = await turn;
    if (!answer || session.aborted) return;
    if (wished.get(room) === wish) wished.delete(room); // the last one
    put(answer);
  } catch (e) {
    if (session.aborted) return;
    if (wished.get(room) === wish) wished.delete(room);
    void loadMine().catch(() => undefined);
    throw e;
  }
}

/** Takes part in what happens, from now on. */
export function watchMine(): void {
  for (const type of ["read", "gathered", "mine", "room", "rights", "deleted", "removed", "invited"] as const) {
    listen(type, (f) => (overtaken ||= !!loading && (type !== "gathered" || f.mentions !== undefined)));
  }
  listen("message", onMessage);
  listen("read", onRead);
  listen("gathered", onGathered);
  listen("mine", (f) => f.my_room && put(f.my_room));
  for (const type of ["room", "rights"] as const) {
    listen(type, (f) => f.room && mine.get().has(f.room) && void get<Room>(`/rooms/${f.room}`).then(learnRoom).catch(() => loadMine()).catch(() => undefined));
  }
  listen("people", (f) => f.room && change(f.room, (m) => ({ ...m, room: { ...m.room, participants: f.participants ?? m.room.participants } })));
  listen("deleted", (f) => f.room && change(f.room, () => undefined));
  listen("removed", (f) => f.room && change(f.room, () => undefined));
  listen("invited", (f) => f.invitation && invitations.set([...invitations.get().filter((i) => i.id !== f.invitation!.id), f.invitation]));
  // Nobody told us what happened before this connection; the list may be from before it even when it is the first one.
  listen("hello", () => void loadMine().catch(() => undefined));
  listen("joined", (f) => {
    const moved = f.rooms?.some((r) => (r.head ?? 0) > (mine.get().get(r.room)?.room.head ?? Infinity));
    if (moved) void loadMine().catch(() => undefined);
    for (const r of f.rooms ?? [])
      change(r.room, (m) => {
        const room = { ...m.room, participants: r.participants ?? m.room.participants };
        return withHead({ ...m, room, read: Math.max(m.read, r.read ?? 0) }, Math.max(m.room.head, r.head ?? 0));
      });
  });
  addEventListener("online", () => void loadMine().catch(() => undefined));
  onForget(() => {
    loading = undefined;
    next = undefined;
    wished.clear();
    asking.clear();
    mine.set(new Map());
    mineLoaded.set(false);
    invitations.set([]);
  });
}

/** What is unread in all rooms that are not muted, and what of it names me. */
export function totals(m: Mine): { unread: number; mentions: number } {
  let unread = 0;
  let mentions = 0;
  for (const r of m.values()) {
    if (r.muted) continue;
    unread += r.unread;
    mentions += r.mentions;
  }
  return { unread, mentions };
}
