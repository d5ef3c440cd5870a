// My mark of what I have read, told to the server a little behind the eye.
import { lifetime, post } from "../api/call";
import { Refusal } from "../api/refusal";
import { learnRead, mine } from "../rooms/mine";
import { onForget } from "../session/session";

const wait = 250; // ms
const again = 5000; // ms

const told = new Map<string, number>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const wanted = new Map<string, number>();

/** I have read a room up to an id. */
export function markRead(room: string, upTo: number): void {
  const known = Math.max(told.get(room) ?? 0, wanted.get(room) ?? 0, mine.get().get(room)?.read ?? 0);
  if (upTo <= known) return;
  wanted.set(room, upTo);
  if (!timers.has(room)) timers.set(room, setTimeout(() => void tell(room), wait));
}

async function tell(room: string): Promise<void> {
  timers.delete(room);
  const upTo = wanted.get(room) ?? 0;
  wanted.delete(room);
  const session = lifetime(); // a mark is of who has read
  try {
    await post(`/rooms/${room}/read`, { up_to: upTo });
    if (session.aborted) return;
    told.set(room, upTo);
    learnRead(room, upTo);
  } catch (e) {
    if (session.aborted || !(e instanceof Refusal && e.passing)) return; // the next line that is read tells it again
    wanted.set(room, Math.max(upTo, wanted.get(room) ?? 0));
    if (!timers.has(room)) timers.set(room, setTimeout(() => void tell(room), again));
  }
}

onForget(() => {
  for (const t of timers.values()) clearTimeout(t);
  timers.clear();
  wanted.clear();
  told.clear();
});
