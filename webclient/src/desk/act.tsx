// Something that is done on a click: while it goes on, and what came of it.
import { createContext, useContext, useRef, useState } from "react";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";

export interface Act {
  busy: boolean;
  refusal?: unknown;
  done?: string;
  /** Does it; the text that f gives is shown. Tells whether it was done. */
  run: (f: () => Promise<string | void>) => Promise<boolean>;
  clear: () => void;
  /** Tells something that was done at once. */
  say: (done: string) => void;
}

/** Where what was done is told, if that outlives the form that did it: forms are made anew when what they show has changed. */
export const Told = createContext<((done: string) => void) | undefined>(undefined);

export function useAct(): Act {
  const tell = useContext(Told);
  const [state, set] = useState<{ busy: boolean; refusal?: unknown; done?: string }>({ busy: false });
  const running = useRef(false);
  return {
    ...state,
    run: async (f) => {
      if (running.current) return false; // a second click does nothing
      running.current = true;
      set({ busy: true });
      tell?.("");
      try {
        const done = await f();
        set({ busy: false, ...(done && { done }) });
        if (done) tell?.(done);
        return true;
      } catch (refusal) {
        set({ busy: false, refusal });
        return false;
      } finally {
        running.current = false;
      }
    },
    clear: () => set({ busy: false }),
    say: (done) => {
      set({ busy: false, done });
      tell?.(done);
    },
  };
}

/** What came of an act: the reason of a refusal, always; what was done. */
export function Outcome({ of }: { of: Act }) {
  const told = useContext(Told);
  return (
    <>
      {of.refusal !== undefined && <Refused why={of.refusal} />}
      {!told && <Done text={of.done} />}
    </>
  );
}

export function Done({ text }: { text: string | undefined }) {
  return (
    <div role="status" className={text ? "desk-note good desk-done" : "unseen"}>
      {text}
    </div>
  );
}

export function Refused({ why }: { why: unknown }) {
  const i = useI18n();
  return (
    <p role="alert" className="desk-note bad">
      {refusalText(i, why)}
    </p>
  );
}
