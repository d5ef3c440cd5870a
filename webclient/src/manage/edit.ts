// A room as it is edited, as values: what was changed, and what to do when somebody else has changed it meanwhile.
import type { components } from "../api/schema";

type S = components["schemas"];
export type Room = S["Room"];
export type Roles = S["Roles"];
export type Person = S["Person"];
export type Change = S["RoomChange"];

/** What of a room can be edited. */
export interface Edit {
  name: string;
  description: string;
  category: string; // GUID
  privacy: S["Privacy"];
  type: S["RoomType"];
  invitations: S["InvitationSetting"];
  addin: string; // GUID, or empty
  disabled: boolean;
  members: Person[];
  managers: Person[];
  presenters: Person[];
}

export const plainFields = ["name", "description", "category", "privacy", "type", "invitations", "addin", "disabled"] as const;
export const roleFields = ["members", "managers", "presenters"] as const;
export type Field = (typeof plainFields)[number] | (typeof roleFields)[number];
export const fields: readonly Field[] = [...plainFields, ...roleFields];

export const fresh = (category: string): Edit => ({
  name: "", description: "", category, privacy: "closed", type: "normal", invitations: "inherit", addin: "", disabled: false, members: [], managers: [], presenters: [],
});

export const editOf = (room: Room, roles: Roles): Edit => ({
  name: room.name, description: room.description, category: room.category_guid, privacy: room.privacy, type: room.type, invitations: room.invitations,
  addin: room.addin?.guid ?? "", disabled: room.disabled, members: roles.members, managers: roles.managers, presenters: roles.presenters,
});

const without = (a: Person[], b: Person[]) => a.filter((p) => !b.some((q) => q.guid === p.guid));

/** Who came to a list, and who left it. */
export const listChange = (from: Person[], to: Person[]) => ({ added: without(to, from), removed: without(from, to) });

export function differs(field: Field, a: Edit, b: Edit): boolean {
  const [x, y] = [a[field], b[field]];
  if (!Array.isArray(x) || !Array.isArray(y)) return x !== y;
  return without(x, y).length > 0 || without(y, x).length > 0;
}

/** What has to be told to the server so that a room becomes as it was edited; nothing: undefined. */
export function changeOf(base: Edit, mine: Edit): Omit<Change, "version"> | undefined {
  const change: Record<string, unknown> = {};
  for (const f of plainFields) if (differs(f, base, mine)) change[f] = mine[f];
  for (const f of roleFields) {
    const { added, removed } = listChange(base[f], mine[f]);
    if (added.length || removed.length) change[f] = { ...(added.length && { add: added.map((p) => p.guid) }), ...(removed.length && { remove: removed.map((p) => p.guid) }) };
  }
  return Object.keys(change).length ? change : undefined;
}

/** What became of a field while I edited it. */
export interface Clash {
  field: Field;
  mine: boolean; // I changed it
  theirs: boolean; // somebody else changed it
}

/** The fields that somebody else has changed, and those that I have. */
export function clashes(base: Edit, mine: Edit, theirs: Edit): Clash[] {
  return fields.map((field) => ({ field, mine: differs(field, base, mine), theirs: differs(field, base, theirs) })).filter((c) => c.mine || c.theirs);
}

/**
 * My changes on top of theirs, but for the fields that I give up. Lists are changed as I changed them: whom they added stays.
 */
export function rebase(base: Edit, mine: Edit, theirs: Edit, given: ReadonlySet<Field>): Edit {
  const out = { ...theirs } as Record<Field, unknown>;
  for (const f of plainFields) if (differs(f, base, mine) && !given.has(f)) out[f] = mine[f];
  for (const f of roleFields) {
    if (given.has(f)) continue;
    const { added, removed } = listChange(base[f], mine[f]);
    out[f] = [...without(theirs[f], removed), ...without(added, theirs[f])];
  }
  return out as unknown as Edit;
}
