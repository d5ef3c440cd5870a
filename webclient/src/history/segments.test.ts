import { describe, expect, it } from "vitest";
import type { Message, Page } from "../api/types";
import { addLive, addPage, coverage, find, holes, none, setHead, trim, type Asked, type Segments } from "./segments";

const message = (id: number, text = `text ${id}`): Message => ({ room: "r", id, author: "a", author_uri: "", author_name: "A", at: "2026-01-01T00:00:00Z", text });

/** A server's room: ids of 1..head, less those that were purged. */
class FakeRoom {
  constructor(public head: number, readonly purged = new Set<number>(), readonly first = 1) {}

  page(asked: Asked, limit: number): Page {
    const ids = Array.from({ length: this.head }, (_, i) => i + 1).filter((i) => i >= this.first && !this.purged.has(i));
    let got: number[];
    if (asked === "newest") got = ids.slice(-limit);
    else if ("before" in asked) got = ids.filter((i) => i < asked.before).slice(-limit);
    else if ("after" in asked) got = ids.filter((i) => i > asked.after).slice(0, limit);
    else {
      const x = "around" in asked ? asked.around : 1;
      got = [...ids.filter((i) => i <= x).slice(-limit / 2), ...ids.filter((i) => i > x).slice(0, limit / 2)];
    }
    const low = got[0] ?? ("before" in Object(asked) ? 0 : this.head);
    const high = got.at(-1) ?? this.head;
    return { messages: got.map((i) => message(i)), head: this.head, first: ids[0] ?? 0, revised: 0, before: ids.some((i) => i < low), after: ids.some((i) => i > high) };
  }
}

function check(s: Segments, room: FakeRoom): void {
  let end = -1;
  for (const t of s.stretches) {
    expect(t.from).toBeGreaterThan(end + 1); // do not touch
    expect(t.to).toBeGreaterThanOrEqual(t.from);
    const want: number[] = [];
    for (let i = t.from; i <= t.to; i++) if (i >= room.first && !room.purged.has(i)) want.push(i);
    expect(t.messages.map((m) => m.id)).toEqual(want);
    end = t.to;
  }
}

describe("segments", () => {
  it("covers what a page proves", () => {
    const room = new FakeRoom(100);
    expect(coverage(room.page("newest", 10), "newest")).toEqual([91, 100]);
    expect(coverage(room.page({ before: 50 }, 10), { before: 50 })).toEqual([40, 49]);
    expect(coverage(room.page({ after: 97 }, 10), { after: 97 })).toEqual([98, 100]);
    expect(coverage(room.page({ around: 50 }, 10), { around: 50 })).toEqual([46, 55]);
    expect(coverage({ messages: [], head: 0, first: 0, revised: 0, before: false, after: false }, "newest")).toBeUndefined();
  });

  it("knows that purged ids are not missing", () => {
    const room = new FakeRoom(20, new Set([10, 11, 12, 20]));
    let s = addPage(none, room.page("newest", 5), "newest");
    expect(s.stretches).toHaveLength(1);
    s = addPage(s, room.page({ before: s.stretches[0]!.from }, 5), { before: s.stretches[0]!.from });
    expect(s.stretches).toHaveLength(1);
    expect(holes(s)).toEqual([]);
    check(s, room);
  });

  it("sees the hole before a message that came too early, and closes it", () => {
    const room = new FakeRoom(10);
    let s = addPage(none, room.page("newest", 5), "newest");
    room.head = 14;
    s = addLive(s, message(14));
    expect(holes(s)).toEqual([[11, 13]]);
    s = addPage(s, room.page({ after: 10 }, 50), { after: 10 });
    expect(holes(s)).toEqual([]);
    expect(s.stretches).toHaveLength(1);
    check(s, room);
  });

  it("sees by a head alone that something is missing", () => {
    const s = setHead(addPage(none, new FakeRoom(10).page("newest", 5), "newest"), 12);
    expect(holes(s)).toEqual([[11, 12]]);
  });

  it("takes a message twice, and a changed one where it is shown", () => {
    let s = addPage(none, new FakeRoom(1000).page("newest", 5), "newest");
    s = addLive(addLive(s, message(1001)), message(1001));
    expect(find(s, 1001)?.messages.filter((m) => m.id === 1001)).toHaveLength(1);
    s = addLive(s, message(998, "replaced"));
    expect(find(s, 998)?.messages.find((m) => m.id === 998)?.text).toBe("replaced");
    const same = addLive(s, message(3, "replaced"));
    expect(same).toBe(s);
  });

  it("stays small, and keeps the newest", () => {
    const room = new FakeRoom(5000);
    let s = addPage(none, room.page("newest", 50), "newest");
    for (let i = 0; i < 60; i++) s = addPage(s, room.page({ before: s.stretches.at(-1)!.from }, 50), { before: s.stretches.at(-1)!.from });
    s = trim(s, 2500, 200);
    expect(find(s, 2500)?.messages.length).toBe(401);
    expect(find(s, 2500)?.to).toBe(2700);
    check(s, room);
    s = addPage(s, room.page("newest", 50), "newest");
    expect(s.stretches).toHaveLength(2);
    expect(holes(s)).toEqual([[2701, 4950]]);
  });

  it("ends as the server has it, whatever the order of pages and events", () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    for (let run = 0; run < 40; run++) {
      const room = new FakeRoom(30 + random(100), new Set(Array.from({ length: random(12) }, () => 1 + random(29))), 1 + random(4));
      let s = addPage(none, room.page("newest", 10), "newest");
      for (let i = 0; i < 40; i++) {
        const id = 1 + random(room.head);
        const asked: Asked = [{ before: id + 1 }, { after: id }, { around: id }, "newest" as const][random(4)]!;
        if (random(3) === 0) {
          room.head++;
          if (random(2)) s = addLive(s, message(room.head));
        } else s = addPage(s, room.page(asked, 2 + 2 * random(8)), asked);
        if (random(10) === 0) s = trim(s, id, 10);
        check(s, room);
      }
      s = setHead(s, room.head);
      for (let n = 0; n < 500 && holes(s).length; n++) s = addPage(s, room.page({ after: holes(s)[0]![0] - 1 }, 8), { after: holes(s)[0]![0] - 1 });
      expect(holes(s)).toEqual([]);
      expect(s.head).toBe(room.head);
      check(s, room);
    }
  });
});
