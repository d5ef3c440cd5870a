// A thing that is edited while others may change it, as values: what they changed, and one's own changes on top of that.
import { Refusal } from "../api/refusal";

export type Value = string | number | boolean | readonly string[] | undefined;

/** The thing as it is now, if a change was refused because its version is an older one. */
export function staleOf<T>(e: unknown): T | undefined {
  if (!(e instanceof Refusal) || e.status !== 409 || e.code !== "collision") return undefined;
  return (e.body as { current?: T } | undefined)?.current;
}

const empty = (v: Value) => v === undefined || v === "" || (Array.isArray(v) && v.length === 0);
const same = (a: Value, b: Value) => a === b || (empty(a) && empty(b)) || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x) => b.includes(x)));

export interface Clash<K> {
  key: K;
  was: Value;
  now: Value;
  mine: Value;
  both: boolean; // I changed it, too
}

/** What has become of the fields that somebody else or I have changed. */
export function clashes<T extends object, K extends keyof T>(keys: readonly K[], base: T, mine: T, now: T): Clash<K>[] {
  const of = (t: T, key: K) => t[key] as Value;
  return keys
    .map((key) => ({ key, was: of(base, key), now: of(now, key), mine: of(mine, key), both: !same(of(base, key), of(mine, key)) }))
    .filter((c) => c.both || !same(c.was, c.now));
}

/** The thing as it is now with my changes on top. Lists are changed as I changed them: whom others added stays. */
export function onTop<T extends object, K extends keyof T>(keys: readonly K[], base: T, mine: T, now: T): T {
  const out = { ...now };
  for (const key of keys) {
    const [was, is, wish] = [base[key] as Value, now[key] as Value, mine[key] as Value];
    if (same(was, wish)) continue;
    if (!Array.isArray(wish)) out[key] = mine[key];
    else {
      const before = (was as readonly string[] | undefined) ?? [];
      const kept = ((is as readonly string[] | undefined) ?? []).filter((x) => wish.includes(x) || !before.includes(x));
      out[key] = [...kept, ...(wish as readonly string[]).filter((x) => !before.includes(x) && !kept.includes(x))] as T[K];
    }
  }
  return out;
}

/** A form: what is edited, as it was, with my changes, and as somebody else has made it meanwhile if a change was refused for that. */
export interface Edited<F> {
  base: F;
  v: F;
  version: number;
  theirs?: { v: F; version: number };
}

type Keys<F> = readonly (keyof F)[];

const agree = <F extends object>(keys: Keys<F>, a: F, b: F) => keys.every((k) => same(a[k] as Value, b[k] as Value));

/** The thing was read again: what I have not changed follows it. Where others changed it as well as I, that shows when I save. */
export function renewed<F extends object>(keys: Keys<F>, s: Edited<F>, now: F, version: number): Edited<F> {
  if (s.theirs || !(agree(keys, s.base, s.v) || agree(keys, s.base, now))) return s;
  return { base: now, v: onTop(keys, s.base, s.v, now), version };
}

/**
 * A change was made, and the thing is what now says: what I have changed since I sent it stays.
 * @param at the form when it was sent
 * @param only what was sent, if that was not the whole form
 */
export function saved<F extends object>(keys: Keys<F>, s: Edited<F>, at: F, only: Partial<F> | undefined, now: F, version: number): Edited<F> {
  const was = { ...s.base };
  for (const k of only ? keys.filter((key) => key in only) : keys) was[k] = at[k];
  return { base: now, v: onTop(keys, was, s.v, now), version };
}

/** A change was refused, because the thing has become another: what was to be changed is among my changes. */
export function refused<F extends object>(s: Edited<F>, only: Partial<F> | undefined, now: F, version: number): Edited<F> {
  return { ...s, v: { ...s.v, ...only }, theirs: { v: now, version } };
}

/** The thing as it is now is edited from now on, with my changes on top or without them. */
export function settled<F extends object>(keys: Keys<F>, s: Edited<F>, keep: boolean): Edited<F> {
  if (!s.theirs) return s;
  const { v: now, version } = s.theirs;
  return { base: now, v: keep ? onTop(keys, s.base, s.v, now) : now, version };
}
