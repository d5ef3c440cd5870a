import { useRef, useState } from "react";
import { useSignal } from "../api/use";
import { useT } from "../i18n/i18n";
import { Button } from "../ui/Button";
import { preferences, setPreference } from "./preferences";

/** What the browser allows; undefined: it has no notifications. */
const allowed = () => ("Notification" in globalThis ? Notification.permission : undefined);

/** Of what I am notified on the desktop, and whether the browser lets it through. */
export function Notify() {
  const t = useT();
  const chosen = useSignal(preferences).notify;
  const [permission, setPermission] = useState(allowed);
  const box = useRef<HTMLFieldSetElement>(null);
  const ask = async () => {
    setPermission(await Notification.requestPermission());
    box.current?.querySelector<HTMLElement>(":checked")?.focus(); // the button that had the focus is gone
  };
  return (
    <fieldset className="choice" ref={box}>
      <legend>{t("notify")}</legend>
      {(["", "mentions", "all"] as const).map((v) => (
        <label key={v}>
          <input
            type="radio" name="notify" checked={chosen === v}
            onChange={() => {
              if (permission === "default") void ask();
              setPreference("notify", v);
            }}
          />
          <span>{t(v ? `notify-${v}` : "notify-none")}</span>
        </label>
      ))}
      {permission === "default" && <Button onClick={() => void ask()}>{t("notifyAllow")}</Button>}
      {permission === "denied" && <p className="dim" role="status">{t("notifyDenied")}</p>}
    </fieldset>
  );
}
