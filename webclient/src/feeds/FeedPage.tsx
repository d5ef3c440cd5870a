import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../api/call";
import type { Hit } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { HitList } from "../search/HitList";
import { go } from "../shell/route";
import { Button, IconButton } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FeedForm } from "./FeedForm";
import { look, mentions, useFeeds } from "./feeds";

const pageSize = 50;

/** What a feed has gathered, newest first, and what it gathers while one looks. */
export function FeedPage({ id }: { id: string }) {
  const i = useI18n();
  const { t } = i;
  const { data: feeds } = useFeeds();
  const [editing, setEditing] = useState(false);
  const isNew = id === "new";
  const feed = feeds?.find((f) => f.id === id);
  const q = useInfiniteQuery({
    queryKey: ["gathered", id],
    queryFn: ({ pageParam, signal }) => get<Hit[]>(`/feeds/${encodeURIComponent(id)}/messages`, { limit: pageSize, ...(pageParam && { before: pageParam }) }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length === pageSize ? last.at(-1)?.position : undefined),
    enabled: !isNew,
    staleTime: Infinity, // events keep it true
  });
  useEffect(() => look(id), [id, q.data]);
  const hits = q.data?.pages.flat() ?? [];
  const title = isNew ? t("newFeed") : id === mentions ? t("mentions") : (feed?.name ?? "");
  return (
    <section className="page" aria-label={title}>
      <header className="page-header">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {feed && id !== mentions && (
          <Button icon="settings" onClick={() => setEditing(!editing)} aria-expanded={editing}>
            {t("changeFeed")}
          </Button>
        )}
      </header>
      {(isNew || editing) && <FeedForm key={id} feed={feed} onDone={() => (isNew ? go({ page: "home" }) : setEditing(false))} />}
      {!isNew && q.error && <p className="error">{refusalText(i, q.error)}</p>}
      {!isNew && !editing && q.isSuccess && hits.length === 0 && <Empty icon={id === mentions ? "at" : "feed"} title={t("feedEmpty")} text={t(id === mentions ? "mentionsEmptyText" : "feedEmptyText")} />}
      {!isNew && !editing && <HitList hits={hits} words={feed?.keywords ?? []} noteKey={`feed-${id}`} />}
      {q.hasNextPage && !editing && (
        <Button onClick={() => void q.fetchNextPage()} disabled={q.isFetchingNextPage}>
          {t("moreHits")}
        </Button>
      )}
    </section>
  );
}
