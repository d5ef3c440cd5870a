import { describe, expect, it } from "vitest";
import type { MyRoom } from "../api/types";
import { groups, ordered, positionAt } from "./groups";
import { totals } from "./mine";

const collate = new Intl.Collator("en").compare;

function room(name: string, o: Partial<MyRoom> = {}, category = "Desk"): MyRoom {
  return {
    room: { guid: name, name, category, head: 10 } as MyRoom["room"],
    read: 10, unread: 0, mentions: 0, followed: true, favourite: false, muted: false, group: "", position: 0, ...o,
  };
}

const mine = (...r: MyRoom[]) => new Map(r.map((m) => [m.room.guid, m]));

describe("groups", () => {
  it("puts favourites first, then own headings and categories by name", () => {
    const g = groups(ordered(mine(room("b"), room("a"), room("x", { favourite: true }), room("y", { group: "Alpha" })), collate), { text: "", unreadOnly: false, keep: [] }, collate);
    expect(g.map((x) => [x.name, x.rooms.map((m) => m.room.name)])).toEqual([["", ["x"]], ["Alpha", ["y"]], ["Desk", ["a", "b"]]]);
  });

  it("filters by words and by what is unread, but keeps where one is", () => {
    const all = mine(room("Gilts desk", { unread: 3 }), room("Gilts news"), room("Equities"));
    const names = (f: Parameters<typeof groups>[1]) => groups(ordered(all, collate), f, collate).flatMap((g) => g.rooms.map((m) => m.room.name));
    expect(names({ text: "gil des", unreadOnly: false, keep: [] })).toEqual(["Gilts desk"]);
    expect(names({ text: "", unreadOnly: true, keep: ["Equities"] })).toEqual(["Equities", "Gilts desk"]);
  });

  it("does not count what is muted", () => {
    const all = mine(room("a", { unread: 3, mentions: 1 }), room("b", { unread: 5, muted: true, mentions: 2 }));
    expect(totals(all)).toEqual({ unread: 3, mentions: 1 });
    expect(groups(ordered(all, collate), { text: "", unreadOnly: false, keep: [] }, collate)[0]).toMatchObject({ unread: 3, mentions: 1 });
  });

  it("finds a place between two", () => {
    const list = [room("a", { position: 1 }), room("b", { position: 2 })];
    expect(positionAt(list, 0).position).toBeLessThan(1);
    expect(positionAt(list, 1).position).toBe(1.5);
    expect(positionAt(list, 2).position).toBeGreaterThan(2);
    expect(positionAt([room("a"), room("b")], 1).spread).toBe(true);
  });
});
