import { describe, expect, it } from "vitest";
import { dayStart, highlight, openFilter, parseQuery, writeQuery } from "./query";

describe("query", () => {
  it("tells words from filters", () => {
    expect(parseQuery('from:alice in:"Gilts desk" rate cut before:2026-01-02 HAS:file')).toEqual({
      words: "rate cut",
      exact: false,
      filters: [
        { name: "from", value: "alice" },
        { name: "in", value: "Gilts desk" },
        { name: "before", value: "2026-01-02" },
        { name: "has", value: "file" },
      ],
    });
    expect(parseQuery('"rate cut"')).toEqual({ words: "rate cut", exact: true, filters: [] });
    expect(parseQuery("https://x.test at:5 from:").filters).toEqual([]);
    expect(parseQuery("").words).toBe("");
  });

  it("writes what it reads", () => {
    for (const s of ['rate cut from:alice in:"Gilts desk"', '"rate cut" has:link', "mentions:me"]) expect(writeQuery(parseQuery(s))).toBe(s);
  });

  it("knows what is being typed", () => {
    expect(openFilter("x from:al")).toEqual({ name: "from", value: "al", at: 2 });
    expect(openFilter('in:"Gilts d')).toEqual({ name: "in", value: "Gilts d", at: 0 });
    expect(openFilter("from:alice ")).toBeUndefined();
  });

  it("takes days only as days", () => {
    expect(dayStart("2026-11-28")).toEqual(new Date(2026, 10, 28));
    expect(dayStart("2026-11-30", 1)).toEqual(new Date(2026, 11, 1));
    expect(dayStart("yesterday")).toBeUndefined();
  });

  it("marks every word, longest first, whatever signs it has", () => {
    expect(highlight("VOD.L and vod", ["vod", "VOD.L"])).toEqual(["", "VOD.L", " and ", "vod", ""]);
    expect(highlight("a", [])).toEqual(["a"]);
  });
});
