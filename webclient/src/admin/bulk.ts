// Many things from a file, as the perch command does it: in chunks, each done whole or not at all; a wrong line is named.
import { CsvError, names, read, type Line } from "../desk/csv";
import type { Schemas } from "./ask";

export type Kind = "users" | "rooms" | "grants";

export const columnsOf: Record<Kind, { columns: readonly string[]; needed: readonly string[] }> = {
  users: { columns: ["name", "display", "email", "company", "password", "ntlm"], needed: ["name"] },
  rooms: { columns: ["name", "category", "description", "privacy", "type", "invitations", "addin", "members", "managers", "presenters"], needed: ["name", "category"] },
  grants: { columns: ["room", "role", "principal"], needed: ["room", "role", "principal"] },
};

const truth = (cell: string | undefined) => /^(yes|true|1|on|ja)$/i.test(cell ?? "");

type Of = { users: Schemas["NewUser"]; rooms: Schemas["NewRoom"]; grants: Schemas["Grant"] };

const makers: { [K in Kind]: (cells: Record<string, string>) => Of[K] } = {
  users: (c) => ({ name: c.name!, display_name: c.display ?? "", email: c.email ?? "", company: c.company ?? "", password: c.password ?? "", ntlm: truth(c.ntlm) }),
  rooms: (c) => ({
    name: c.name!, category: c.category!, description: c.description ?? "", privacy: c.privacy ?? "", type: c.type ?? "", invitations: c.invitations ?? "", addin: c.addin ?? "",
    members: names(c.members), managers: names(c.managers), presenters: names(c.presenters),
  }),
  grants: (c) => ({ room: c.room!, role: c.role!.toLowerCase(), principal: c.principal! }),
};

export interface Item<T> {
  line: number;
  item: T;
}

export function parse<K extends Kind>(kind: K, text: string): Item<Of[K]>[] {
  const { columns, needed } = columnsOf[kind];
  const lines: Line[] = read(text, columns, needed);
  for (const l of lines) for (const n of needed) if (!l.cells[n]) throw new CsvError("missing", l.line, n);
  return lines.map((l) => ({ line: l.line, item: makers[kind](l.cells) }));
}

export interface Wrong {
  line: number;
  why: unknown;
}

export interface Result {
  done: number;
  skipped: number;
  wrong: Wrong[]; // lines that were refused; some only, if there are many
  left: number; // items that were not tried, since a chunk before them was refused
}

const chunk = 500;
const mostWrong = 20; // lines that are looked for one by one

type Send<T> = (items: T[], dry: boolean) => Promise<{ done: number; skipped?: number }>;

/**
 * Sends items, or only has them looked at. What is wrong in a chunk is found by halving it, all else of the chunk stays
 * undone; dry, all chunks are looked at.
 */
export async function sendAll<T>(items: readonly Item<T>[], send: Send<T>, dry: boolean, told: (n: number) => void): Promise<Result> {
  const r: Result = { done: 0, skipped: 0, wrong: [], left: 0 };
  for (let from = 0; from < items.length; from += chunk) {
    const part = items.slice(from, from + chunk);
    try {
      const d = await send(part.map((i) => i.item), dry);
      r.done += d.done;
      r.skipped += d.skipped ?? 0;
    } catch (why) {
      const before = r.wrong.length;
      await search(part, send, r.wrong);
      if (r.wrong.length === before) r.wrong.push({ line: part[0]!.line, why }); // wrong only together, such as one name twice
      if (!dry) {
        r.left = items.length - from;
        return r;
      }
    }
    told(from + part.length);
  }
  return r;
}

async function search<T>(part: readonly Item<T>[], send: Send<T>, wrong: Wrong[]): Promise<void> {
  if (wrong.length >= mostWrong) return;
  try {
    await send(part.map((i) => i.item), true);
  } catch (why) {
    if (part.length === 1) {
      wrong.push({ line: part[0]!.line, why });
      return;
    }
    const half = part.length >> 1;
    await search(part.slice(0, half), send, wrong);
    await search(part.slice(half), send, wrong);
  }
}
