// From what was typed to what the server searches: names become people and rooms.
import { get } from "../api/call";
import type { People, RoomList, Search } from "../api/types";
import { mine } from "../rooms/mine";
import { session } from "../session/session";
import { dayStart, hasValues, parseQuery, type Filter } from "./query";

export interface Resolved {
  search: Search;
  /** Filters that name nothing: the search is not done, and these are shown. */
  unknown: Filter[];
}

async function person(value: string): Promise<string | undefined> {
  if (value.toLowerCase() === "me") return session().me.guid;
  if (value.startsWith("sip:") || value.includes("@")) return value.startsWith("sip:") ? value : "sip:" + value;
  const { people } = await get<People>("/people", { prefix: value, limit: 20 });
  const low = value.toLocaleLowerCase();
  return (people.find((p) => [p.name, p.display_name].some((n) => n.toLocaleLowerCase() === low)) ?? people[0])?.guid;
}

async function rooms(value: string): Promise<string[]> {
  const low = value.toLocaleLowerCase();
  const own = [...mine.get().values()].map((m) => m.room);
  const exact = own.filter((r) => r.name.toLocaleLowerCase() === low || r.guid === low);
  if (exact.length) return exact.map((r) => r.guid);
  const { rooms: found } = await get<RoomList>("/rooms", { search: value, limit: 50 });
  const same = found.filter((r) => r.name.toLocaleLowerCase() === low);
  return (same.length ? same : found).map((r) => r.guid);
}

export async function resolve(typed: string): Promise<Resolved> {
  const q = parseQuery(typed);
  const s: Search = { ...(q.words && { text: q.words }), ...(q.exact && { match: "exact" }) };
  const unknown: Filter[] = [];
  for (const f of q.filters) {
    if (f.name === "from" || f.name === "mentions") {
      const guid = await person(f.value);
      const key = f.name === "from" ? "authors" : "mentions";
      if (guid) (s[key] ??= []).push(guid);
      else unknown.push(f);
    } else if (f.name === "in") {
      const found = await rooms(f.value);
      if (found.length) (s.rooms ??= []).push(...found);
      else unknown.push(f);
    } else if (f.name === "has") {
      const v = hasValues.find((h) => h === f.value.toLowerCase());
      if (v) (s.has ??= []).push(v);
      else unknown.push(f);
    } else {
      const d = dayStart(f.value, f.name === "after" ? 1 : 0);
      if (!d) unknown.push(f);
      else if (f.name === "after") s.from = d.toISOString();
      else s.until = d.toISOString();
    }
  }
  return { search: s, unknown };
}
