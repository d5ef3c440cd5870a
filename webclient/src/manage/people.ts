// People and groups as they are chosen.
import type { Choosable, Found } from "../desk/Picker";
import { ask } from "./ask";
import type { Person } from "./edit";

export const choosable = (p: Person): Choosable => ({ id: p.guid, name: p.display_name || p.name, detail: p.uri.replace(/^sip:/, ""), kind: p.kind });

/** The people behind chosen ones, as far as they are known; known grows with every search. */
export class Known {
  readonly #people = new Map<string, Person>();

  add(people: readonly Person[]): void {
    for (const p of people) this.#people.set(p.guid, p);
  }

  of(chosen: readonly Choosable[]): Person[] {
    return chosen.map((c) => this.#people.get(c.id)).filter((p) => p !== undefined);
  }

  /** Searches who may be given a role in a room, or in a category's new room. */
  readonly find = async (where: { room: string } | { category: string }, role: "member" | "manager" | "presenter", prefix: string): Promise<Found> => {
    const found = await ask("listEligible", { query: { ...where, role, prefix, limit: 50 } });
    this.add(found.people);
    return { people: found.people.map(choosable), more: found.more };
  };

  /**
   * Searches who may present: members, also those who become it when the edit is saved. A room that is no auditorium yet
   * has nobody who may: whoever can be a member is offered then.
   */
  readonly findPresenters = async (where: { room: string } | { category: string }, auditorium: boolean, members: readonly Person[], prefix: string): Promise<Found> => {
    if (!auditorium) return this.find(where, "member", prefix);
    const found = await this.find(where, "presenter", prefix);
    const p = prefix.toLowerCase();
    const coming = members.filter((m) => !found.people.some((f) => f.id === m.guid) && [m.display_name, m.name].some((n) => n.toLowerCase().startsWith(p)));
    return { people: [...coming.map(choosable), ...found.people], more: found.more };
  };
}
