// How somebody likes the client. The server keeps it; this device keeps only what harms nobody, for the sign-in page.
import { get, lifetime, put } from "../api/call";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { Preferences } from "../api/types";
import { listen } from "../events/events";
import { browserLanguage, setLanguage, type Language } from "../i18n/i18n";
import { onForget } from "../session/session";

export interface Values {
  theme: "system" | "light" | "dark" | "contrast";
  density: "cosy" | "compact";
  language: "" | Language; // empty: the browser's
  columns: string; // rooms that are open, by GUID, with commas
  collapsed: string; // groups of the list, as JSON
  unreadOnly: "" | "1";
  sound: "" | "1";
  notify: "" | "mentions" | "all";
}

const standard: Values = { theme: "system", density: "cosy", language: "", columns: "", collapsed: "[]", unreadOnly: "", sound: "1", notify: "" };
const onDevice: (keyof Values)[] = ["theme", "density", "language"];
const deviceKey = "perch-look";

export const preferences = new Signal<Values>(standard);

let version = 0;
let waiting: Partial<Values> = {};
let saving: Partial<Values> | undefined; // on their way
const pause = 500; // ms
let timer: ReturnType<typeof setTimeout> | undefined;

function apply(v: Values): void {
  preferences.set(v);
  const root = document.documentElement;
  root.dataset.theme = v.theme;
  root.dataset.density = v.density;
  const asked = new URLSearchParams(location.search).get("lang");
  void setLanguage(asked === "qps" ? "qps" : v.language || browserLanguage());
  localStorage.setItem(deviceKey, JSON.stringify(Object.fromEntries(onDevice.map((k) => [k, v[k]]))));
}

/** What this device remembers, before anybody has signed in. */
export function loadDevice(): void {
  let kept: Partial<Values> = {};
  try {
    kept = JSON.parse(localStorage.getItem(deviceKey) ?? "{}") as Partial<Values>;
  } catch {
    // Nothing is remembered, then.
  }
  apply({ ...standard, ...kept });
}

async function load(): Promise<void> {
  const session = lifetime();
  const p = await get<Preferences>("/preferences");
  if (session.aborted || p.version < version) return; // it was on its way when they were saved
  version = p.version;
  apply({ ...preferences.get(), ...(p.values as Partial<Values>), ...saving, ...waiting });
}

export function setPreference<K extends keyof Values>(key: K, value: Values[K]): void {
  if (preferences.get()[key] === value) return;
  waiting[key] = value;
  apply({ ...preferences.get(), [key]: value });
  clearTimeout(timer);
  timer = setTimeout(() => void save(), pause);
}

/** The same, before anybody has signed in: it stays on this device. */
export function setLook<K extends "theme" | "density" | "language">(key: K, value: Values[K]): void {
  apply({ ...preferences.get(), [key]: value });
}

async function save(tries = 3, last = false): Promise<void> {
  clearTimeout(timer);
  if (saving && !last) return void (timer = setTimeout(() => void save(), pause)); // one after another
  const [change, session] = [waiting, lifetime()];
  saving = change;
  waiting = {};
  try {
    const saved = await put<Preferences>("/preferences", { version, values: { ...preferences.get() } }, last);
    if (session.aborted) return;
    version = saved.version;
    saving = undefined;
  } catch (e) {
    if (session.aborted) return;
    waiting = { ...change, ...waiting };
    saving = undefined;
    if (!(e instanceof Refusal) || e.code !== "collision" || tries === 0) return; // it goes with the next one
    await load(); // somebody else's change, with mine on top
    await save(tries - 1);
  }
}

export function watchPreferences(): void {
  listen("preferences", (f) => f.version !== version && void load().catch(() => undefined));
  listen("hello", () => void load().catch(() => undefined)); // they may have changed while nobody told us
  addEventListener("pagehide", () => Object.keys(waiting).length > 0 && void save(0, true)); // a reload comes at once
  onForget(() => {
    version = 0;
    waiting = {};
    saving = undefined;
    clearTimeout(timer);
    apply({ ...standard, ...Object.fromEntries(onDevice.map((k) => [k, preferences.get()[k]])) });
  });
}

export const loadPreferences = () => load().catch(() => undefined);
