// What is known of one room's history: stretches of ids without a hole between them, oldest first.
//
// * Stretches do not touch or overlap: those that would are one.
// * Within a stretch everything that exists is here; an id that is missing was purged.
// * What is here is never taken for all there is: first and head say how far the room goes.
import type { Message, Page } from "../api/types";

export interface Stretch {
  from: number; // covers ids from..to, both included
  to: number;
  messages: Message[]; // by id
}

export interface Segments {
  stretches: readonly Stretch[];
  head: number; // newest id that is known to exist
  first: number; // oldest that can be read; 0 while nobody has said
}

export const none: Segments = { stretches: [], head: 0, first: 0 };

/** Where a page was asked for. */
export type Asked = { before: number } | { after: number } | { around: number } | { at: string } | "newest";

/** What ids a page speaks for; nothing if it is empty and proves nothing. */
export function coverage(p: Page, asked: Asked): [number, number] | undefined {
  const first = Math.max(p.first, 1);
  let from = p.messages[0]?.id;
  let to = p.messages.at(-1)?.id;
  if (from === undefined || to === undefined) {
    if (asked === "newest" || "before" in asked) from = first;
    to = p.head;
  } else {
    if (!p.before && first < from) from = first;
    if (!p.after) to = Math.max(to, p.head);
  }
  if (asked === "newest") to = p.head;
  else if ("before" in asked) to = asked.before - 1;
  else if ("after" in asked) from = asked.after + 1;
  return from === undefined || from > to || to < 1 ? undefined : [from, to];
}

function mergeMessages(a: readonly Message[], b: readonly Message[]): Message[] {
  const out: Message[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    if (x && (!y || x.id < y.id)) {
      out.push(x);
      i++;
    } else if (y) {
      out.push(y); // the newer word of the two on one id
      j++;
      if (x && x.id === y.id) i++;
    }
  }
  return out;
}

/** s with a stretch more; of two words on one id the added one counts. */
export function addStretch(s: Segments, add: Stretch): Segments {
  const apart: Stretch[] = [];
  let one = add;
  for (const t of s.stretches) {
    if (t.to + 1 < one.from || t.from > one.to + 1) {
      apart.push(t);
      continue;
    }
    const messages =
      t.to < one.from ? t.messages.concat(one.messages) : t.from > one.to ? one.messages.concat(t.messages) : mergeMessages(t.messages, one.messages);
    one = { from: Math.min(t.from, one.from), to: Math.max(t.to, one.to), messages };
  }
  apart.push(one);
  apart.sort((a, b) => a.from - b.from);
  return { ...s, stretches: apart, head: Math.max(s.head, one.to) };
}

export function addPage(s: Segments, p: Page, asked: Asked): Segments {
  const known = { ...s, head: Math.max(s.head, p.head), first: p.first };
  const c = coverage(p, asked);
  return c ? addStretch(known, { from: c[0], to: c[1], messages: p.messages }) : known;
}

/** s with a message that was just posted, or one that was changed; the latter only where it is shown. */
export function addLive(s: Segments, m: Message): Segments {
  if (m.id <= s.head && !find(s, m.id)) return s; // old, and in a part that is not here
  return addStretch(s, { from: m.id, to: m.id, messages: [m] });
}

export function setHead(s: Segments, head: number): Segments {
  return head > s.head ? { ...s, head } : s;
}

/** The stretch that covers an id. */
export function find(s: Segments, id: number): Stretch | undefined {
  return s.stretches.find((t) => t.from <= id && id <= t.to);
}

/** What is missing between what is here and the head, and between the stretches: [from, to], oldest first. */
export function holes(s: Segments): [number, number][] {
  const out: [number, number][] = [];
  let end = s.stretches[0]?.to;
  if (end === undefined) return out;
  for (const t of s.stretches.slice(1)) {
    out.push([end + 1, t.from - 1]);
    end = t.to;
  }
  if (end < s.head) out.push([end + 1, s.head]);
  return out;
}

/** s cut down to the stretch around an id, with at most `keep` messages on each side of it; and the newest stretch, cut likewise. */
export function trim(s: Segments, around: number, keep: number): Segments {
  const out: Stretch[] = [];
  for (const t of s.stretches) {
    if (t.from <= around && around <= t.to) out.push(cut(t, around, keep));
    else if (t.to === s.head) out.push(cut(t, t.to, Math.min(keep, 100)));
  }
  return { ...s, stretches: out };
}

function cut(t: Stretch, around: number, keep: number): Stretch {
  let at = t.messages.findIndex((m) => m.id >= around);
  if (at < 0) at = t.messages.length;
  const low = Math.max(0, at - keep);
  const high = Math.min(t.messages.length, at + keep + 1);
  if (low === 0 && high === t.messages.length) return t;
  const messages = t.messages.slice(low, high);
  return {
    from: low === 0 ? t.from : messages[0]!.id,
    to: high === t.messages.length ? t.to : messages.at(-1)!.id,
    messages,
  };
}
