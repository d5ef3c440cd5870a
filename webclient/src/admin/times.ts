// Days that people type, and times that the server reads.
import type { I18n } from "../i18n/i18n";

const formats = new Map<string, Intl.DateTimeFormat>();

/** A time to the second, short enough for a column. */
export function second(i: I18n, at: string): string {
  let f = formats.get(i.locale);
  if (!f) formats.set(i.locale, (f = new Intl.DateTimeFormat(i.locale, { dateStyle: "short", timeStyle: "medium" })));
  return f.format(new Date(at));
}

/** The first moment of a day as fields of forms hold it (2026-11-23), here; nothing for none. */
export const startOf = (day: string): string => (day ? new Date(`${day}T00:00:00`).toISOString() : "");

/** The first moment after a day. */
export function endOf(day: string): string {
  if (!day) return "";
  const d = new Date(`${day}T00:00:00`);
  d.setDate(d.getDate() + 1);
  return d.toISOString();
}

/** A day so many days ago, as fields of forms hold it. */
export function daysAgo(n: number): string {
  const d = new Date();
  d.setDate(d.getDate() - n);
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
}

/** Of a query's parts only those that say something. */
export const said = (q: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(q).filter(([, v]) => v !== ""));
