import { expect, test } from "vitest";
import { Refusal } from "../api/refusal";
import { clashes, onTop, staleOf } from "./stale";

const base = { name: "Rates", description: "", files: false, members: ["alice", "bob"], version: 1 };
const keys = ["name", "description", "files", "members"] as const;

test("only a refusal of an older version shows how the thing is now", () => {
  expect(staleOf(new Refusal("changed", "collision", 409, undefined, { current: base }))).toEqual(base);
  expect(staleOf(new Refusal("taken", "duplicate-name", 409, undefined, { error: "taken" }))).toBeUndefined();
  expect(staleOf(new Error("x"))).toBeUndefined();
});

test("my changes go on top of theirs, list by list", () => {
  const mine = { ...base, files: true, members: ["alice", "carol"] };
  const now = { ...base, description: "theirs", members: ["alice", "bob", "dave"], version: 2 };
  expect(clashes(keys, base, mine, now).map((c) => [c.key, c.both])).toEqual([["description", false], ["files", true], ["members", true]]);
  expect(onTop(keys, base, mine, now)).toEqual({ name: "Rates", description: "theirs", files: true, members: ["alice", "dave", "carol"], version: 2 });
  expect(onTop(keys, base, base, now)).toEqual(now);
});

test("whom both took off a list is gone, and whom both added is there once", () => {
  const mine = { ...base, members: ["bob", "carol"] };
  const now = { ...base, members: ["bob", "carol"], version: 2 };
  expect(onTop(keys, base, mine, now).members).toEqual(["bob", "carol"]);
  expect(clashes(keys, base, { ...base, members: ["bob", "alice"] }, base)).toEqual([]);
});
