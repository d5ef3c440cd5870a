import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/call";
import type { Hit, Page } from "../api/types";
import { inert, plain } from "../history/parse";
import { useI18n } from "../i18n/i18n";
import { dateTime, whole } from "../i18n/time";
import { note, noted, roomPath } from "../shell/route";
import { Icon } from "../ui/icons";
import { IconButton } from "../ui/Button";
import { Link } from "../ui/Link";
import { highlight } from "./query";

interface Props {
  hits: readonly Hit[];
  words: readonly string[];
  noteKey: string; // under which the chosen hit is kept, for Back
}

export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  return highlight(text, words).map((s, i) => (i % 2 ? <mark key={i}>{s}</mark> : s));
}

/** Hits, newest first. Arrows move, Enter opens in place; Back returns to the same one. */
export function HitList({ hits, words, noteKey }: Props) {
  const { t } = useI18n();
  const list = useRef<HTMLOListElement>(null);
  const back = useRef(noted<number>(noteKey));
  useEffect(() => {
    if (back.current === undefined || hits.length === 0) return;
    const el = list.current?.querySelector<HTMLElement>(`[data-position="${back.current}"] a`);
    back.current = undefined;
    el?.focus();
    el?.scrollIntoView({ block: "center" });
  }, [hits]);
  const onKeyDown = (e: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!by || e.altKey) return;
    const all = [...(list.current?.querySelectorAll<HTMLElement>(":scope > li > a") ?? [])];
    const at = all.indexOf((e.target as Element).closest("li")?.querySelector("a") as HTMLElement);
    all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
    e.preventDefault();
  };
  return (
    <ol className="hits" ref={list} onKeyDown={onKeyDown} aria-label={t("hits")}>
      {hits.map((h) => (
        <HitItem key={h.position} hit={h} words={words} onOpen={() => note(noteKey, h.position)} />
      ))}
    </ol>
  );
}

function HitItem({ hit, words, onOpen }: { hit: Hit; words: readonly string[]; onOpen: () => void }) {
  const i = useI18n();
  const m = hit.message;
  const [around, setAround] = useState(false);
  return (
    <li data-position={hit.position} className={m.alert ? "hit alert" : "hit"}>
      <Link to={roomPath(m.room, m.id)} onClick={onOpen}>
        <span className="hit-head">
          <bdi className="hit-room">{hit.room_name}</bdi>
          <bdi className="author">{inert(m.author_name)}</bdi>
          <time dateTime={m.at} title={whole(i, m.at)}>
            {dateTime(i, m.at)}
          </time>
        </span>
        {m.title && (
          <strong dir="auto">
            <Icon name="story" /> <Marked text={inert(m.title)} words={words} />
          </strong>
        )}
        <span className="hit-text" dir="auto">
          <Marked text={excerpt(plain(m.text), words)} words={words} />
        </span>
      </Link>
      <IconButton icon="more" label={i.t("around")} pressed={around} onClick={() => setAround(!around)} />
      {around && <Around hit={hit} />}
    </li>
  );
}

/** The part of a long text that has the first of the words. */
function excerpt(text: string, words: readonly string[]): string {
  if (text.length < 400) return text;
  const low = text.toLowerCase();
  const at = Math.min(...words.filter(Boolean).map((w) => low.indexOf(w.toLowerCase())).filter((x) => x >= 0), text.length);
  const from = at === text.length ? 0 : Math.max(0, at - 120);
  return (from ? "…" : "") + text.slice(from, from + 400) + "…";
}

function Around({ hit }: { hit: Hit }) {
  const i = useI18n();
  const m = hit.message;
  const { data } = useQuery({ queryKey: ["around", m.room, m.id], queryFn: ({ signal }) => get<Page>(`/rooms/${m.room}/messages`, { around: m.id, limit: 6 }, signal) });
  return (
    <ul className="around">
      {data?.messages.map((x) => (
        <li key={x.id} className={x.id === m.id ? "this" : ""} dir="auto">
          <time dateTime={x.at} title={whole(i, x.at)}>
            {dateTime(i, x.at)}
          </time>{" "}
          <bdi className="author">{inert(x.author_name)}</bdi> {inert(x.title ?? "")} {plain(x.text).slice(0, 300)}
        </li>
      ))}
    </ul>
  );
}
