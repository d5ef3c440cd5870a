import { useT } from "../i18n/i18n";
import { Dialog } from "../ui/Dialog";
import { bindings, isMac } from "./keys";

const signs: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", Mod: isMac ? "⌘" : "Ctrl", Alt: isMac ? "⌥" : "Alt" };

export function Help({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t("keys")} onClose={onClose} wide>
      <div className="key-tables">
        {(["everywhere", "history", "composer"] as const).map((where) => (
          <section key={where}>
            <h3>{t(`keys-${where}`)}</h3>
            <dl className="keys">
              {bindings
                .filter((b) => b.where === where)
                .map((b) => (
                  <div key={b.keys} data-keys={b.keys}>
                    <dt dir="ltr">
                      {b.keys.split("+").map((k) => (
                        <kbd key={k}>{signs[k] ?? k}</kbd>
                      ))}
                    </dt>
                    <dd>{t(b.means)}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
