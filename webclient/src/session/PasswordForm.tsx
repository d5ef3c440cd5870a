import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, put } from "../api/call";
import type { SignIn } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { Button } from "../ui/Button";

/** Changes my password, where people sign in by one. */
export function PasswordForm() {
  const i = useI18n();
  const { t } = i;
  const ways = useQuery({ queryKey: ["sign-in"], queryFn: ({ signal }) => get<SignIn>("/sign-in", {}, signal) });
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [done, setDone] = useState(false);
  const [error, setError] = useState<unknown>();
  if (!ways.data?.password) return null;
  const change = async () => {
    setError(undefined);
    try {
      await put("/session/password", { old, new: next });
      setDone(true);
      setOld("");
      setNext("");
    } catch (e) {
      setError(e);
    }
  };
  return (
    <section className="setting">
      <h2>{t("changePassword")}</h2>
      <form
        className="search-line password-form"
        onSubmit={(e) => {
          e.preventDefault();
          void change();
        }}
      >
        <input type="password" autoComplete="current-password" required value={old} placeholder={t("oldPassword")} aria-label={t("oldPassword")} onChange={(e) => setOld(e.target.value)} />
        <input type="password" autoComplete="new-password" required value={next} placeholder={t("newPassword")} aria-label={t("newPassword")} onChange={(e) => setNext(e.target.value)} />
        <Button type="submit">{t("changePassword")}</Button>
      </form>
      {done && <p role="status">{t("passwordChanged")}</p>}
      {error !== undefined && (
        <p className="error" role="alert">
          {refusalText(i, error)}
        </p>
      )}
    </section>
  );
}
