import { describe, expect, it } from "vitest";
import { cellText, CsvError, names, read, split, write } from "./csv";

const thrown = (f: () => unknown) => {
  try {
    f();
  } catch (e) {
    const c = e as CsvError;
    return [c.why, c.line, c.what];
  }
  return undefined;
};

describe("reading", () => {
  it("takes quotes, line breaks in cells, both separators and line ends, a mark in front", () => {
    expect(split('a,b\r\n"x, ""y""","1\n2"\n\n z ,w')).toEqual([
      { line: 1, cells: ["a", "b"] },
      { line: 2, cells: ['x, "y"', "1\n2"] },
      { line: 5, cells: ["z", "w"] },
    ]);
    expect(read("\ufeffName;Email\nalice;a@example.test", ["name", "email"], ["name"])).toEqual([{ line: 2, cells: { name: "alice", email: "a@example.test" } }]);
  });

  it("names the line that is wrong", () => {
    expect(thrown(() => read('name\n"x\ny', ["name"], []))).toEqual(["quote", 2, ""]);
    expect(thrown(() => read('name\nx"y', ["name"], []))).toEqual(["quote", 2, ""]);
    expect(thrown(() => read("name\nx,y", ["name"], []))).toEqual(["cells", 2, ""]);
    expect(thrown(() => read("nme\nx", ["name"], []))).toEqual(["unknown", 1, "nme"]);
    expect(thrown(() => read("email\nx", ["name", "email"], ["name"]))).toEqual(["missing", 1, "name"]);
    expect(thrown(() => read("", ["name"], []))).toEqual(["empty", 1, ""]);
  });

  it("splits names", () => expect(names(" a; b,c d ")).toEqual(["a", "b", "c", "d"]));
});

describe("writing", () => {
  it("makes no formula of what somebody wrote", () => {
    for (const bad of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1"]) expect(cellText(bad).replace(/^"/, "")).toMatch(/^'/);
    expect(cellText("a-b")).toBe("a-b");
    expect(cellText(-5)).toBe("-5");
  });

  it("reads what it wrote", () => {
    const rows = [["a", "b"], ['x "y", z', "1\n2"], [" c ", ""]];
    expect(split(write(rows)).map((r) => r.cells)).toEqual(rows);
  });
});
