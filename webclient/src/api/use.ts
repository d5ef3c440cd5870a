import { useSyncExternalStore } from "react";
import type { Signal } from "./signal";

/** The value of a signal, and every one after it. */
export function useSignal<T>(s: Signal<T>): T {
  return useSyncExternalStore(s.subscribe, s.get);
}
