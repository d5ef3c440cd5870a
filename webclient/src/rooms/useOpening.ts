import { useCallback, useEffect, useRef, useState } from "react";
import type { MyRoom } from "../api/types";
import { listen } from "../events/events";
import type { RoomLog } from "../history/log";
import { attentive } from "../history/useScrolling";
import type { Goal } from "../history/viewport";

export interface Opening {
  divider: number;
  clearDivider: () => void;
  goal: { id: number; at: Goal["at"]; n: number } | undefined;
  target: number;
  there: boolean; // the view is where the room was opened: not before does anybody read
  goTo: (id: number, at: Goal["at"]) => void;
}

/** Where a room opens: at the message that was linked to, else at the first unread one, else at its end. */
export function useOpening(log: RoomLog, message: number | undefined, my: MyRoom | undefined, ready: boolean): Opening {
  const [divider, setDivider] = useState(0);
  const [goal, setGoal] = useState<Opening["goal"]>();
  const [there, setThere] = useState(false);
  const count = useRef(0);
  const goTo = useCallback((id: number, at: Goal["at"]) => setGoal({ id, at, n: ++count.current }), []);
  const opened = useRef("");
  const read = useRef(0);
  useEffect(() => {
    read.current = my?.read ?? 0;
  }, [my?.read]);

  useEffect(() => {
    if (!ready) {
      opened.current = ""; // who may read again opens it anew
      setThere(false);
      return;
    }
    const where = `${log.room}/${message ?? ""}`;
    if (opened.current === where) return;
    const fresh = !opened.current.startsWith(log.room + "/");
    opened.current = where;
    const unread = my && my.unread > 0 ? my.read + 1 : 0;
    if (fresh) setDivider(unread);
    setThere(false);
    if (message) {
      void log.open(message).then(() => {
        setThere(true);
        const m = log.stretch()?.messages.find((x) => x.id >= message);
        if (m) goTo(m.id, "middle");
      });
    } else if (fresh && unread) {
      void log.open(unread).then(() => {
        setThere(true);
        const m = log.stretch()?.messages.find((x) => x.id >= unread);
        if (m) goTo(m.id, "third");
      });
    } else void log.open().then(() => setThere(true));
  }, [log, message, my, ready, goTo]);

  // What comes while nobody looks is new when somebody does.
  useEffect(
    () =>
      listen("message", (f) => {
        const m = f.message;
        if (!m || m.room !== log.room || attentive() || read.current < m.id - 1) return;
        setDivider(m.id);
      }),
    [log],
  );
  return { divider, clearDivider: useCallback(() => setDivider(0), []), goal, target: message ?? 0, there, goTo };
}
