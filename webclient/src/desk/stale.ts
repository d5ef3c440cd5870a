// Somebody else changed a thing while it was edited, as values: what changed, and one's own changes on top of that.
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
