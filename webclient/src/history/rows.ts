// The rows that a history shows: messages, what is on its way, and what divides them.
import type { Message } from "../api/types";
import type { Pending } from "../composer/outbox";
import { dayOf } from "../i18n/time";

export interface Row {
  key: string;
  message?: Message;
  pending?: Pending;
  day?: string; // a time of the day that begins here
  unread?: boolean; // the first that I have not read
  first?: boolean; // the first of the room that can be read
  follows?: boolean; // on a message of the same author shortly before
}

const together = 5 * 60_000; // ms

const days = new WeakMap<Message, string>();

/** The day of a message, worked out once: a view of thousands is put together with every page. */
function dayOfMessage(m: Message): string {
  let d = days.get(m);
  if (d === undefined) days.set(m, (d = dayOf(m.at)));
  return d;
}

function follows(m: Message, before: Message): boolean {
  return m.author_uri === before.author_uri && m.author_name === before.author_name && !m.title && !before.title && !m.alert && !before.alert && Date.parse(m.at) - Date.parse(before.at) < together;
}

/**
 * @param divider id of the first unread message; 0 for none
 * @param start the first message is the first of the room
 */
export function rowsOf(messages: readonly Message[], pending: readonly Pending[], divider: number, start: boolean): Row[] {
  const out: Row[] = [];
  let before: Message | undefined;
  let unread = start || (messages[0]?.id ?? 0) <= divider ? divider : 0; // or it is above what is loaded
  for (const message of messages) {
    const row: Row = { key: String(message.id), message };
    const newDay = !before || dayOfMessage(before) !== dayOfMessage(message);
    if (newDay) row.day = message.at;
    if (!before && start) row.first = true;
    if (unread && message.id >= unread) {
      row.unread = true;
      unread = 0;
    }
    if (before && !newDay && !row.unread && follows(message, before)) row.follows = true;
    out.push(row);
    before = message;
  }
  for (const p of pending) out.push({ key: "p" + p.body.client_id, pending: p });
  return out;
}
