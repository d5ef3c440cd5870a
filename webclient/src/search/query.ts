// What one types to search: words, and filters that are written as "from:alice".

export type FilterName = "from" | "in" | "before" | "after" | "has" | "mentions";

export interface Filter {
  name: FilterName;
  value: string;
}

export interface Query {
  words: string; // as typed, without filters and the marks of a phrase
  exact: boolean; // the words stand within double quotes
  filters: Filter[];
}

const names: readonly FilterName[] = ["from", "in", "before", "after", "has", "mentions"];
const token = /(from|in|before|after|has|mentions):(?:"([^"]*)"|(\S+))|"([^"]*)"|(\S+)/giu;

export const hasValues = ["file", "link", "alert", "story"] as const;

export function parseQuery(s: string): Query {
  const filters: Filter[] = [];
  const words: string[] = [];
  let quoted: string | undefined;
  for (const m of s.matchAll(token)) {
    const name = m[1]?.toLowerCase() as FilterName | undefined;
    if (name && names.includes(name)) {
      const value = m[2] ?? m[3] ?? "";
      if (value) filters.push({ name, value });
    } else if (m[4] !== undefined) {
      quoted = m[4].trim();
      if (quoted) words.push(quoted);
    } else if (m[5]) words.push(m[5]);
  }
  return { words: words.join(" "), exact: !!quoted && words.length === 1, filters };
}

const quote = (v: string) => (/\s/.test(v) ? `"${v.replaceAll('"', "")}"` : v);

export function writeQuery(q: Query): string {
  const words = q.exact ? `"${q.words}"` : q.words;
  return [words, ...q.filters.map((f) => `${f.name}:${quote(f.value)}`)].filter(Boolean).join(" ");
}

/** The beginning of a day that is written as 2026-11-28; undefined if it is not. */
export function dayStart(value: string, plus = 0): Date | undefined {
  const m = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(value);
  if (!m) return undefined;
  const d = new Date(Number(m[1]), Number(m[2]) - 1, Number(m[3]) + plus);
  return Number.isNaN(d.getTime()) ? undefined : d;
}

/** The filter that is being typed at the end, for completion. */
export function openFilter(s: string): { name: FilterName; value: string; at: number } | undefined {
  const m = /(?:^|\s)(from|in|before|after|has|mentions):(?:"([^"]*)|([^\s"]*))$/iu.exec(s);
  if (!m) return undefined;
  return { name: m[1]!.toLowerCase() as FilterName, value: m[2] ?? m[3] ?? "", at: m.index + (m[0].startsWith(m[1]!) ? 0 : 1) };
}

/** A text in pieces: every second one is one of the words. */
export function highlight(text: string, words: readonly string[]): string[] {
  const wanted = words.filter(Boolean).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return [text];
  return text.split(new RegExp(`(${wanted.sort((a, b) => b.length - a.length).join("|")})`, "giu"));
}
