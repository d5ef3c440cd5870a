import { describe, expect, it } from "vitest";
import { changeOf, clashes, fresh, rebase, type Edit, type Person } from "./edit";

const person = (guid: string): Person => ({ guid, uri: `sip:${guid}@example.test`, name: guid, display_name: guid, kind: "user" });
const [alice, bob, carol] = [person("alice"), person("bob"), person("carol")];
const base: Edit = { ...fresh("c1"), name: "Rates", members: [alice, bob] };

describe("changeOf", () => {
  it("tells only what was changed, lists by who came and went", () => {
    expect(changeOf(base, { ...base })).toBeUndefined();
    expect(changeOf(base, { ...base, name: "Bonds", addin: "", members: [carol, alice] })).toEqual({ name: "Bonds", members: { add: ["carol"], remove: ["bob"] } });
    expect(changeOf({ ...base, addin: "x" }, { ...base, addin: "" })).toEqual({ addin: "" });
  });
});

describe("a stale edit", () => {
  const mine: Edit = { ...base, name: "Mine", privacy: "open", members: [alice, bob, carol] };
  const theirs: Edit = { ...base, name: "Theirs", description: "New", members: [alice] };

  it("says field by field who changed what", () => {
    expect(clashes(base, mine, theirs)).toEqual([
      { field: "name", mine: true, theirs: true },
      { field: "description", mine: false, theirs: true },
      { field: "privacy", mine: true, theirs: false },
      { field: "members", mine: true, theirs: true },
    ]);
  });

  it("puts mine on top of theirs, and their lists stay theirs where I changed nothing", () => {
    const again = rebase(base, mine, theirs, new Set());
    expect(again).toMatchObject({ name: "Mine", description: "New", privacy: "open" });
    expect(again.members.map((p) => p.guid)).toEqual(["alice", "carol"]);
    expect(changeOf(theirs, again)).toEqual({ name: "Mine", privacy: "open", members: { add: ["carol"] } });
  });

  it("gives up what I give up", () => {
    expect(rebase(base, mine, theirs, new Set(["name", "members", "privacy"]))).toEqual(theirs);
  });
});
