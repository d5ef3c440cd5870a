import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSignal } from "../api/use";
import { Composer } from "../composer/Composer";
import { outbox } from "../composer/outbox";
import { listen, showRoom } from "../events/events";
import { HistoryView } from "../history/HistoryView";
import { useLog } from "../history/logs";
import { inert, plain } from "../history/parse";
import { markRead } from "../history/read";
import { useT } from "../i18n/i18n";
import { session } from "../session/session";
import { activeRoom, columnActions } from "../shell/columns";
import { announce } from "../ui/announce";
import { Boundary } from "../ui/Boundary";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { DropZone } from "../files/DropZone";
import { Marks } from "./Marks";
import { mineLoaded, setMine } from "./mine";
import { RoomHeader } from "./RoomHeader";
import { useOpening } from "./useOpening";
import { useRoom } from "./useRoom";

const SidePanel = lazy(() => import("./SidePanel"));

interface Props {
  guid: string;
  message?: number | undefined;
  panel?: string | undefined;
  alone: boolean;
  closable: boolean;
}

/** One room: what it is, its history, where one writes. */
export function RoomColumn({ guid, message, panel: first, alone, closable }: Props) {
  const t = useT();
  const { room, my, refused } = useRoom(guid);
  const [log, state] = useLog(guid);
  const [panel, setPanel] = useState(first ?? "");
  const [dropped, setDropped] = useState({ files: [] as File[], n: 0 });
  const active = useSignal(activeRoom) === guid;
  const known = useSignal(mineLoaded); // before that nobody knows where I have read to
  const opening = useOpening(log, message, my, !!room?.may.read && known && !state.refused);
  const pending = useSignal(outbox);
  const mine = useMemo(() => pending.filter((p) => p.room === guid), [pending, guid]);
  const who = session().me;
  const me = useMemo(() => ({ guid: who.guid, names: [who.display_name, who.name] }), [who]);
  const { clearDivider, goTo } = opening;

  const followed = !!my;
  const head = useRef(0);
  head.current = my?.room.head ?? 0;
  useEffect(() => (followed || !known ? undefined : showRoom(guid)), [guid, followed, known]); // the server joins by itself what I follow
  const onRead = useCallback((upTo: number) => followed && markRead(guid, upTo), [guid, followed]);
  const section = useRef<HTMLElement>(null);

  useEffect(() => {
    const write = () => section.current?.querySelector("textarea")?.focus();
    columnActions.set(guid, {
      write,
      panel: setPanel,
      markRead: () => {
        clearDivider();
        markRead(guid, Math.max(log.state.get().segments.head, head.current)); // the history may still be on its way
      },
    });
    return () => void columnActions.delete(guid);
  }, [guid, log, clearDivider]);

  useEffect(
    () =>
      listen("message", (f) => {
        const m = f.message;
        if (!m || m.room !== guid || m.author === who.guid || activeRoom.get() !== guid) return;
        announce(`${m.alert ? t("alert") + ": " : ""}${inert(m.author_name)}: ${plain(m.text).slice(0, 300)}`);
      }),
    [guid, who, t],
  );

  const jump = useCallback((d: Date) => void log.jumpToTime(d).then((id) => (id ? goTo(id, "top") : announce(t("nothingThen")))), [log, goTo, t]);
  const toFirst = useCallback(() => void log.jump(Math.max(1, log.state.get().segments.first)).then(() => goTo(log.stretch()?.messages[0]?.id ?? 1, "top")), [log, goTo]);

  if (refused || state.refused) return <Refused guid={guid} removed={state.refused?.code === "removed"} />;
  if (!room) return <section className="column loading" aria-busy="true" aria-label={t("loading")} />;

  const isEmpty = state.loaded && state.segments.head === 0 && mine.length === 0;
  return (
    <section ref={section} className={`column${active ? " active" : ""}`} aria-label={room.name} data-room={guid} onFocus={() => activeRoom.set(guid)} onPointerDown={() => activeRoom.set(guid)}>
      <RoomHeader room={room} my={my} panel={panel} alone={alone} closable={closable} onPanel={setPanel} onJump={jump} onFirst={toFirst} />
      <Marks room={room} />
      <div className="room-main">
        <DropZone enabled={room.files && room.may.upload} onDrop={(files) => setDropped({ files, n: dropped.n + 1 })}>
          {room.may.read ? (
            <Boundary>
              <HistoryView key={guid} log={log} state={state} name={room.name} me={me} myName={who.display_name} pending={mine} divider={opening.divider} goal={opening.goal} target={opening.target} there={opening.there} read={my?.read ?? 0} onRead={onRead} />
            </Boundary>
          ) : (
            <Empty icon="lock" title={t("mayNotRead")} text={t("askManager")} />
          )}
          {isEmpty && <Empty icon="room" title={t("emptyRoom")} text={room.may.post ? t("emptyRoomText") : ""} />}
          {!my && room.may.join && (
            <p className="follow-bar">
              <span>{t("notFollowed")}</span>
              <Button look="primary" icon="plus" onClick={() => void setMine(guid, { followed: true })}>
                {t("follow")}
              </Button>
            </p>
          )}
          {room.may.post ? <Composer key={guid} room={room} dropped={dropped} autoFocus={active && matchMedia("(pointer: fine)").matches} /> : <p className="no-posting">{t(room.type === "auditorium" ? "presentersPost" : "mayNotPost")}</p>}
        </DropZone>
        {panel && (
          <Suspense fallback={<aside className="side-panel" aria-busy="true" />}>
            <SidePanel key={panel} name={panel} room={room} onClose={() => setPanel("")} />
          </Suspense>
        )}
      </div>
    </section>
  );
}

function Refused({ guid, removed }: { guid: string; removed: boolean }) {
  const t = useT();
  return (
    <section className="column" data-room={guid} aria-label={t("noSuchRoom")}>
      <Empty icon="lock" title={t(removed ? "removed" : "noSuchRoom")} text={t("noSuchRoomText")} />
    </section>
  );
}
