// Comma separated values (RFC 4180), read and written.
//
// Our own, since wrong lines must be named by their number in the file, also behind cells that hold line breaks, which the
// usual library (papaparse) does not tell; and it is small.

/** A line of a file: its number, from 1, and its cells by the names in the heading. */
export interface Line {
  line: number;
  cells: Record<string, string>;
}

/** Why a file cannot be read; line is where. */
export class CsvError extends Error {
  constructor(
    readonly why: "quote" | "cells" | "unknown" | "missing" | "empty",
    readonly line: number,
    readonly what = "",
  ) {
    super(why);
  }
}

interface Raw {
  line: number;
  cells: string[];
}

/** Splits a text into lines of cells. The separator is what the heading has more of: commas or semicolons. */
export function split(text: string): Raw[] {
  const heading = /^[^\n]*/.exec(text)![0];
  const separator = heading.split(";").length > heading.split(",").length ? ";" : ",";
  const rows: Raw[] = [];
  let cells: string[] = [];
  let cell = "";
  let line = 1;
  let start = 1;
  let quoted = 0; // the line on which an open quotation began
  let was = false; // the cell was quoted, and its quotation has ended
  const end = () => {
    cells.push(was ? cell : cell.trim());
    cell = "";
    was = false;
  };
  const row = () => {
    end();
    if (cells.some((c) => c !== "")) rows.push({ line: start, cells });
    cells = [];
    start = line;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "\n") line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += c;
        i++;
      } else {
        quoted = 0;
        was = true;
      }
    } else if (c === '"' && cell.trim() === "" && !was) {
      cell = "";
      quoted = line;
    } else if (c === '"') throw new CsvError("quote", line);
    else if (c === separator) end();
    else if (c === "\n") row();
    else if (c !== "\r" && !(was && c.trim() === "")) cell += c;
  }
  if (quoted) throw new CsvError("quote", quoted);
  row();
  return rows;
}

/** Reads a file whose first line names its columns; needed are those that must be there. */
export function read(text: string, columns: readonly string[], needed: readonly string[]): Line[] {
  const [first, ...rest] = split(text.replace(/^\ufeff/, ""));
  if (!first) throw new CsvError("empty", 1);
  const heading = first.cells.map((c) => c.trim().toLowerCase());
  for (const h of heading) if (!columns.includes(h)) throw new CsvError("unknown", first.line, h);
  for (const n of needed) if (!heading.includes(n)) throw new CsvError("missing", first.line, n);
  return rest.map((r) => {
    if (r.cells.length > heading.length) throw new CsvError("cells", r.line);
    return { line: r.line, cells: Object.fromEntries(heading.map((h, i) => [h, r.cells[i] ?? ""])) };
  });
}

/** Names in one cell. */
export const names = (cell: string | undefined) => (cell ?? "").split(/[\s,;]+/).filter(Boolean);

/** A cell as it is written. What a spreadsheet would take for a formula is made text by an apostrophe. */
export function cellText(v: string | number | boolean | undefined): string {
  if (typeof v === "number" || typeof v === "boolean") return String(v);
  let s = v ?? "";
  if (/^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(s)) s = "'" + s;
  return /[",;\n\r]/.test(s) || s !== s.trim() ? `"${s.replaceAll('"', '""')}"` : s;
}

export function write(rows: readonly (readonly (string | number | boolean | undefined)[])[]): string {
  return rows.map((r) => r.map(cellText).join(",") + "\r\n").join("");
}

/** Has the browser keep a text as a file. The mark in front tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string, type = "text/csv;charset=utf-8"): void {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
