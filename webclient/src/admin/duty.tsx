// Duties: who may do what with the server. The server decides; here it is said before somebody tries.
import type { ReactNode } from "react";
import { useSignal } from "../api/use";
import { standing } from "../session/session";
import { useWords, type Key } from "./catalogue";

export type Duty = "administrator" | "officer" | "auditor";

export function useDuties(): readonly string[] {
  const s = useSignal(standing);
  return s.is === "in" ? s.session.duties : [];
}

/** Fields and buttons that take a duty: without it they show, say so, and cannot be used. */
export function Guarded({ duty, children }: { duty: readonly Duty[]; children: ReactNode }) {
  const w = useWords();
  const has = useDuties();
  const may = duty.some((d) => has.includes(d));
  return (
    <fieldset className="desk-fields" disabled={!may}>
      {!may && <p className="desk-note" role="note">{w("takesDuty", { duty: duty.map((d) => w(d as Key)).join(" / ") })}</p>}
      {children}
    </fieldset>
  );
}

export const administrator: readonly Duty[] = ["administrator"];
export const officer: readonly Duty[] = ["officer"];
