import { useSignal } from "../api/use";
import { languages, useT, type Key, type Language } from "../i18n/i18n";
import { Sessions } from "../session/Sessions";
import { PasswordForm } from "../session/PasswordForm";
import { Tokens } from "../session/Tokens";
import { IconButton } from "../ui/Button";
import { Notify } from "./Notify";
import { preferences, setPreference, type Values } from "./preferences";
import { go } from "./route";

interface ChoiceProps<K extends keyof Values> {
  name: K;
  label: Key;
  options: readonly (readonly [Values[K], string])[];
}

function Choice<K extends keyof Values>({ name, label, options }: ChoiceProps<K>) {
  const t = useT();
  const value = useSignal(preferences)[name];
  return (
    <fieldset className="choice">
      <legend>{t(label)}</legend>
      {options.map(([v, text]) => (
        <label key={v}>
          <input type="radio" name={name} checked={value === v} onChange={() => setPreference(name, v)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** How the client looks and speaks, and where I am signed in. */
export function SettingsPage() {
  const t = useT();
  return (
    <section className="page settings" aria-label={t("settings")}>
      <header className="page-header">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>{t("settings")}</h1>
      </header>
      <Choice name="theme" label="theme" options={[["system", t("theme-system")], ["light", t("theme-light")], ["dark", t("theme-dark")], ["contrast", t("theme-contrast")]]} />
      <Choice name="density" label="density" options={[["cosy", t("density-cosy")], ["compact", t("density-compact")]]} />
      <Choice name="language" label="language" options={[["", t("language-browser")], ...Object.entries(languages).map(([k, v]) => [k as Language, v] as const)]} />
      <Notify />
      <Choice name="sound" label="sound" options={[["1", t("on")], ["", t("off")]]} />
      <Sessions />
      <PasswordForm />
      <Tokens />
    </section>
  );
}
