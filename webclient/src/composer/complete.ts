// What is being named at the caret: "@al" asks for people whose name begins so.
import type { Person } from "../api/types";

export interface Naming {
  from: number; // of the @
  to: number; // the caret
  prefix: string;
}

/** The name that is begun at the caret, if any: after an @ that begins a word, two words long at most. */
export function namingAt(text: string, caret: number): Naming | undefined {
  const m = /(?:^|[\s(])@([\p{L}\p{N}._'-]*(?: [\p{L}\p{N}._'-]*)?)$/u.exec(text.slice(Math.max(0, caret - 80), caret));
  if (!m) return undefined;
  return { from: caret - m[1]!.length - 1, to: caret, prefix: m[1]! };
}

const words = (s: string) => "\n" + s.toLowerCase().trim().split(/\s+/).join("\n");

/** Whether the server finds somebody by a prefix: it begins a word of what he is called. */
export function fits(p: Person, prefix: string): boolean {
  return [p.name, p.uri.replace(/^sip:/, ""), p.email ?? "", p.display_name].some((s) => words(s).includes(words(prefix)));
}

/** The text with a name put in, and where the caret is then. */
export function complete(text: string, n: Naming, name: string): [string, number] {
  const put = `@${name} `;
  const rest = text.slice(n.to);
  return [text.slice(0, n.from) + put + (rest.startsWith(" ") ? rest.slice(1) : rest), n.from + put.length];
}
