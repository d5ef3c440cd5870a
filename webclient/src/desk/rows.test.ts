import { describe, expect, it } from "vitest";
import { filter, sort } from "./rows";

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
});
