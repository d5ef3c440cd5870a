import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en, type Key, type Plural } from "./en";
import { qps } from "./qps";
import { text } from "./i18n";

const holes = (e: string | Plural) => [...new Set((typeof e === "string" ? e : Object.values(e).join()).match(/\{\w+\}/g) ?? [])].sort();

describe("catalogues", () => {
  it("have the same values to fill in, and plurals where English has them", () => {
    for (const key of Object.keys(en) as Key[]) {
      for (const c of [de, qps]) {
        expect(holes(c[key]), key).toEqual(holes(en[key]));
        expect(typeof c[key], key).toBe(typeof en[key]);
      }
    }
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it("follow the plural rules and number forms of the language", () => {
    const w = { language: "de" as const, locale: "de", dir: "ltr" as const, catalogue: de };
    expect(text(w, "unreadCount", { n: 1 })).toBe("1 ungelesene Nachricht");
    expect(text(w, "unreadCount", { n: 12345 })).toBe("12.345 ungelesene Nachrichten");
    const polish = { ...w, locale: "pl", catalogue: { ...de, pill: { one: "1", few: "{n} few", many: "{n} many", other: "x" } } };
    expect([1, 3, 5].map((n) => text(polish, "pill", { n }))).toEqual(["1", "3 few", "5 many"]);
  });
});
