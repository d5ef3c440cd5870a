import { describe, expect, it } from "vitest";
import { inert, parse, plain } from "./parse";

const id = "a912898f-cf23-476b-a644-0c541d7cfdcf";

describe("parse", () => {
  it("finds links, and leaves the sentence its marks", () => {
    expect(parse("see https://example.test/a(b), or (http://example.test/x).")).toEqual([
      { is: "text", text: "see " },
      { is: "link", href: "https://example.test/a(b)", text: "https://example.test/a(b)" },
      { is: "text", text: ", or (" },
      { is: "link", href: "http://example.test/x", text: "http://example.test/x" },
      { is: "text", text: ")." },
    ]);
  });

  it("makes a link of nothing but http", () => {
    for (const s of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "https://", "http://[", '<a href="javascript:alert(1)">x</a>'])
      expect(parse(s).every((p) => p.is === "text"), s).toBe(true);
  });

  it("keeps markup as text", () => {
    const s = '<img src=x onerror=alert(1)><script>alert(1)</script>&lt;b>';
    expect(parse(s)).toEqual([{ is: "text", text: s }]);
  });

  it("sees files in every way that they are written", () => {
    expect(parse(`ma-filelink://example.test/094f5a4a-c492-4f6b-91c2-385eba134fd3/${id}.txt?name=Prices%20now.txt&size=43`)).toEqual([
      { is: "file", id: id + ".txt", name: "Prices now.txt", size: 43 },
    ]);
    expect(parse(`a ma-filelink:${id} b`)[1]).toEqual({ is: "file", id, name: id, size: 0 });
    expect(parse(`<a href="MA-FileLink:${id.toUpperCase()}">Prices.txt</a>`)[0]).toMatchObject({ is: "file", id });
    expect(parse("ma-filelink:nothing")[0]).toEqual({ is: "text", text: "ma-filelink:nothing" });
  });

  it("shows where a link leads when its label says another", () => {
    expect(parse('<a href="https://evil.test/">https://bank.test/</a>')).toEqual([
      { is: "text", text: "https://bank.test/ " },
      { is: "link", href: "https://evil.test/", text: "https://evil.test/" },
    ]);
  });

  it("knows who I am by whole names", () => {
    expect(parse("Ann, @ann and annex", ["ann"]).map((p) => p.is)).toEqual(["me", "text", "me", "text"]);
    expect(parse("C++ and a.b", ["C++", "a.b"]).filter((p) => p.is === "me")).toHaveLength(2);
  });

  it("lets no character act", () => {
    expect(inert("a\u0000b\u0007\u007fc\r\nd")).toBe("a\u2400b\u2407\u2421c\nd");
    expect(inert("x\u202egpj.exe")).toBe("x[RLO]gpj.exe");
    expect(inert("\ud800x\udc00 \u{1f600}")).toBe("\ufffdx\ufffd \u{1f600}");
  });

  it("is plain where it must be", () => {
    expect(plain(`here: ma-filelink:${id}.txt?name=A.txt&size=1`)).toBe("here: A.txt");
  });
});
