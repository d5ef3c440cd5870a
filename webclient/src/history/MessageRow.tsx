import { memo, useState } from "react";
import type { Message } from "../api/types";
import { FileCard } from "../files/FileCard";
import { useI18n } from "../i18n/i18n";
import { clock, whole } from "../i18n/time";
import { Icon } from "../ui/icons";
import { MessageTools } from "./MessageTools";
import { Dividers } from "./Dividers";
import { inert } from "./parse";
import type { Row } from "./rows";
import { Text } from "./Text";

export interface Me {
  guid: string;
  names: readonly string[];
}

interface Props {
  row: Row & { message: Message };
  me: Me;
  head: number;
  sealed: boolean;
  active: boolean; // the keyboard or the pointer is on it
  target: boolean; // it was linked to
}

const long = 1800; // characters, or 18 lines: more is folded

function isLong(s: string): boolean {
  if (s.length > long) return true;
  let lines = 0;
  for (let i = -1; (i = s.indexOf("\n", i + 1)) >= 0; ) if (++lines > 18) return true;
  return false;
}

function Body({ message: m, me }: { message: Message; me: Me }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const shown = (m.files ?? []).map((f) => f.id);
  const folded = !open && (!!m.title || isLong(m.text));
  return (
    <>
      {m.title && (
        <button type="button" className="story-title" aria-expanded={open} onClick={() => setOpen(!open)} dir="auto">
          <Icon name="story" />
          {inert(m.title)}
        </button>
      )}
      {!(folded && m.title) && (
        <div className={folded ? "text folded" : "text"} dir="auto">
          <Text text={folded ? m.text.slice(0, long).split("\n").slice(0, 12).join("\n") : m.text} me={me.names} shown={shown} />
        </div>
      )}
      {!m.title && isLong(m.text) && (
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "fold" : "unfold")}
        </button>
      )}
      {m.files?.map((f) => <FileCard key={f.id} file={f} />)}
    </>
  );
}

/** A message that was stored. */
export const MessageRow = memo(function MessageRow({ row, me, head, sealed, active, target }: Props) {
  const i = useI18n();
  const m = row.message;
  const own = m.author === me.guid;
  const classes = ["message"];
  if (row.follows) classes.push("follows");
  if (m.alert) classes.push("alert");
  if (own) classes.push("own");
  if (active) classes.push("active");
  if (target) classes.push("target");
  const state = sealed ? i.t("sealed") : own ? i.t("stored") : "";
  return (
    <div className="row" data-key={row.key} data-id={m.id}>
      <Dividers row={row} />
      <article className={classes.join(" ")} tabIndex={-1} aria-posinset={m.id} aria-setsize={head} aria-label={`${inert(m.author_name)}, ${clock(i, m.at)}`}>
        <time dateTime={m.at} title={whole(i, m.at) + (state && `\n${state}`)} data-state={own || m.alert ? (sealed ? "sealed" : "stored") : undefined}>
          {clock(i, m.at)}
        </time>
        <bdi className="author" title={m.author_uri}>
          {m.bot && <Icon name="bot" title={i.t("bot")} />}
          {inert(m.author_name)}
        </bdi>
        <div className="body">
          {m.alert && (
            <strong className="alert-mark">
              <Icon name="alert" />
              {i.t("alert")}
            </strong>
          )}
          <Body message={m} me={me} />
          {m.changed && <span className="changed">{i.t("replaced")}</span>}
        </div>
        {active && <MessageTools message={m} sealed={sealed} />}
      </article>
    </div>
  );
});
