// The rooms that stand side by side, and which of them the keyboard is in.
import { Signal } from "../api/signal";
import { go, here, type Route } from "./route";
import { preferences, setPreference } from "./preferences";

export interface ColumnActions {
  markRead(): void;
  write(): void;
  panel(name: string): void;
}

/** What the shell can have a column do, by room. */
export const columnActions = new Map<string, ColumnActions>();

export const activeRoom = new Signal("");

export function columnsOf(r: Route): string[] {
  return r.page === "room" ? [r.room, ...r.beside.filter((b) => b !== r.room)] : [];
}

function show(rooms: string[], alone = false): void {
  const [room, ...beside] = rooms;
  if (!room) return go({ page: "home" });
  go({ page: "room", room, beside, alone });
  setPreference("columns", rooms.join(","));
}

/** Opens a room in place of the active column; or goes to it where it stands already. */
export function openRoom(guid: string): void {
  const r = here();
  const now = columnsOf(r);
  const alone = r.page === "room" && r.alone;
  if (!now.includes(guid)) {
    const at = Math.max(0, now.indexOf(activeRoom.get()));
    show(now.length ? now.with(at, guid) : [guid], alone);
  } else if (r.page === "room" && r.message) show(now, alone);
  activeRoom.set(guid);
  columnActions.get(guid)?.write();
}

/** Opens a room as one more column. */
export function openBeside(guid: string): void {
  const now = columnsOf(here());
  if (!now.includes(guid)) show([...now, guid]);
  activeRoom.set(guid);
}

export function closeColumn(guid: string): void {
  show(columnsOf(here()).filter((g) => g !== guid));
}

/** Opens a room in a window of its own; it uses the connection of this one. */
export function popOut(guid: string): void {
  window.open(`/room/${guid}?window=1`, `perch-${guid}`, "popup,width=520,height=720");
}

/** The rooms that were open last, here or on another device. */
export function lastColumns(): string[] {
  return preferences.get().columns.split(",").filter(Boolean);
}
