import { useSignal } from "../api/use";
import { useT } from "../i18n/i18n";
import { mine, totals } from "../rooms/mine";
import { useRoute, write } from "../shell/route";
import { Icon } from "../ui/icons";
import { Link } from "../ui/Link";
import { fresh, mentions, useFeeds } from "./feeds";

/** The feeds in the navigation, and where to make another. */
export function FeedList() {
  const t = useT();
  const route = useRoute();
  const { data } = useFeeds();
  const counts = useSignal(fresh);
  const named = totals(useSignal(mine)).mentions;
  const feeds = [{ id: mentions, name: t("mentions") }, ...(data ?? []).filter((f) => f.id !== mentions)];
  return (
    <>
      {feeds.map((f) => {
        const n = f.id === mentions ? named : (counts.get(f.id) ?? 0);
        return (
          <Link key={f.id} to={write({ page: "feed", feed: f.id })} className="entry" aria-current={route.page === "feed" && route.feed === f.id ? "page" : undefined}>
            <Icon name={f.id === mentions ? "at" : "feed"} />
            <bdi>{f.name}</bdi>
            {n > 0 && <span className={f.id === mentions ? "count mentions" : "count unread"}>{n}</span>}
          </Link>
        );
      })}
      <Link to={write({ page: "feed", feed: "new" })} className="entry dim" aria-current={route.page === "feed" && route.feed === "new" ? "page" : undefined}>
        <Icon name="plus" />
        <span>{t("newFeed")}</span>
      </Link>
    </>
  );
}
