import { useT } from "../i18n/i18n";
import { Empty } from "../ui/Empty";

/** Managing rooms; also what the old client opens, at /PersistentChat/RM/. */
export default function ManagePage({ path }: { path: string }) {
  const t = useT();
  return (
    <section className="page" aria-label={t("manageRooms")} data-path={path}>
      <Empty icon="room" title={t("manageRooms")} text={t("byCommand")} />
    </section>
  );
}
