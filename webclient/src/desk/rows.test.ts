import { describe, expect, it } from "vitest";
import { filter, fitting, sort } from "./rows";

const rows = [
  { name: "b", n: 10, of: ["x", "y"] },
  { name: "a", n: 9, of: [] },
  { name: "Ä", n: 9, of: ["z"] },
];
const columns = [
  { key: "name", value: (r: (typeof rows)[0]) => r.name },
  { key: "n", value: (r: (typeof rows)[0]) => r.n },
  { key: "of", value: (r: (typeof rows)[0]) => r.of },
];
const collate = new Intl.Collator("de", { numeric: true }).compare;
const order = (key: string, down: boolean) => sort(rows, columns, { key, down }, collate).map((r) => r.name).join("");

describe("rows", () => {
  it("sorts numbers as numbers, words by the language, equal ones as they were, empty ones last", () => {
    expect(order("n", false)).toBe("aÄb");
    expect(order("n", true)).toBe("baÄ");
    expect(order("name", false)).toBe("aÄb");
    expect(order("of", false)).toBe("bÄa");
    expect(order("of", true)).toBe("Äba");
  });

  it("filters by all words, in any column and case", () => {
    expect(filter(rows, columns, "X 10").map((r) => r.name)).toEqual(["b"]);
    expect(filter(rows, columns, "x 9")).toEqual([]);
    expect(filter(rows, columns, " ")).toBe(rows);
  });

  it("leaves out extra columns that there is no room for, from the last", () => {
    const sized = [{ key: "a" }, { key: "b", width: 10, extra: true }, { key: "c", width: 5 }, { key: "d", wrap: true, extra: true }];
    const shown = (rems: number) => fitting(sized, rems).map((c) => c.key).join("");
    expect(shown(0)).toBe("ac");
    expect(shown(22.9)).toBe("ac");
    expect(shown(23)).toBe("abc");
    expect(shown(34.9)).toBe("abc");
    expect(shown(35)).toBe("abcd");
  });
});
