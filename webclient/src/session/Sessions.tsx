import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, get } from "../api/call";
import type { SignedIn } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { dateTime, whole } from "../i18n/time";
import { Button } from "../ui/Button";
import { signOut } from "./session";

/** Where I am signed in, and the ways to end it. */
export function Sessions() {
  const i = useI18n();
  const { t } = i;
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const { data } = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => get<SignedIn[]>("/sessions", {}, signal) });
  const end = (id: string) =>
    del(`/sessions/${encodeURIComponent(id)}`)
      .then(() => client.invalidateQueries({ queryKey: ["sessions"] }))
      .catch(setError);
  return (
    <section className="setting">
      <h2>{t("sessions")}</h2>
      <ul className="sessions">
        {data?.map((s) => (
          <li key={s.id}>
            <div>
              <bdi>{s.client}</bdi>
              <p className="dim">
                <bdi>{s.address}</bdi> · <span title={whole(i, s.last)}>{t("lastUsed", { at: dateTime(i, s.last) })}</span>
                {s.connected && ` · ${t("connected")}`}
              </p>
            </div>
            {s.current ? <span className="dim">{t("thisSession")}</span> : <Button onClick={() => void end(s.id)}>{t("signOut")}</Button>}
          </li>
        ))}
      </ul>
      {error !== undefined && <p className="error">{refusalText(i, error)}</p>}
      <div className="buttons start">
        <Button icon="out" onClick={() => void signOut(false).catch(setError)}>
          {t("signOut")}
        </Button>
        <Button look="danger" icon="out" onClick={() => void signOut(true).catch(setError)}>
          {t("signOutEverywhere")}
        </Button>
      </div>
    </section>
  );
}
