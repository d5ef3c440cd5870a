// What a table shows: filtering and sorting of rows, as values.

export type Cell = string | number | boolean | readonly string[] | undefined;

export interface Sort {
  key: string;
  down: boolean;
}

/** A cell as text, for filtering and for a file. */
export const plain = (c: Cell): string => (typeof c === "object" ? c.join(", ") : c === undefined ? "" : String(c));

/** Compares cells: numbers as such, all else by the language's order; what is empty comes last both ways. */
export function compare(a: Cell, b: Cell, down: boolean, collate: (a: string, b: string) => number): number {
  const sign = down ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  const [s, t] = [plain(a), plain(b)];
  if (!s || !t) return s === t ? 0 : s ? -1 : 1;
  return sign * collate(s, t);
}

interface Valued<R> {
  key: string;
  value: (row: R) => Cell;
}

/** Rows that have all words in some column. */
export function filter<R>(rows: readonly R[], columns: readonly Valued<R>[], words: string): readonly R[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return rows;
  return rows.filter((r) => {
    const text = columns.map((c) => plain(c.value(r)).toLowerCase()).join("\n");
    return wanted.every((w) => text.includes(w));
  });
}

export function sort<R>(rows: readonly R[], columns: readonly Valued<R>[], by: Sort | undefined, collate: (a: string, b: string) => number): readonly R[] {
  const column = by && columns.find((c) => c.key === by.key);
  if (!by || !column) return rows;
  return rows
    .map((r, i) => [column.value(r), r, i] as const)
    .sort(([a, , i], [b, , j]) => compare(a, b, by.down, collate) || i - j)
    .map(([, r]) => r);
}

interface Sized {
  width?: number; // rem
  extra?: boolean;
  wrap?: boolean;
}

const leastWidth = (c: Sized) => c.width ?? (c.wrap ? 12 : 8);

/** The columns that there is room for: all that are needed, and of the extra ones as many as fit, from the first. */
export function fitting<C extends Sized>(columns: readonly C[], rems: number): readonly C[] {
  let left = rems - columns.reduce((sum, c) => sum + (c.extra ? 0 : leastWidth(c)), 0);
  return columns.filter((c) => {
    if (!c.extra) return true;
    left -= leastWidth(c);
    return left >= 0;
  });
}
