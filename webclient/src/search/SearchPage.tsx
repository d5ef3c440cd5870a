import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { post } from "../api/call";
import type { Found } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { go } from "../shell/route";
import { Button, IconButton } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { FilterBar } from "./FilterBar";
import { HitList } from "./HitList";
import { parseQuery, writeQuery } from "./query";
import { resolve } from "./resolve";
import { Suggestions } from "./Suggestions";

const pageSize = 50;

class UnknownName extends Error {}

/** Search in all rooms that I may read. What was searched stands in the address. */
export function SearchPage({ q: asked }: { q: string }) {
  const i = useI18n();
  const { t } = i;
  const [typed, setTyped] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => {
    // Back from a hit: the focus goes to that hit, not to the field.
    if (!(history.state as { search?: number } | null)?.search) input.current?.focus();
  }, []);
  const query = parseQuery(asked);
  const isAsked = asked.trim() !== "" && (query.words !== "" || query.filters.length > 0);
  const q = useInfiniteQuery({
    queryKey: ["search", asked],
    queryFn: async ({ pageParam }) => {
      const r = await resolve(asked);
      if (r.unknown.length) throw new UnknownName(r.unknown.map((f) => `${f.name}:${f.value}`).join(" "));
      return post<Found>("/search", { ...r.search, limit: pageSize, ...(pageParam && { before: pageParam }) });
    },
    initialPageParam: 0,
    getNextPageParam: (last) => (last.hits.length === pageSize ? last.hits.at(-1)?.position : undefined),
    enabled: isAsked,
    staleTime: 60_000,
  });
  const run = (s: string) => go({ page: "search", q: s.trim() }, asked === "");
  const hits = q.data?.pages.flatMap((p) => p.hits) ?? [];
  const words = query.exact ? [query.words] : query.words.split(/\s+/);
  return (
    <section className="page search-page" aria-label={t("search")}>
      <header className="page-header">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>{t("search")}</h1>
      </header>
      <form
        role="search"
        onSubmit={(e) => {
          e.preventDefault();
          run(typed);
        }}
      >
        <div className="search-line">
          <input ref={input} type="search" dir="auto" value={typed} placeholder={t("searchHint")} aria-label={t("search")} onChange={(e) => setTyped(e.target.value)} onKeyDown={(e) => e.key === "ArrowDown" && document.querySelector<HTMLElement>(".picks button, .hits a")?.focus()} />
          <Button look="primary" icon="search" type="submit">
            {t("search")}
          </Button>
        </div>
        <Suggestions
          typed={typed}
          onPick={(s) => {
            setTyped(s);
            input.current?.focus();
          }}
        />
        <FilterBar
          typed={typed}
          onChange={(s, now) => {
            setTyped(s);
            if (now) run(s);
            else input.current?.focus();
          }}
        />
      </form>
      <div aria-live="polite" className="found">
        {q.isFetching && hits.length === 0 ? t("searching") : q.data ? t("found", { n: q.data.pages[0]?.total ?? 0 }) : ""}
      </div>
      {q.error && <p className="error">{q.error instanceof UnknownName ? t("unknownName", { name: q.error.message }) : refusalText(i, q.error)}</p>}
      {!isAsked && <Empty icon="search" title={t("searchEmpty")} text={t("searchEmptyText")} />}
      {q.isSuccess && hits.length === 0 && <Empty icon="search" title={t("nothingFound")} text={t(query.filters.length ? "fewerFilters" : "otherWords")} />}
      <HitList key={writeQuery(query)} hits={hits} words={words} noteKey="search" />
      {q.hasNextPage && (
        <Button onClick={() => void q.fetchNextPage()} disabled={q.isFetchingNextPage}>
          {t("moreHits")}
        </Button>
      )}
    </section>
  );
}
