import { useEffect, useState } from "react";
import { get } from "../api/call";
import type { Message, Page } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { dateTime, day, dayOf, whole } from "../i18n/time";
import { useRoom } from "../rooms/useRoom";
import { session } from "../session/session";
import { Button } from "../ui/Button";
import { startOf } from "./JumpDialog";
import { inert, plain } from "./parse";

const most = 20_000; // messages of one print

async function load(room: string, from: string, to: string, tell: (n: number) => void): Promise<{ messages: Message[]; cut: boolean }> {
  const end = startOf(to);
  end.setDate(end.getDate() + 1);
  const out: Message[] = [];
  let page = await get<Page>(`/rooms/${room}/messages`, { at: startOf(from).toISOString(), limit: 500 });
  for (;;) {
    for (const m of page.messages) {
      if (new Date(m.at) >= end) return { messages: out, cut: false };
      out.push(m);
    }
    tell(out.length);
    if (out.length >= most) return { messages: out, cut: true };
    const last = page.messages.at(-1);
    if (!page.after || !last) return { messages: out, cut: false };
    page = await get<Page>(`/rooms/${room}/messages`, { after: last.id, limit: 500 });
  }
}

/** Some days of a room, whole, to be printed. */
export function PrintPage({ room: guid, from, to }: { room: string; from: string; to: string }) {
  const i = useI18n();
  const { t } = i;
  const { room } = useRoom(guid);
  const [count, setCount] = useState(0);
  const [all, setAll] = useState<{ messages: Message[]; cut: boolean }>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    load(guid, from, to, setCount).then(setAll, setError);
  }, [guid, from, to]);
  const ready = !!all && !!room;
  useEffect(() => {
    if (ready) window.print(); // once, whatever else happens in the room
  }, [ready]);
  if (error) return <p className="error">{refusalText(i, error)}</p>;
  if (!all || !room) return <p className="print-loading">{t("loadingPrint", { n: count })}</p>;
  return (
    <main className="print">
      <header>
        <h1>
          <bdi>{room.name}</bdi>
        </h1>
        <p>
          {day(i, startOf(from).toISOString())} – {day(i, startOf(to).toISOString())}. {t("printed", { who: session().me.display_name, at: whole(i, new Date()) })} {t("messages", { n: all.messages.length })}
        </p>
        {all.cut && <p className="error">{t("printCut", { n: most })}</p>}
        <Button icon="print" className="no-print" onClick={() => print()}>
          {t("print")}
        </Button>
      </header>
      {all.messages.map((m, k) => (
        <article key={m.id}>
          {(k === 0 || dayOf(all.messages[k - 1]!.at) !== dayOf(m.at)) && <h2>{day(i, m.at)}</h2>}
          <p className="print-head">
            #{m.id} · <time dateTime={m.at}>{dateTime(i, m.at)}</time> · <bdi>{inert(m.author_name)}</bdi> <bdi className="dim">{m.author_uri}</bdi>
            {m.alert && ` · ${t("alert")}`}
            {m.changed && ` · ${t("replaced")}`}
          </p>
          {m.title && <h3 dir="auto">{inert(m.title)}</h3>}
          <p className="text" dir="auto">
            {plain(m.text)}
          </p>
        </article>
      ))}
    </main>
  );
}
