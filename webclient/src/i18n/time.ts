// Times as people read them, with the whole of it for those who must know.
import type { I18n } from "./i18n";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(i: I18n, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = i.locale + JSON.stringify(options);
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(i.locale, options)));
  return f;
}

/** 14:05 */
export const clock = (i: I18n, at: string | number | Date) => format(i, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));

/** With seconds, date and zone, as a record needs it. */
export const whole = (i: I18n, at: string | number | Date) =>
  format(i, { weekday: "short", year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "long" }).format(new Date(at));

/** The day that a time is in, here: for comparing. */
export function dayOf(at: string): string {
  const d = new Date(at);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

/** Today, yesterday, or the date. */
export function day(i: I18n, at: string): string {
  const d = new Date(at);
  const now = new Date();
  const days = Math.round((Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())) / 86_400_000);
  if (days === 0) return i.t("today");
  if (days === 1) return i.t("yesterday");
  const near = days > 0 && days < 300;
  return format(i, near ? { weekday: "long", day: "numeric", month: "long" } : { weekday: "short", day: "numeric", month: "long", year: "numeric" }).format(d);
}

/** The time of today, or the date of another day: for lists. */
export function brief(i: I18n, at: string): string {
  const d = new Date(at);
  const now = new Date();
  if (d.toDateString() === now.toDateString()) return clock(i, at);
  return format(i, d.getFullYear() === now.getFullYear() ? { day: "numeric", month: "short" } : { day: "numeric", month: "short", year: "numeric" }).format(d);
}

export const dateTime = (i: I18n, at: string | Date) => format(i, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));

/** 3 minutes ago */
export function ago(i: I18n, ms: number): string {
  const f = new Intl.RelativeTimeFormat(i.locale, { numeric: "always" });
  const s = Math.round(ms / 1000);
  if (s < 60) return f.format(-s, "second");
  if (s < 3600) return f.format(-Math.round(s / 60), "minute");
  return f.format(-Math.round(s / 3600), "hour");
}

export function bytes(i: I18n, n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let u = 0;
  while (n >= 1000 && u < 3) {
    n /= 1000;
    u++;
  }
  return new Intl.NumberFormat(i.locale, { style: "unit", unit: units[u]!, unitDisplay: u ? "short" : "long", maximumFractionDigits: n < 10 && u ? 1 : 0 }).format(n);
}
