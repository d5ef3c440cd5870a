// What I began to write, room by room. It is kept by the server alone, so that it is on every device and on none.
import { get, put } from "../api/call";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { Draft } from "../api/types";
import { listen } from "../events/events";
import { onForget } from "../session/session";

export const drafts = new Signal<ReadonlyMap<string, Draft>>(new Map());
export const draftsLoaded = new Signal(false);

const wait = 400; // ms after the last key
const again = 5000; // ms before what could not be saved is tried again
const saving = new Set<string>(); // rooms: one after another, so that the last word is the last
let changes = 0;
const changed = new Map<string, number>(); // by room: the last of the changes, to be told from what was asked for before it
const unsaved = new Map<string, { draft: Draft; timer: ReturnType<typeof setTimeout> }>();

function keep(d: Draft): void {
  changed.set(d.room!, ++changes);
  const next = new Map(drafts.get());
  if (d.text) next.set(d.room!, d);
  else next.delete(d.room!);
  drafts.set(next);
}

/** Remembers what stands in a room's composer, soon. */
export function write(room: string, text: string, caret: number): void {
  const draft: Draft = { room, text, caret };
  keep(draft);
  clearTimeout(unsaved.get(room)?.timer);
  unsaved.set(room, { draft, timer: setTimeout(() => void save(room), wait) });
}

async function save(room: string, last = false): Promise<void> {
  const u = unsaved.get(room);
  if (!u) return;
  clearTimeout(u.timer);
  if (saving.has(room) && !last) {
    u.timer = setTimeout(() => void save(room), wait);
    return;
  }
  saving.add(room);
  try {
    await put(`/rooms/${room}/draft`, u.draft, last);
    if (unsaved.get(room) === u) unsaved.delete(room);
  } catch (e) {
    if (unsaved.get(room) !== u) return;
    if (e instanceof Refusal && e.passing) u.timer = setTimeout(() => void save(room), again);
    else unsaved.delete(room); // it stays in the composer alone
  } finally {
    saving.delete(room);
  }
}

/** A draft is on its way to the server. */
export function isUnsaved(room: string): boolean {
  return unsaved.has(room);
}

export async function loadDrafts(): Promise<void> {
  const [asked, began] = [changes, new Set(unsaved.keys())];
  const all = await get<Draft[]>("/my/drafts");
  const next = new Map<string, Draft>();
  const newer = (room: string) => began.has(room) || (changed.get(room) ?? 0) > asked;
  for (const d of all) if (d.room && d.text && !newer(d.room)) next.set(d.room, d);
  for (const [room, d] of drafts.get()) if (newer(room)) next.set(room, d);
  drafts.set(next);
  draftsLoaded.set(true);
}

export function watchDrafts(): void {
  listen("draft", (f) => {
    const d = f.draft;
    if (d?.room && !unsaved.has(d.room)) keep(d); // what is being written here goes first
  });
  listen("hello", () => void loadDrafts().catch(() => undefined));
  const flush = () => {
    for (const room of unsaved.keys()) void save(room, true);
  };
  addEventListener("pagehide", flush);
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
  onForget(() => {
    for (const u of unsaved.values()) clearTimeout(u.timer);
    unsaved.clear();
    drafts.set(new Map());
    draftsLoaded.set(false);
  });
}
