// Users, groups and containers as they are chosen: by name, among all that there are.
import type { Choosable, Found } from "../desk/Picker";
import { ask, asked } from "./ask";

const most = 50; // that are offered at once

export const chosen = (names: readonly string[] | undefined): Choosable[] => (names ?? []).map((n) => ({ id: n, name: n }));
export const namesOf = (list: readonly Choosable[]) => list.map((c) => c.id);

function matching(all: Choosable[], prefix: string): Found {
  const p = prefix.toLowerCase();
  const hits = all.filter((c) => c.name.toLowerCase().startsWith(p) || (c.detail ?? "").toLowerCase().split(/\s+/).some((word) => word.startsWith(p)));
  return { people: hits.slice(0, most), more: hits.length > most };
}

export async function findUsers(prefix: string): Promise<Found> {
  const users = await asked("listUsers");
  return matching(users.map((u) => ({ id: u.name, name: u.name, detail: u.display_name, kind: "user" })), prefix);
}

export async function findGroups(prefix: string): Promise<Found> {
  const groups = await asked("listGroups");
  return matching(groups.map((g) => ({ id: g.name, name: g.name, detail: g.display_name, kind: g.container ? "container" : "group" })), prefix);
}

export async function findAnyone(prefix: string): Promise<Found> {
  const [groups, users] = await Promise.all([findGroups(prefix), findUsers(prefix)]);
  return { people: [...groups.people, ...users.people].slice(0, most), more: groups.more || users.more || groups.people.length + users.people.length > most };
}

/** Who may be given a role in a room or category. */
export async function findEligible(where: string, presenters: boolean, prefix: string): Promise<Found> {
  const found = await ask("eligible", { query: { in: where, prefix, limit: String(most), ...(presenters && { presenters: "true" }) } });
  return { people: found.people.map((p) => ({ id: p.name, name: p.name, detail: p.display_name, kind: p.kind })), more: found.more };
}

/** What a list of names has to be told so that it becomes another. */
export function listOf(from: readonly string[], to: readonly string[]): { add?: string[]; remove?: string[] } {
  const add = to.filter((n) => !from.includes(n));
  const remove = from.filter((n) => !to.includes(n));
  return { ...(add.length && { add }), ...(remove.length && { remove }) };
}
