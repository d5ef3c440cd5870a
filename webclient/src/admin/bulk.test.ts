import { describe, expect, it } from "vitest";
import { parse, sendAll, type Item } from "./bulk";

const items = (n: number): Item<string>[] => Array.from({ length: n }, (_, i) => ({ line: i + 2, item: `u${i}` }));

/** A server that refuses some names, and knows what it has done. */
function server(bad: string[]) {
  const done: string[] = [];
  return {
    done,
    send: async (list: string[], dry: boolean) => {
      const wrong = list.find((i) => bad.includes(i));
      if (wrong) throw new Error(wrong);
      if (!dry) done.push(...list);
      return { done: list.length };
    },
  };
}

describe("sendAll", () => {
  it("does everything, in chunks", async () => {
    const s = server([]);
    expect(await sendAll(items(1201), s.send, false, () => undefined)).toEqual({ done: 1201, skipped: 0, wrong: [], left: 0 });
    expect(s.done).toHaveLength(1201);
  });

  it("names every wrong line when it only looks, and does nothing", async () => {
    const s = server(["u3", "u499", "u700"]);
    const r = await sendAll(items(1201), s.send, true, () => undefined);
    expect(r.wrong.map((x) => x.line)).toEqual([5, 501, 702]);
    expect(r.done).toBe(201);
    expect(s.done).toEqual([]);
  });

  it("stops at a chunk with a wrong line, of which nothing is done", async () => {
    const s = server(["u600"]);
    const r = await sendAll(items(1201), s.send, false, () => undefined);
    expect(r).toMatchObject({ done: 500, left: 701 });
    expect(r.wrong.map((x) => x.line)).toEqual([602]);
    expect(s.done).toHaveLength(500);
  });

  it("says so when lines are wrong only together", async () => {
    const twice = async (list: string[]) => {
      if (list.length > 1) throw new Error("twice");
      return { done: 1 };
    };
    const r = await sendAll(items(2), (l) => twice(l), true, () => undefined);
    expect(r.wrong).toHaveLength(1);
  });
});

describe("parse", () => {
  it("makes things of lines", () => {
    expect(parse("rooms", "name,category,members\nRates,Trading,alice; bob")[0]).toMatchObject({ line: 2, item: { name: "Rates", members: ["alice", "bob"] } });
    expect(parse("users", "name,ntlm\nbob,yes")[0]?.item).toMatchObject({ name: "bob", ntlm: true });
    expect(parse("grants", "room,role,principal\nRates,Manager,bob")[0]?.item).toEqual({ room: "Rates", role: "manager", principal: "bob" });
  });

  it("wants what is needed on every line", () => {
    expect(() => parse("grants", "room,role,principal\nRates,member,x\nRates,,x")).toThrowError(expect.objectContaining({ line: 3, what: "role" }) as Error);
  });
});
