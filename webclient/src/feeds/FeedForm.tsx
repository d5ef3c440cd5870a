import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, get, post, put } from "../api/call";
import type { Feed, FeedChange, People, Person } from "../api/types";
import { useSignal } from "../api/use";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { mine } from "../rooms/mine";
import { go } from "../shell/route";
import { Button, IconButton } from "../ui/Button";
import { Chips } from "../ui/Chips";

/** Makes a feed or changes one: words, authors, rooms. */
export function FeedForm({ feed, onDone }: { feed: Feed | undefined; onDone: () => void }) {
  const i = useI18n();
  const { t } = i;
  const client = useQueryClient();
  const rooms = useSignal(mine);
  const [name, setName] = useState(feed?.name ?? "");
  const [keywords, setKeywords] = useState(feed?.keywords ?? []);
  const [authors, setAuthors] = useState<Person[]>(feed?.authors ?? []);
  const [chosen, setChosen] = useState(feed?.rooms ?? []);
  const [error, setError] = useState("");
  const save = async () => {
    const body: FeedChange = { name: name.trim(), keywords, authors: authors.map((a) => a.guid), rooms: chosen, ...(feed && { version: feed.version }) };
    try {
      const f = feed ? await put<Feed>(`/feeds/${feed.id}`, body) : await post<Feed>("/feeds", body);
      await client.invalidateQueries({ queryKey: ["feeds"] });
      await client.invalidateQueries({ queryKey: ["gathered", f.id] });
      onDone();
      go({ page: "feed", feed: f.id });
    } catch (e) {
      setError(refusalText(i, e));
    }
  };
  const remove = async () => {
    if (!feed) return;
    await del(`/feeds/${feed.id}`).catch((e: unknown) => setError(refusalText(i, e)));
    await client.invalidateQueries({ queryKey: ["feeds"] });
    go({ page: "home" });
  };
  const empty = keywords.length === 0 && authors.length === 0;
  return (
    <form
      className="stack feed-form"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <label className="field">
        {t("name")}
        <input required maxLength={100} dir="auto" value={name} onChange={(e) => setName(e.target.value)} />
      </label>
      <Chips label={t("keywords")} hint={t("keywordsHint")} values={keywords} onChange={setKeywords} />
      <AuthorPicker authors={authors} onChange={setAuthors} />
      <fieldset className="field">
        <legend>{t("inRooms")}</legend>
        <p className="dim">{chosen.length ? "" : t("allFollowed")}</p>
        <div className="room-checks">
          {[...rooms.values()]
            .sort((a, b) => i.collate(a.room.name, b.room.name))
            .map((m) => (
              <label key={m.room.guid} className="check">
                <input type="checkbox" checked={chosen.includes(m.room.guid)} onChange={(e) => setChosen(e.target.checked ? [...chosen, m.room.guid] : chosen.filter((g) => g !== m.room.guid))} />
                <bdi>{m.room.name}</bdi>
              </label>
            ))}
        </div>
      </fieldset>
      {error && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
      <div className="buttons">
        {feed && (
          <Button look="danger" onClick={() => void remove()}>
            {t("deleteFeed")}
          </Button>
        )}
        <Button onClick={onDone}>{t("cancel")}</Button>
        <Button look="primary" type="submit" disabled={!name.trim() || empty}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}

function AuthorPicker({ authors, onChange }: { authors: Person[]; onChange: (a: Person[]) => void }) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const { data } = useQuery({
    queryKey: ["people", typed],
    queryFn: ({ signal }) => get<People>("/people", { prefix: typed, limit: 8 }, signal),
    enabled: typed.trim().length > 0,
  });
  const found = (data?.people ?? []).filter((p) => p.kind === "user" && !authors.some((a) => a.guid === p.guid));
  return (
    <div className="field">
      <label>
        {t("authors")}
        <input dir="auto" value={typed} placeholder={t("authorsHint")} onChange={(e) => setTyped(e.target.value)} />
      </label>
      {typed && found.length > 0 && (
        <ul className="picks">
          {found.map((p) => (
            <li key={p.guid}>
              <button
                type="button"
                onClick={() => {
                  onChange([...authors, p]);
                  setTyped("");
                }}
              >
                <bdi>{p.display_name}</bdi> <span className="dim">{p.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="chips">
        {authors.map((a) => (
          <span key={a.guid} className="chip">
            <bdi>{a.display_name}</bdi>
            <IconButton icon="close" label={t("remove", { name: a.display_name })} onClick={() => onChange(authors.filter((x) => x !== a))} />
          </span>
        ))}
      </div>
    </div>
  );
}
