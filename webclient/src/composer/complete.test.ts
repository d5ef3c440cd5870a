import { describe, expect, it } from "vitest";
import { complete, fits, namingAt } from "./complete";

describe("naming", () => {
  it("begins with an @ that begins a word", () => {
    expect(namingAt("hi @al", 6)).toEqual({ from: 3, to: 6, prefix: "al" });
    expect(namingAt("@", 1)).toEqual({ from: 0, to: 1, prefix: "" });
    expect(namingAt("(@Anna Li", 9)?.prefix).toBe("Anna Li");
    expect(namingAt("mail a@b", 8)).toBeUndefined();
    expect(namingAt("@a b c", 6)).toBeUndefined();
    expect(namingAt("@al later", 3)?.prefix).toBe("al");
  });

  it("puts the name in, with one space behind it", () => {
    expect(complete("hi @al", { from: 3, to: 6, prefix: "al" }, "Alice")).toEqual(["hi @Alice ", 10]);
    expect(complete("hi @al there", { from: 3, to: 6, prefix: "al" }, "Alice")).toEqual(["hi @Alice there", 10]);
  });
});

describe("fits", () => {
  const bob = { guid: "b", kind: "user", name: "bob", uri: "sip:bob@example.test", display_name: "Robert van Dyck", email: "builder@example.test" } as const;
  it("goes by the beginnings of words, without case", () => {
    for (const prefix of ["", "b", "Bob@", "rob", "VAN d", "dyck", "builder"]) expect(fits(bob, prefix)).toBe(true);
    for (const prefix of ["ob", "obert", "robert dyck", "x"]) expect(fits(bob, prefix)).toBe(false);
  });
});
