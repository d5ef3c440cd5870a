import { describe, expect, it } from "vitest";
import { range, rangeAtEnd } from "./range";

describe("range", () => {
  it("covers the view whatever the heights, and not much more", () => {
    let seed = 11;
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let run = 0; run < 500; run++) {
      const n = 1 + random(400);
      const heights = Array.from({ length: n }, () => 18 + random(300));
      const anchor = random(n);
      const view = { anchor, top: random(1200) - 300, height: 700, overscan: 200 };
      const [start, end] = range(n, view, (i) => heights[i]!);
      const sum = (a: number, b: number) => heights.slice(a, b).reduce((x, y) => x + y, 0);
      const top = (i: number) => (i <= anchor ? view.top - sum(i, anchor) : view.top + sum(anchor, i));
      expect(end).toBeGreaterThan(start);
      if (start > 0) expect(top(start)).toBeLessThanOrEqual(0);
      if (end < n) expect(top(end)).toBeGreaterThanOrEqual(view.height);
      if (end - start > 1) {
        expect(top(start + 1)).toBeGreaterThanOrEqual(-view.overscan);
        expect(top(end - 1)).toBeLessThanOrEqual(view.height + view.overscan);
      }
    }
  });

  it("fills from the end", () => {
    expect(rangeAtEnd(100, 500, 100, () => 50)).toEqual([88, 100]);
    expect(rangeAtEnd(3, 500, 100, () => 50)).toEqual([0, 3]);
  });
});
