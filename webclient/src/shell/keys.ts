// The keys of the client, in one table: what is bound is what the help shows.
import type { Key } from "../i18n/i18n";

export interface Binding {
  keys: string; // "Mod" is Ctrl, on a Mac Command
  means: Key;
  where: "everywhere" | "history" | "composer";
  /** Also while one writes: such keys produce no character. */
  whileWriting?: boolean;
  command: Command;
}

export type Command =
  | "switcher" | "search" | "help" | "previousRoom" | "nextRoom" | "previousUnread" | "nextUnread" | "markRead" | "write" | "nextColumn" | "previousColumn"
  | "here"; // handled by the view that has the focus: it is here to be shown

export const bindings: readonly Binding[] = [
  { keys: "Mod+K", means: "keySwitcher", where: "everywhere", whileWriting: true, command: "switcher" },
  { keys: "Mod+F", means: "keySearch", where: "everywhere", whileWriting: true, command: "search" },
  { keys: "Alt+ArrowUp", means: "keyPreviousRoom", where: "everywhere", whileWriting: true, command: "previousRoom" },
  { keys: "Alt+ArrowDown", means: "keyNextRoom", where: "everywhere", whileWriting: true, command: "nextRoom" },
  { keys: "Alt+Shift+ArrowUp", means: "keyPreviousUnread", where: "everywhere", whileWriting: true, command: "previousUnread" },
  { keys: "Alt+Shift+ArrowDown", means: "keyNextUnread", where: "everywhere", whileWriting: true, command: "nextUnread" },
  { keys: "Alt+ArrowLeft", means: "keyPreviousColumn", where: "everywhere", whileWriting: true, command: "previousColumn" },
  { keys: "Alt+ArrowRight", means: "keyNextColumn", where: "everywhere", whileWriting: true, command: "nextColumn" },
  { keys: "Escape", means: "keyMarkRead", where: "everywhere", whileWriting: true, command: "markRead" },
  { keys: "W", means: "keyWrite", where: "everywhere", command: "write" },
  { keys: "?", means: "keyHelp", where: "everywhere", command: "help" },
  { keys: "Enter", means: "keyChoose", where: "history", command: "here" },
  { keys: "ArrowUp", means: "keyUp", where: "history", command: "here" },
  { keys: "ArrowDown", means: "keyDown", where: "history", command: "here" },
  { keys: "Home", means: "keyHome", where: "history", command: "here" },
  { keys: "End", means: "keyEnd", where: "history", command: "here" },
  { keys: "Enter", means: "keyPost", where: "composer", command: "here" },
  { keys: "Shift+Enter", means: "keyLine", where: "composer", command: "here" },
  { keys: "@", means: "keyName", where: "composer", command: "here" },
];

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

function matches(b: Binding, e: Pressed, mac: boolean): boolean {
  const parts = b.keys.split("+");
  const key = parts.pop()!;
  const mod = parts.includes("Mod");
  if (mod !== (mac ? e.metaKey : e.ctrlKey) || (mac ? e.ctrlKey : e.metaKey)) return false;
  if (parts.includes("Alt") !== e.altKey) return false;
  if (key.length > 1 || /[A-Z]/.test(key)) {
    if (parts.includes("Shift") !== e.shiftKey) return false; // of a sign, the keyboard decides whether it needs Shift
  }
  return e.key.toLowerCase() === key.toLowerCase();
}

/** What a key press asks the client for, if anything. */
export function commandOf(e: Pressed, writing: boolean, mac = isMac): Command | undefined {
  return bindings.find((b) => b.where === "everywhere" && (!writing || b.whileWriting) && matches(b, e, mac))?.command;
}
