// A form of something that others may change as well.
import { useState, type ReactNode } from "react";
import type { Act } from "./act";
import { useDesk } from "./catalogue";
import { Stale } from "./Stale";
import { clashes, refused, renewed, saved, settled, staleOf, type Edited, type Value } from "./stale";

interface Options<K> {
  label: (key: K) => string;
  /** How a value is called, where that is not what it is. */
  show?: (key: K, v: Value) => string | undefined;
  act: Act;
  /** Called when somebody else has changed the thing: what shows it elsewhere is old. */
  stale: () => Promise<unknown>;
}

export interface Edit<T, F> {
  base: F;
  v: F;
  set: (change: Partial<F>) => void;
  version: number;
  /**
   * Sends a change. What it answers is edited from then on; undefined: somebody else has changed the thing, and note says so.
   * @param only what is sent, if that is not the whole form
   */
  send: (f: () => Promise<T>, only?: Partial<F>) => Promise<T | undefined>;
  /** What somebody else has changed, to be answered before anything is saved; undefined: nothing. */
  note: ReactNode;
}

/**
 * Edits the newest that is known of a thing.
 * @param form what of the thing is shown
 * @param keys what of that is edited
 */
export function useEdit<T extends { version?: number }, F extends object, K extends keyof F>(newest: T, form: (t: T) => F, keys: readonly K[], o: Options<K>): Edit<T, F> {
  const t = useDesk();
  const versionOf = (x: T) => x.version ?? 0;
  const [s, setState] = useState<Edited<F>>(() => ({ base: form(newest), v: form(newest), version: versionOf(newest) }));
  const [seen, setSeen] = useState(newest);
  if (seen !== newest) {
    setSeen(newest);
    setState(renewed(keys, s, form(newest), versionOf(newest)));
  }
  const answer = (keep: boolean) => {
    setState((now) => settled(keys, now, keep));
    o.act.say(t(keep ? "keptMine" : "tookNow"));
    void o.stale();
  };
  return {
    base: s.base,
    v: s.v,
    version: s.version,
    set: (change) => setState((now) => ({ ...now, v: { ...now.v, ...change } })),
    send: async (f, only) => {
      try {
        const now = await f();
        setState((then) => saved(keys, then, s.v, only, form(now), versionOf(now)));
        return now;
      } catch (e) {
        const now = staleOf<T>(e);
        if (!now) throw e;
        setState((then) => refused(then, only, form(now), versionOf(now)));
        return undefined;
      }
    },
    note: s.theirs && <Stale list={clashes(keys, s.base, s.v, s.theirs.v)} label={o.label} show={o.show} onKeep={() => answer(true)} onTake={() => answer(false)} />,
  };
}
