import { expect, test } from "vitest";
import { Refusal } from "../api/refusal";
import { clashes, onTop, refused, renewed, saved, settled, staleOf } from "./stale";

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

const form = { base, v: base, version: 1 };
const typed = { ...base, description: "mine" };

test("a thing that is read again is followed, but for what others changed under my own changes", () => {
  const now = { ...base, files: true, version: 2 };
  expect(renewed(keys, form, now, 2)).toEqual({ base: now, v: now, version: 2 });
  const mine = { base, v: typed, version: 1 };
  expect(renewed(keys, mine, now, 2)).toBe(mine); // that shows when it is saved
  const same = { ...base, version: 3 };
  expect(renewed(keys, mine, same, 3)).toEqual({ base: same, v: { ...same, description: "mine" }, version: 3 });
});

test("what is typed while a change is under way stays, and what was not sent", () => {
  const now = { ...typed, description: "Mine", version: 2 }; // as the server writes it
  expect(saved(keys, { base, v: typed, version: 1 }, typed, undefined, now, 2)).toEqual({ base: now, v: now, version: 2 });
  const later = { ...typed, name: "Rates and more" };
  expect(saved(keys, { base, v: later, version: 1 }, typed, undefined, now, 2).v).toEqual({ ...now, name: "Rates and more" });
  const filed = { ...base, files: true, version: 2 };
  expect(saved(keys, { base, v: typed, version: 1 }, typed, { files: true }, filed, 2)).toEqual({ base: filed, v: { ...filed, description: "mine" }, version: 2 });
});

test("what was refused is among my changes, which go on top or are given up", () => {
  const now = { ...base, name: "theirs", version: 2 };
  const clash = refused({ base, v: typed, version: 1 }, { files: true }, now, 2);
  expect(clash.theirs).toEqual({ v: now, version: 2 });
  expect(renewed(keys, clash, now, 2)).toBe(clash);
  expect(settled(keys, clash, true)).toEqual({ base: now, v: { ...now, description: "mine", files: true }, version: 2 });
  expect(settled(keys, clash, false)).toEqual({ base: now, v: now, version: 2 });
});
