// A table of many rows: sorted, filtered, kept as a file; only what is seen is in the document.
//
// * It is a real table: its rows are counted for screen readers, though most are not there.
// * The arrow keys go from row to row; Tab goes past.
// * Columns that one can do without are shown as far as there is room; what is in a file is all of them.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useI18n } from "../i18n/i18n";
import { Button } from "../ui/Button";
import { useDesk } from "./catalogue";
import { download, write } from "./csv";
import { fitting, filter, plain, sort, type Cell, type Sort } from "./rows";
import { useRems } from "./rems";

export interface Column<R> {
  key: string;
  head: string;
  /** What is sorted, filtered and written into a file. */
  value: (row: R) => Cell;
  /** What is shown, if not that. */
  cell?: (row: R) => ReactNode;
  width?: number; // in rem; without one it shares what is left
  end?: boolean; // numbers
  extra?: boolean; // not shown where there is no room for it
  wrap?: boolean; // shown whole, on as many lines as it takes: what must be read
}

interface Props<R> {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  id: (row: R) => string;
  onOpen?: (row: R) => void;
  open?: string | undefined; // id of the row that is open
  file?: string; // name of the file that it is kept as
  tools?: ReactNode; // beside the filter
  first?: Sort;
  rowTools?: (row: R) => ReactNode;
  short?: boolean; // few rows: no filter
}

const rowHeight = 36; // px, until one was measured
const toolsWidth = 11; // rem

export function Table<R>(p: Props<R>) {
  const t = useDesk();
  const i = useI18n();
  const [words, setWords] = useState("");
  const [by, setBy] = useState<Sort | undefined>(p.first);
  const found = useMemo(() => filter(p.rows, p.columns, words), [p.rows, p.columns, words]);
  const shown = useMemo(() => sort(found, p.columns, by, i.collate), [found, p.columns, by, i.collate]);
  const frame = useRef<HTMLDivElement>(null);
  const rems = useRems(frame);
  const columns = useMemo(() => fitting(p.columns, rems - (p.rowTools ? toolsWidth : 0)), [p.columns, p.rowTools, rems]);
  const keep = () => download(`${p.file}.csv`, write([p.columns.map((c) => c.head), ...shown.map((r) => p.columns.map((c) => fileCell(c.value(r))))]));
  return (
    <div className="desk-table-frame" ref={frame}>
      {(!p.short || p.tools) && (
        <div className="desk-tools">
          {!p.short && <input type="search" className="input" placeholder={t("filter")} aria-label={t("filterLabel", { name: p.label })} value={words} onChange={(e) => setWords(e.target.value)} />}
          {!p.short && (
            <span role="status" className="desk-count">
              {words ? t("shown", { n: shown.length, all: p.rows.length }) : t("all", { n: p.rows.length })}
            </span>
          )}
          <span className="desk-gap" />
          {p.tools}
          {p.file && (
            <Button icon="download" aria-label={t("downloadLabel", { name: p.label })} onClick={keep} disabled={!shown.length}>
              {t("download")}
            </Button>
          )}
        </div>
      )}
      {shown.length ? <Body {...p} columns={columns} shown={shown} by={by} onSort={(key) => setBy((b) => ({ key, down: b?.key === key && !b.down }))} /> : <p className="desk-empty">{words ? t("noMatch", { words }) : t("none")}</p>}
    </div>
  );
}

const fileCell = (c: Cell) => (typeof c === "object" ? plain(c) : c);

function Body<R>({ label, shown, columns, id, onOpen, open, by, onSort, rowTools }: Props<R> & { shown: readonly R[]; by: Sort | undefined; onSort: (key: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const toFocus = useRef(-1);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = rows.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  const current = Math.min(active, shown.length - 1);
  const inView = items.some((v) => v.index === current) ? current : (items[0]?.index ?? 0);

  useEffect(() => {
    if (toFocus.current < 0) return;
    const button = frame.current?.querySelector<HTMLElement>(`tr[data-index="${toFocus.current}"] .desk-open`);
    if (!button) return; // not there yet: the next time that rows are drawn
    toFocus.current = -1;
    button.focus({ preventScroll: true });
  });

  const keys = (e: KeyboardEvent) => {
    if (!(e.target as HTMLElement).classList.contains("desk-open")) return;
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown.length, End: shown.length };
    const step = steps[e.key];
    if (step === undefined) return;
    e.preventDefault();
    const to = Math.max(0, Math.min(shown.length - 1, current + step));
    toFocus.current = to;
    setActive(to);
    rows.scrollToIndex(to);
  };

  return (
    <div className="desk-scroll" ref={frame} tabIndex={onOpen ? undefined : 0} role={onOpen ? undefined : "group"} aria-label={onOpen ? undefined : label}>
      <table className="desk-table" aria-label={label} aria-rowcount={shown.length + 1}>
        <colgroup>
          {columns.map((c, n) => (
            <col key={c.key} className={colClass(c, n)} style={c.width ? { inlineSize: `${c.width}rem` } : undefined} />
          ))}
          {rowTools && <col className="desk-row-tools" />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((c) => (
              <th key={c.key} scope="col" className={classes(c)} aria-sort={by?.key !== c.key ? undefined : by.down ? "descending" : "ascending"}>
                <button type="button" onClick={() => onSort(c.key)}>
                  {c.head}
                  {by?.key === c.key && <span aria-hidden>{by.down ? "↓" : "↑"}</span>}
                </button>
              </th>
            ))}
            {rowTools && <td />}
          </tr>
        </thead>
        <tbody onKeyDown={keys}>
          {before > 0 && <tr aria-hidden style={{ blockSize: before }} />}
          {items.map((v) => {
            const row = shown[v.index]!;
            const me = id(row);
            return (
              <tr
                key={me}
                data-index={v.index}
                ref={rows.measureElement}
                aria-rowindex={v.index + 2}
                aria-current={open === me || undefined}
                className={onOpen ? "opens" : ""}
                onClick={(e) => onOpen && !(e.target as HTMLElement).closest("button,a,input,select") && onOpen(row)}
              >
                {columns.map((c, n) => (
                  <td key={c.key} className={classes(c)} title={typeof c.value(row) === "object" ? undefined : plain(c.value(row)) || undefined}>
                    {n === 0 && onOpen ? (
                      <button type="button" className="desk-open" tabIndex={v.index === inView ? 0 : -1} onFocus={() => setActive(v.index)} onClick={() => onOpen(row)}>
                        {c.cell ? c.cell(row) : <Shown value={c.value(row)} />}
                      </button>
                    ) : c.cell ? (
                      c.cell(row)
                    ) : (
                      <Shown value={c.value(row)} />
                    )}
                  </td>
                ))}
                {rowTools && <td className="desk-row-tools">{rowTools(row)}</td>}
              </tr>
            );
          })}
          {after > 0 && <tr aria-hidden style={{ blockSize: after }} />}
        </tbody>
      </table>
    </div>
  );
}

/** On small screens columns that are wide share what there is; the first one gets the most. */
const colClass = (c: { width?: number; wrap?: boolean }, n: number) => (c.width ? c.width > 6 && "wide" : c.wrap ? "whole" : n === 0 && "lead") || undefined;

const classes = (c: { end?: boolean; wrap?: boolean }) => [c.end && "end", c.wrap && "whole"].filter(Boolean).join(" ") || undefined;

function Shown({ value }: { value: Cell }) {
  const t = useDesk();
  const i = useI18n();
  if (typeof value === "boolean") return <>{value ? t("yes") : ""}</>;
  if (typeof value === "number") return <>{value.toLocaleString(i.locale)}</>;
  return <bdi>{plain(value)}</bdi>;
}
