import { useI18n } from "../i18n/i18n";
import { day } from "../i18n/time";
import type { Row } from "./rows";

/** What stands above a message: where the room begins, a day, what is new. */
export function Dividers({ row }: { row: Row }) {
  const i = useI18n();
  return (
    <>
      {row.first && <p className="beginning">{i.t("beginning")}</p>}
      {row.day && (
        <div className="day" role="separator">
          <span>{day(i, row.day)}</span>
        </div>
      )}
      {row.unread && (
        <div className="unread-divider" role="separator">
          <span>{i.t("new")}</span>
        </div>
      )}
    </>
  );
}
