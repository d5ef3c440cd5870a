import { useEffect } from "react";
import { i18n } from "../i18n/i18n";
import { groups, ordered } from "../rooms/groups";
import { mine } from "../rooms/mine";
import { activeRoom, columnActions, columnsOf, openRoom } from "./columns";
import { commandOf, type Command } from "./keys";
import { go, here } from "./route";

function writing(e: KeyboardEvent): boolean {
  const el = e.target as HTMLElement;
  return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
}

/** The next room of the list, in a direction; of those with something unread, perhaps. */
export function neighbour(from: string, by: 1 | -1, unreadOnly: boolean): string | undefined {
  const all = groups(ordered(mine.get(), i18n().collate), { text: "", unreadOnly: false, keep: [] }, i18n().collate).flatMap((g) => g.rooms);
  const at = all.findIndex((m) => m.room.guid === from);
  for (let d = 1; d <= all.length; d++) {
    const m = all[(((at < 0 && by < 0 ? 0 : at) + by * d) % all.length + all.length) % all.length]!;
    if (m.room.guid !== from && (!unreadOnly || (m.unread > 0 && !m.muted))) return m.room.guid;
  }
  return undefined;
}

function toNeighbour(by: 1 | -1, unreadOnly: boolean): void {
  const guid = neighbour(activeRoom.get(), by, unreadOnly);
  if (guid) openRoom(guid);
}

function toColumn(by: 1 | -1): void {
  const all = columnsOf(here());
  if (all.length < 2) return;
  const guid = all[(all.indexOf(activeRoom.get()) + by + all.length) % all.length]!;
  activeRoom.set(guid);
  columnActions.get(guid)?.write();
}

/** Binds the keys of the table; open shows a dialog. */
export function useKeys(open: (dialog: "switcher" | "help") => void): void {
  useEffect(() => {
    const actions: Record<Command, () => void> = {
      switcher: () => open("switcher"),
      help: () => open("help"),
      search: () => go({ page: "search", q: here().page === "search" ? (here() as { q: string }).q : "" }),
      previousRoom: () => toNeighbour(-1, false),
      nextRoom: () => toNeighbour(1, false),
      previousUnread: () => toNeighbour(-1, true),
      nextUnread: () => toNeighbour(1, true),
      previousColumn: () => toColumn(-1),
      nextColumn: () => toColumn(1),
      markRead: () => columnActions.get(activeRoom.get())?.markRead(),
      write: () => columnActions.get(activeRoom.get())?.write(),
      here: () => undefined,
    };
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.isComposing || document.querySelector("dialog[open]")) return;
      const command = commandOf(e, writing(e));
      if (!command) return;
      if ((command === "previousColumn" || command === "nextColumn") && columnsOf(here()).length < 2) return; // the browser's own Back
      e.preventDefault();
      actions[command]();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [open]);
}
