import { describe, expect, it } from "vitest";
import type { Message } from "../api/types";
import { rowsOf } from "./rows";

const at = (s: string) => new Date(2026, 0, ...(s.split(" ").map(Number) as [number, number, number])).toISOString();
const message = (id: number, time: string, author = "a", o: Partial<Message> = {}): Message => ({ room: "r", id, author, author_uri: author, author_name: author, at: at(time), text: "", ...o });

describe("rows", () => {
  const list = [message(1, "1 9 0"), message(2, "1 9 1"), message(3, "1 9 30"), message(5, "2 9 0"), message(6, "2 9 1", "b"), message(7, "2 9 2", "b", { alert: true })];

  it("begins days, and joins what one says in a row", () => {
    const r = rowsOf(list, [], 0, true);
    expect(r.filter((x) => x.day).map((x) => x.key)).toEqual(["1", "5"]);
    expect(r.filter((x) => x.follows).map((x) => x.key)).toEqual(["2"]);
    expect(r.filter((x) => x.first).map((x) => x.key)).toEqual(["1"]);
  });

  it("puts one divider before the first unread, also if that was purged", () => {
    for (const [divider, want] of [[2, "2"], [4, "5"], [8, undefined], [0, undefined]] as const)
      expect(rowsOf(list, [], divider, false).filter((x) => x.unread).map((x) => x.key)).toEqual(want ? [want] : []);
  });

  it("does not claim a divider that is above what is loaded", () => {
    expect(rowsOf(list.slice(3), [], 2, false).some((x) => x.unread)).toBe(false);
  });
});
