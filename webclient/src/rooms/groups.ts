// The list of rooms: sorted into groups, filtered, and put in order by hand.
import type { MyRoom } from "../api/types";
import type { Mine } from "./mine";

export interface Group {
  key: string; // "*" for favourites, else the heading
  name: string; // empty for favourites
  rooms: MyRoom[];
  unread: number;
  mentions: number;
}

export interface Filter {
  text: string;
  unreadOnly: boolean;
  /** Shown though it is read: the room that one is in must not vanish under the hand. */
  keep: readonly string[];
}

export const favourites = "*";

/** A room, and its name as words are looked for in it. */
export interface Listed {
  my: MyRoom;
  folded: string;
}

function passes({ my, folded }: Listed, f: Filter, words: string[]): boolean {
  if (f.unreadOnly && my.unread === 0 && !f.keep.includes(my.room.guid)) return false;
  return words.every((w) => folded.includes(w));
}

export function groupOf(m: MyRoom): string {
  return m.favourite ? favourites : m.group || m.room.category;
}

/** Rooms in the order that they have within groups: by position, then by name. */
export function ordered(all: Mine, collate: (a: string, b: string) => number): Listed[] {
  const rooms = [...all.values()].sort((a, b) => a.position - b.position || collate(a.room.name, b.room.name));
  return rooms.map((my) => ({ my, folded: my.room.name.toLocaleLowerCase() }));
}

/** Favourites first, then headings by name; the rooms of a group as they come. */
export function groups(inOrder: readonly Listed[], f: Filter, collate: (a: string, b: string) => number): Group[] {
  const words = f.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const by = new Map<string, Group>();
  for (const l of inOrder) {
    if (!passes(l, f, words)) continue;
    const m = l.my;
    const key = groupOf(m);
    let g = by.get(key);
    if (!g) by.set(key, (g = { key, name: key === favourites ? "" : key, rooms: [], unread: 0, mentions: 0 }));
    g.rooms.push(m);
    if (m.muted) continue;
    g.unread += m.unread;
    g.mentions += m.mentions;
  }
  return [...by.values()].sort((a, b) => Number(b.key === favourites) - Number(a.key === favourites) || collate(a.name, b.name));
}

/** The position that puts a room at an index among others (without it) of its group. */
export function positionAt(others: readonly MyRoom[], index: number): { position: number; spread: boolean } {
  const before = others[index - 1]?.position;
  const after = others[index]?.position;
  if (before === undefined && after === undefined) return { position: 1, spread: false };
  if (before === undefined) return { position: after! - 1, spread: false };
  if (after === undefined) return { position: before + 1, spread: false };
  return { position: (before + after) / 2, spread: !(before < after) }; // equal ones must be told apart first
}
