// Which rows must be in the page so that the view is full. Heights that nobody has measured yet are guessed.

export interface View {
  anchor: number; // index of the row that does not move
  top: number; // of that row, below the upper edge of the view, px; may be negative
  height: number; // of the view, px
  overscan: number; // px above and below
}

/** Rows [start, end) that cover the view; n of them exist. */
export function range(n: number, v: View, height: (i: number) => number): [number, number] {
  if (n === 0) return [0, 0];
  let start = Math.min(Math.max(v.anchor, 0), n - 1);
  let end = start + 1;
  let top = v.top;
  let bottom = v.top + height(start);
  while (start > 0 && top > -v.overscan) top -= height(--start);
  while (end < n && bottom < v.height + v.overscan) bottom += height(end++);
  // An anchor above or below the view: rows far outside of it are not needed.
  while (start < end - 1 && top + height(start) < -v.overscan) top += height(start++);
  while (end > start + 1 && bottom - height(end - 1) > v.height + v.overscan) bottom -= height(--end);
  return [start, end];
}

/** Rows [start, n) that fill the view from its lower edge. */
export function rangeAtEnd(n: number, view: number, overscan: number, height: (i: number) => number): [number, number] {
  let start = n;
  let filled = 0;
  while (start > 0 && filled < view + overscan) filled += height(--start);
  return [start, n];
}
