import { describe, expect, it } from "vitest";
import { programName } from "./program";

describe("programName", () => {
  it("names the browser, not those it likens itself to", () => {
    const like = "AppleWebKit/537.36 (KHTML, like Gecko)";
    expect(programName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${like} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`)).toBe("Edge 140, Windows");
    expect(programName(`Mozilla/5.0 (X11; Linux x86_64) ${like} Chrome/140.0.0.0 Safari/537.36`)).toBe("Chrome 140, Linux");
    expect(programName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1")).toBe("Safari 18, iOS");
    expect(programName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox 140, Linux");
    expect(programName("curl/8.5")).toBe("curl/8.5");
  });
});
