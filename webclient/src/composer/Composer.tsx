import { memo, useEffect, useId, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useSignal } from "../api/use";
import type { Room } from "../api/types";
import { add, takeDone, uploads, type Objection } from "../files/uploads";
import { UploadTray } from "../files/UploadTray";
import { useI18n, type I18n } from "../i18n/i18n";
import { bytes } from "../i18n/time";
import { session } from "../session/session";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { complete, namingAt, type Naming } from "./complete";
import { drafts, draftsLoaded, write } from "./drafts";
import { send } from "./outbox";
import { useNaming } from "./useNaming";

interface Props {
  room: Room;
  dropped: { files: File[]; n: number }; // on the room; another n is another drop
  autoFocus: boolean;
}

const size = (s: string) => new TextEncoder().encode(s).length;

function objectionText(i: I18n, name: string, o: Objection): string {
  switch (o.is) {
    case "size":
      return i.t("tooLarge", { name, most: bytes(i, o.most) });
    case "type":
      return i.t("wrongType", { name, types: o.types.join(", ") });
    default:
      return i.t(`file-${o.is}`, { name });
  }
}

/** Where one writes. What stands here is the room's draft. */
export const Composer = memo(function Composer({ room, dropped, autoFocus }: Props) {
  const i = useI18n();
  const { t } = i;
  const draft = useSignal(drafts).get(room.guid);
  const loaded = useSignal(draftsLoaded);
  const [text, setText] = useState(draft?.text ?? "");
  const [title, setTitle] = useState<string>(); // of a story
  const [alert, setAlert] = useState(false);
  const [naming, setNaming] = useState<Naming>();
  const [refused, setRefused] = useState<{ name: string; why: Objection }[]>([]);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const caret = useRef(draft?.caret); // where it is to be put
  const list = useId();
  const names = useNaming(room.guid, naming);
  const here = useSignal(uploads).filter((u) => u.room === room.guid);

  // A draft from another device, or from before, when it is not what stands here already.
  const known = useRef(text);
  useEffect(() => {
    const theirs = draft?.text ?? "";
    if (!loaded || theirs === known.current) return;
    known.current = theirs;
    setText(theirs);
    caret.current = draft?.caret ?? theirs.length;
  }, [draft, loaded]);
  useLayoutEffect(() => {
    const a = area.current;
    if (!a) return;
    a.style.height = "0";
    a.style.height = `${Math.min(a.scrollHeight, 240)}px`;
    if (caret.current === undefined) return;
    a.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [text]);
  useEffect(() => {
    if (autoFocus) area.current?.focus();
  }, [autoFocus]);
  useEffect(() => {
    if (dropped.files.length) setRefused(add(room, dropped.files));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once a drop, not when the room's counts change
  }, [dropped.n]);

  const limits = session().limits;
  const story = title !== undefined;
  const limit = story ? limits.story_bytes : limits.message_bytes;
  const used = size(text);
  const tooLong = limit > 0 && used > limit;
  const uploading = here.some((u) => u.state === "uploading");
  const ready = here.some((u) => u.state === "done");
  const canSend = !tooLong && !uploading && (text.trim() !== "" || ready) && (!story || title.trim() !== "");

  const change = (s: string, at: number) => {
    known.current = s;
    setText(s);
    write(room.guid, s, at);
    setNaming(namingAt(s, at));
  };
  const submit = () => {
    if (!canSend) return;
    const files = takeDone(room.guid);
    send(room.guid, { text: text.trim(), ...(story && { title: title.trim() }), ...(alert && { alert }), ...(files.length && { files: files.map((f) => f.id) }) }, files);
    change("", 0);
    setTitle(undefined);
    setAlert(false);
    setRefused([]);
    area.current?.focus();
  };
  const pick = (k: number) => {
    const p = names.people[k];
    if (!p || !naming) return;
    const [s, at] = complete(text, naming, p.display_name);
    change(s, at);
    caret.current = at;
    setNaming(undefined);
    area.current?.focus();
  };
  const onKeyDown = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.nativeEvent.isComposing) return;
    if (naming && names.people.length) {
      const move = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
      if (move || e.key === "Enter" || e.key === "Tab" || e.key === "Escape") {
        e.preventDefault();
        e.stopPropagation();
        if (move) names.choose(names.chosen + move);
        else if (e.key === "Escape") setNaming(undefined);
        else pick(names.chosen);
        return;
      }
    }
    if (e.key === "Enter" && !e.shiftKey && !e.altKey && (!story || e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      submit();
    }
  };
  const onPaste = (e: ClipboardEvent) => {
    const files = [...e.clipboardData.files];
    if (files.length === 0) return;
    e.preventDefault();
    setRefused(add(room, files));
  };

  return (
    <form
      className={`composer${alert ? " alert" : ""}`}
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      {refused.map((r) => (
        <p key={r.name} className="objection" role="alert">
          <Icon name="alert" />
          <bdi>{objectionText(i, r.name, r.why)}</bdi>
          <IconButton icon="close" label={t("dismiss")} onClick={() => setRefused(refused.filter((x) => x !== r))} />
        </p>
      ))}
      <UploadTray uploads={here} />
      {story && <input className="title" dir="auto" value={title} maxLength={256} placeholder={t("storyTitle")} aria-label={t("storyTitle")} autoFocus onChange={(e) => setTitle(e.target.value)} />}
      {naming && names.people.length > 0 && (
        <ul className="names" role="listbox" id={list} aria-label={t("peopleToName")}>
          {names.people.map((p, k) => (
            <li key={p.guid} id={`${list}-${k}`} role="option" aria-selected={k === names.chosen} onPointerDown={(e) => e.preventDefault()} onClick={() => pick(k)}>
              <bdi>{p.display_name}</bdi> <span className="dim">{p.name}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="line">
        <textarea
          ref={area}
          dir="auto"
          rows={1}
          value={text}
          placeholder={t("writeIn", { room: room.name })}
          aria-label={t("writeIn", { room: room.name })}
          aria-autocomplete="list"
          aria-controls={naming ? list : undefined}
          aria-activedescendant={naming && names.people.length ? `${list}-${names.chosen}` : undefined}
          data-composer={room.guid}
          onChange={(e) => change(e.target.value, e.target.selectionStart)}
          onSelect={(e) => setNaming(namingAt(text, e.currentTarget.selectionStart))}
          onBlur={() => setNaming(undefined)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <div className="actions">
          {room.files && room.may.upload && (
            <>
              <input ref={picker} type="file" multiple hidden onChange={(e) => { setRefused(add(room, [...(e.target.files ?? [])])); e.target.value = ""; }} />
              <IconButton icon="clip" label={t("attach")} onClick={() => picker.current?.click()} />
            </>
          )}
          <IconButton icon="story" label={t("story")} pressed={story} onClick={() => setTitle(story ? undefined : "")} />
          <IconButton icon="alert" label={t("asAlert")} pressed={alert} onClick={() => setAlert(!alert)} />
          <Button look="primary" icon="send" type="submit" disabled={!canSend} aria-label={t("post")} title={t("post")} className="send" />
        </div>
      </div>
      {(tooLong || used > limit * 0.8) && limit > 0 && (
        <p className={tooLong ? "length over" : "length"} role={tooLong ? "alert" : undefined}>
          {t(tooLong ? "tooLong" : "length", { n: used, limit })}
          {tooLong && !story && used <= limits.story_bytes && (
            <Button look="quiet" icon="story" onClick={() => setTitle("")}>
              {t("makeStory")}
            </Button>
          )}
        </p>
      )}
    </form>
  );
});
