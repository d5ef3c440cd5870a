import type { Refusal } from "../api/refusal";
import type { I18n } from "./i18n";

/** Why something was not done, for people: the server's words if it had any. */
export function refusalText(i: I18n, e: unknown): string {
  const r = e as Partial<Refusal> | null;
  if (r?.unreachable) return i.t("unreachable");
  return r?.message || i.t("refused");
}
