// The words of the client, in the language that somebody likes. It switches at once, everywhere.
import { useSyncExternalStore } from "react";
import { Signal } from "../api/signal";
import { en, type Catalogue, type Key, type Plural } from "./en";

export type { Key } from "./en";

export const languages = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languages | "qps"; // qps: a made-up language from right to left, to try the layout

interface Words {
  language: Language;
  locale: string; // for Intl
  dir: "ltr" | "rtl";
  catalogue: Catalogue;
}

const words = new Signal<Words>({ language: "en", locale: "en-GB", dir: "ltr", catalogue: en });

/** The language that the browser asks for, if it is one of ours. */
export function browserLanguage(): Language {
  for (const l of navigator.languages) if (l.slice(0, 2) in languages) return l.slice(0, 2) as Language;
  return "en";
}

function browserLocale(language: string): string {
  return navigator.languages.find((l) => l.startsWith(language)) ?? (language === "en" ? "en-GB" : language);
}

export async function setLanguage(language: Language): Promise<void> {
  if (language === words.get().language) return;
  if (language === "de") words.set({ language, locale: browserLocale("de"), dir: "ltr", catalogue: (await import("./de")).de });
  else if (language === "qps") words.set({ language, locale: "ar-u-nu-latn", dir: "rtl", catalogue: (await import("./qps")).qps });
  else words.set({ language: "en", locale: browserLocale("en"), dir: "ltr", catalogue: en });
  document.documentElement.lang = words.get().language;
  document.documentElement.dir = words.get().dir;
}

export type Values = Record<string, string | number>;

/** The text of a key; {name} stands for a value, {n} decides the plural. */
export function text(w: Words, key: Key, values: Values = {}): string {
  const entry: string | Plural = w.catalogue[key];
  let s: string;
  if (typeof entry === "string") s = entry;
  else s = entry[new Intl.PluralRules(w.locale).select(Number(values.n)) as keyof Plural] ?? entry.other;
  return s.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const v = values[name];
    return v === undefined ? whole : typeof v === "number" ? v.toLocaleString(w.locale) : v;
  });
}

export type T = (key: Key, values?: Values) => string;

export interface I18n extends Words {
  t: T;
  collate: (a: string, b: string) => number;
}

const made = new WeakMap<Words, I18n>();

function make(w: Words): I18n {
  let i = made.get(w);
  if (!i) {
    const collator = new Intl.Collator(w.locale, { numeric: true, sensitivity: "base" });
    made.set(w, (i = { ...w, t: (k, v) => text(w, k, v), collate: collator.compare }));
  }
  return i;
}

export function i18n(): I18n {
  return make(words.get());
}

export function useI18n(): I18n {
  return make(useSyncExternalStore(words.subscribe, words.get));
}

export function useT(): T {
  return useI18n().t;
}
