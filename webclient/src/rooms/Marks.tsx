import type { Room } from "../api/types";
import { useT } from "../i18n/i18n";
import { Icon, type IconName } from "../ui/icons";

/** What is kept of a room, so that nobody who writes there is in doubt. */
export function Marks({ room }: { room: Room }) {
  const t = useT();
  const r = room.recording;
  const marks: { icon: IconName; text: string; title: string; strong?: boolean }[] = [];
  if (r.archived) marks.push({ icon: "record", text: t("recorded"), title: t(r.strict ? "recordedStrictly" : "recordedFully") });
  if (!r.history) marks.push({ icon: "clock", text: t("noHistory"), title: t("noHistoryFully") });
  else if (r.keep_days) marks.push({ icon: "clock", text: t("keptDays", { n: r.keep_days }), title: r.retention ? t("retention", { name: r.retention }) : t("keptDays", { n: r.keep_days }) });
  if (r.held) marks.push({ icon: "hold", text: t("held"), title: t("heldFully"), strong: true });
  if (r.sealed) marks.push({ icon: "sealed", text: t("sealedArchive"), title: t("sealedFully") });
  if (marks.length === 0) return null;
  return (
    <ul className="marks" aria-label={t("whatIsKept")}>
      {marks.map((m) => (
        <li key={m.icon} title={m.title} className={m.strong ? "strong" : ""}>
          <Icon name={m.icon} />
          <span>{m.text}</span>
        </li>
      ))}
    </ul>
  );
}
