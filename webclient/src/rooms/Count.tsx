import { useI18n } from "../i18n/i18n";

/** How much is unread, and how much of it names me: told apart by sign, not by colour alone. */
export function Count({ unread, mentions, muted }: { unread: number; mentions: number; muted?: boolean }) {
  const { t, locale } = useI18n();
  if (unread === 0 && mentions === 0) return null;
  const n = (x: number) => x.toLocaleString(locale);
  return (
    <span className={muted ? "counts muted" : "counts"}>
      {mentions > 0 && (
        <span className="count mentions" aria-label={t("mentionsCount", { n: mentions })}>
          @{n(mentions)}
        </span>
      )}
      {unread > 0 && (
        <span className="count unread" aria-label={t("unreadCount", { n: unread })}>
          {n(unread)}
        </span>
      )}
    </span>
  );
}
