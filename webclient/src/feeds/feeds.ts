// Feeds: searches that are kept, and gather what fits from then on. "mentions" is everybody's.
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/call";
import { queries } from "../api/query";
import { Signal } from "../api/signal";
import type { Feed, Hit } from "../api/types";
import { listen } from "../events/events";
import { mine } from "../rooms/mine";
import { here } from "../shell/route";
import { onForget } from "../session/session";

export const mentions = "mentions";

export const useFeeds = () => useQuery({ queryKey: ["feeds"], queryFn: ({ signal }) => get<Feed[]>("/feeds", {}, signal) });

/** How many hits have come to each feed since it was looked at last, in this window's time. */
export const fresh = new Signal<ReadonlyMap<string, number>>(new Map());

export function look(feed: string): void {
  if (!fresh.get().get(feed)) return;
  const next = new Map(fresh.get());
  next.delete(feed);
  fresh.set(next);
}

interface Pages {
  pages: Hit[][];
  pageParams: unknown[];
}

export function watchFeeds(): void {
  listen("gathered", (f) => {
    const { feed, hit } = f;
    if (!feed || !hit) return;
    queries.setQueryData<Pages>(["gathered", feed], (d) => {
      const first = d?.pages[0];
      if (!d || !first || d.pages.some((p) => p.some((h) => h.position === hit.position))) return d;
      return { ...d, pages: [[hit, ...first].sort((a, b) => b.position - a.position), ...d.pages.slice(1)] };
    });
    const r = here();
    if (mine.get().get(hit.message.room)?.muted) return;
    if (r.page === "feed" && r.feed === feed && document.visibilityState === "visible") return;
    fresh.set(new Map(fresh.get()).set(feed, (fresh.get().get(feed) ?? 0) + 1));
  });
  const anew = () => void queries.invalidateQueries({ queryKey: ["gathered"] });
  for (const type of ["hello", "removed", "deleted", "history"] as const) listen(type, anew); // what may not be read any more is in no feed
  listen("hello", () => void queries.invalidateQueries({ queryKey: ["feeds"] }));
  onForget(() => fresh.set(new Map()));
}
