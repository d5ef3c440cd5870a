import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, get, post } from "../api/call";
import type { Token, TokenScope } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { dateTime } from "../i18n/time";
import { Button } from "../ui/Button";

const scopes: readonly TokenScope[] = ["read", "post", "manage"];

/** My tokens for programs. A secret is shown once, here, and kept nowhere. */
export function Tokens() {
  const i = useI18n();
  const { t } = i;
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => get<Token[]>("/tokens", {}, signal) });
  const [name, setName] = useState("");
  const [scope, setScope] = useState<TokenScope>("read");
  const [made, setMade] = useState<Token>();
  const [error, setError] = useState<unknown>();
  const changed = () => client.invalidateQueries({ queryKey: ["tokens"] });
  const make = async () => {
    try {
      setMade(await post<Token>("/tokens", { name: name.trim(), scope, days: 365 }));
      setName("");
      await changed();
    } catch (e) {
      setError(e);
    }
  };
  return (
    <section className="setting">
      <h2>{t("tokens")}</h2>
      <p className="dim">{t("tokensText")}</p>
      <ul className="sessions">
        {data?.map((k) => (
          <li key={k.id}>
            <div>
              <bdi>{k.name}</bdi>
              <p className="dim">
                {t(`scope-${k.scope}`)}
                {k.expires && ` · ${t("expires", { at: dateTime(i, k.expires) })}`}
              </p>
            </div>
            <Button onClick={() => void del(`/tokens/${encodeURIComponent(k.id)}`).then(changed).catch(setError)}>{t("deleteToken")}</Button>
          </li>
        ))}
      </ul>
      {made?.secret && (
        <p className="secret" role="status">
          {t("tokenSecret")} <code dir="ltr">{made.secret}</code>
        </p>
      )}
      {error !== undefined && <p className="error">{refusalText(i, error)}</p>}
      <form
        className="search-line"
        onSubmit={(e) => {
          e.preventDefault();
          void make();
        }}
      >
        <input required maxLength={100} value={name} placeholder={t("tokenName")} aria-label={t("tokenName")} onChange={(e) => setName(e.target.value)} />
        <select value={scope} aria-label={t("scope")} onChange={(e) => setScope(e.target.value as TokenScope)}>
          {scopes.map((s) => (
            <option key={s} value={s}>
              {t(`scope-${s}`)}
            </option>
          ))}
        </select>
        <Button type="submit">{t("makeToken")}</Button>
      </form>
    </section>
  );
}
