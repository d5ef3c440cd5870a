import { useEffect, useState } from "react";
import { Signal } from "../api/signal";
import { useSignal } from "../api/use";
import { connection, nudge } from "../events/events";
import { useI18n } from "../i18n/i18n";
import { ago } from "../i18n/time";
import { outdated } from "../session/session";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";

const patience = 1000; // ms for which a lost line is not worth a word
export const offline = new Signal(0); // since when the browser has no network, ms; 0: it has

export function watchNetwork(): void {
  const look = () => offline.set(navigator.onLine ? 0 : offline.get() || Date.now());
  look();
  addEventListener("online", look);
  addEventListener("offline", look);
}

/** Says that what is shown may be old, and how old. */
export function Banner() {
  const i = useI18n();
  const { phase, since } = useSignal(connection);
  const off = useSignal(offline);
  const old = useSignal(outdated);
  const [now, setNow] = useState(Date.now());
  const from = off && since ? Math.min(off, since) : off || since;
  useEffect(() => {
    if (!from) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [from]);
  const shown = from > 0 && (off > 0 || now - from >= patience);
  return (
    <div role="status" className="banners">
      {shown && (
        <div className="banner offline">
          <Icon name="clock" />
          <span>{i.t(off ? "offline" : phase === "connecting" ? "connecting" : "reconnecting", { age: ago(i, Math.max(0, now - from)) })}</span>
          {!off && (
            <Button look="quiet" icon="retry" onClick={nudge}>
              {i.t("tryNow")}
            </Button>
          )}
        </div>
      )}
      {old && (
        <div className="banner">
          <Icon name="retry" />
          <span>{i.t("newVersion")}</span>
          <Button look="quiet" onClick={() => location.reload()}>
            {i.t("reload")}
          </Button>
        </div>
      )}
    </div>
  );
}
