import type { Presence } from "../api/types";
import { useT } from "../i18n/i18n";

const shapes: Record<Presence["state"], string> = {
  available: "M3.2 6.2l2 2 3.6-4",
  busy: "M3.5 6h5",
  "do-not-disturb": "M4 4l4 4M8 4l-4 4",
  away: "M6 3.200V6l1.8 1.2",
  offline: "M6 6h.01",
  unknown: "M4.6 4.700a1.4 1.4 0 1 1 2 1.300c-.4.2-.6.4-.6.900M6 8.600v.01",
};

/** Whether somebody is there: a shape, a word, and a colour for those who see it. */
export function PresenceMark({ state, quiet }: { state: Presence["state"]; quiet?: boolean }) {
  const t = useT();
  const word = t(`presence-${state}`);
  return (
    <span className={`presence ${state}`} title={word}>
      <svg viewBox="0 0 12 12" role="img" aria-label={word}>
        <circle cx="6" cy="6" r="5.2" />
        <path d={shapes[state]} />
      </svg>
      {!quiet && <span className="presence-word" aria-hidden="true">{word}</span>}
    </span>
  );
}
