import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../api/call";
import type { Refusal } from "../api/refusal";
import type { SignIn } from "../api/types";
import { languages, useI18n, type Language } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { preferences, setLook } from "../shell/preferences";
import { useSignal } from "../api/use";
import { Button } from "../ui/Button";
import { Bird } from "../ui/Bird";
import { signIn, type Why } from "./session";

const reasons = ["refused", "expired", "unknown", "disabled", "unavailable"] as const;

const outcome = "sign_in"; // the parameter that says why a provider's sign-in did not come about

/** Where somebody is, and why a provider sent him back, which is told once and is no part of where he is. */
function arrival() {
  const query = new URLSearchParams(location.search);
  const told = query.get(outcome);
  query.delete(outcome);
  return { reason: reasons.find((r) => r === told), path: location.pathname + (query.size ? "?" + query.toString() : "") };
}

/** The door. Where somebody wanted to go stays in the address. */
export function SignInPage({ why, user: before }: { why: Why; user: string }) {
  const i = useI18n();
  const { t } = i;
  const ways = useQuery({ queryKey: ["sign-in"], queryFn: ({ signal }) => get<SignIn>("/sign-in", {}, signal), retry: true, retryDelay: 2000 });
  const [user, setUser] = useState(before);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const language = useSignal(preferences).language;
  const submit = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await signIn(user.trim(), password);
    } catch (e) {
      setError(e);
      setBusy(false);
      if ((e as Refusal).status !== 0) setPassword("");
    }
  };
  const w = ways.data;
  const [{ reason, path }] = useState(arrival);
  useEffect(() => {
    if (reason) history.replaceState(history.state, "", path);
  }, [reason, path]);
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <Bird />
        <h1>{w?.name || "Perch"}</h1>
        {reason && (
          <p className="why" role="alert">
            {t(`provider-${reason}`)}
          </p>
        )}
        {why && (
          <p className="why" role="status">
            {t(`why-${why}`)}
          </p>
        )}
        {w?.notice && (
          <p className="notice" dir="auto">
            {w.notice}
          </p>
        )}
        {ways.isPending && <p className="dim">{t(ways.failureCount > 0 ? "unreachable" : "loading")}</p>}
        {w?.password && (
          <form
            className="stack"
            onSubmit={(e) => {
              e.preventDefault();
              void submit();
            }}
          >
            <label className="field">
              {t("user")}
              <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus={!before} value={user} placeholder={w.domain && `name@${w.domain}`} onChange={(e) => setUser(e.target.value)} />
            </label>
            <label className="field">
              {t("password")}
              <input name="password" type="password" autoComplete="current-password" required autoFocus={!!before} value={password} onChange={(e) => setPassword(e.target.value)} />
            </label>
            {error !== undefined && (
              <p className="error" role="alert">
                {refusalText(i, error)}
              </p>
            )}
            <Button look="primary" type="submit" disabled={busy}>
              {t("signIn")}
            </Button>
          </form>
        )}
        {w && w.providers.length > 0 && (
          <div className="stack providers">
            {w.password && <p className="dim or">{t("or")}</p>}
            {w.providers.map((p) => (
              <a key={p.url} className="button" href={p.url + (p.url.includes("?") ? "&" : "?") + "to=" + encodeURIComponent(path)}>
                {t("signInWith", { name: p.name })}
              </a>
            ))}
          </div>
        )}
        <select className="language" aria-label={t("language")} value={language || i.language} onChange={(e) => setLook("language", e.target.value as Language)}>
          {Object.entries(languages).map(([k, name]) => (
            <option key={k} value={k} lang={k}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </main>
  );
}
