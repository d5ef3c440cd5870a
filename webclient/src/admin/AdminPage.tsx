import { useT } from "../i18n/i18n";
import { Empty } from "../ui/Empty";

/** Administration of the pool. */
export default function AdminPage({ path }: { path: string }) {
  const t = useT();
  return (
    <section className="page" aria-label={t("administration")} data-path={path}>
      <Empty icon="shield" title={t("administration")} text={t("byCommand")} />
    </section>
  );
}
