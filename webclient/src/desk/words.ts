// Catalogues of pages that are loaded when they are opened: their words come with them, not with the client.
import type { Plural } from "../i18n/en";
import { text, useI18n, type I18n, type Values } from "../i18n/i18n";

export type Entries<K extends string> = Record<K, string | Plural>;

const mark = (s: string) => `\u2067\u00ab${s}\u00bb\u2069`;

function marked<K extends string>(en: Entries<K>): Entries<K> {
  return Object.fromEntries(
    (Object.entries(en) as [K, string | Plural][]).map(([k, e]) => [k, typeof e === "string" ? mark(e) : Object.fromEntries(Object.entries(e).map(([p, s]) => [p, mark(s as string)]))]),
  ) as Entries<K>;
}

/** Makes the hook that gives the words of a catalogue in the language of the client. */
export function catalogue<K extends string>(en: Entries<K>, de: Entries<K>) {
  const kept = new WeakMap<I18n, (key: K, values?: Values) => string>();
  let odd: Entries<K> | undefined;
  return function useWords(): (key: K, values?: Values) => string {
    const i = useI18n();
    let w = kept.get(i);
    if (!w) {
      const words = i.language === "de" ? de : i.language === "qps" ? (odd ??= marked(en)) : en;
      w = (key, values) => text({ ...i, catalogue: words as never }, key as never, values);
      kept.set(i, w);
    }
    return w;
  };
}
