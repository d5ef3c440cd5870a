import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useDeferredValue, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { useSignal } from "../api/use";
import type { MyRoom } from "../api/types";
import { drafts } from "../composer/drafts";
import { useI18n } from "../i18n/i18n";
import { activeRoom, columnsOf } from "../shell/columns";
import { preferences, setPreference } from "../shell/preferences";
import { useRoute } from "../shell/route";
import { Button, IconButton } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/icons";
import { Link } from "../ui/Link";
import { Count } from "./Count";
import { favourites, groupOf, groups, ordered, positionAt, type Group } from "./groups";
import { mine, mineLoaded, setMine } from "./mine";
import { RoomItem } from "./RoomItem";

type Line = { group: Group; folded: boolean } | { my: MyRoom; group: Group; index: number };

/** Puts a room at an index of a group, or into it. */
function move(my: MyRoom, group: Group, index: number): void {
  const others = group.rooms.filter((m) => m.room.guid !== my.room.guid);
  const { position, spread } = positionAt(others, index);
  if (spread) others.forEach((m, i) => void setMine(m.room.guid, { position: (i < index ? i : i + 1) + 1 }));
  const to = group.key === favourites ? { favourite: true } : groupOf(my) === group.key ? {} : { favourite: false, group: group.key === my.room.category ? "" : group.key };
  void setMine(my.room.guid, { ...to, position: spread ? index + 1 : position });
}

/** What lines do when rooms are dragged over them, and when a room is moved by Shift and the arrows. */
function sorting() {
  let dragged: MyRoom | undefined;
  const over = {
    onDragOver: (e: DragEvent) => {
      if (dragged) e.preventDefault();
    },
    onDrop: (group: Group, index: number) => (e: DragEvent) => {
      e.preventDefault();
      if (dragged) move(dragged, group, index);
      dragged = undefined;
    },
  };
  return {
    group: (g: Group) => ({ ...over, onDrop: over.onDrop(g, 0) }),
    room: (my: MyRoom, g: Group, index: number) => ({
      ...over,
      onDrop: over.onDrop(g, index),
      onDragStart: (e: DragEvent) => {
        dragged = my;
        e.dataTransfer.effectAllowed = "move";
      },
      onKeyDown: (e: KeyboardEvent) => {
        if (!e.shiftKey || e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
        e.preventDefault();
        move(my, g, Math.max(0, index + (e.key === "ArrowUp" ? -1 : 1)));
      },
    }),
  };
}

/** My rooms, in groups, as far as they pass what is typed. */
export function RoomList() {
  const { t } = useI18n();
  const none = useSignal(mine).size === 0;
  const loaded = useSignal(mineLoaded);
  const { unreadOnly } = useSignal(preferences);
  const [text, setText] = useState("");
  const typed = useDeferredValue(text); // a key shows in the field before the list is made anew
  const showAll = useCallback(() => {
    setText("");
    setPreference("unreadOnly", "");
  }, []);
  if (none && loaded)
    return (
      <Empty icon="room" title={t("noRooms")} text={t("noRoomsText")}>
        <Link className="button primary" to="/browse">
          <Icon name="search" />
          {t("findRooms")}
        </Link>
      </Empty>
    );
  return (
    <div className="room-list">
      <div className="list-filter">
        <input type="search" dir="auto" value={text} placeholder={t("filterRooms")} aria-label={t("filterRooms")} onChange={(e) => setText(e.target.value)} />
        <IconButton icon="unread" label={t("unreadOnly")} pressed={unreadOnly === "1"} onClick={() => setPreference("unreadOnly", unreadOnly ? "" : "1")} />
      </div>
      <Lines typed={typed} onShowAll={showAll} />
    </div>
  );
}

/** The lines of the list; only those are in the page that can be seen. */
const Lines = memo(function Lines({ typed, onShowAll }: { typed: string; onShowAll: () => void }) {
  const { t, collate } = useI18n();
  const all = useSignal(mine);
  const loaded = useSignal(mineLoaded);
  const written = useSignal(drafts);
  const { collapsed, unreadOnly, density } = useSignal(preferences);
  const active = useSignal(activeRoom);
  const route = useRoute();
  const open = useMemo(() => columnsOf(route), [route]);
  const scroller = useRef<HTMLDivElement>(null);
  const [sort] = useState(sorting);

  const folded = useMemo(() => new Set<string>(JSON.parse(collapsed || "[]") as string[]), [collapsed]);
  const inOrder = useMemo(() => ordered(all, collate), [all, collate]);
  const lines = useMemo(() => {
    const out: Line[] = [];
    for (const group of groups(inOrder, { text: typed, unreadOnly: unreadOnly === "1", keep: open }, collate)) {
      const fold = folded.has(group.key) && !typed;
      out.push({ group, folded: fold });
      if (!fold) group.rooms.forEach((my, index) => out.push({ my, group, index }));
    }
    return out;
  }, [inOrder, typed, unreadOnly, open, collate, folded]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (density === "compact" ? 28 : 36),
    overscan: 8,
    getItemKey: (i) => {
      const l = lines[i]!;
      return "my" in l ? l.my.room.guid : "#" + l.group.key;
    },
  });
  const fold = (key: string) => {
    const next = new Set(folded);
    if (!next.delete(key)) next.add(key);
    setPreference("collapsed", JSON.stringify([...next]));
  };
  return (
    <div className="lines" ref={scroller} role="list" aria-label={t("rooms")} tabIndex={-1}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((v) => {
          const l = lines[v.index]!;
          const group = l.group;
          return (
            <div
              key={v.key} className="line" role="listitem" style={{ transform: `translateY(${v.start}px)`, height: v.size }}
              {...("my" in l ? sort.room(l.my, group, l.index) : sort.group(group))}
            >
              {"my" in l ? (
                <RoomItem
                  my={l.my}
                  open={open.includes(l.my.room.guid)}
                  current={active === l.my.room.guid && open.includes(l.my.room.guid)}
                  draft={written.has(l.my.room.guid)}
                />
              ) : (
                <button type="button" className="group" aria-expanded={!l.folded} onClick={() => fold(group.key)}>
                  <Icon name="chevron" />
                  <bdi>{group.name || t("favourites")}</bdi>
                  {l.folded && <Count unread={group.unread} mentions={group.mentions} />}
                </button>
              )}
            </div>
          );
        })}
      </div>
      {loaded && lines.length === 0 && (
        <p className="dim none">
          {t("nothingPasses")}
          <Button look="quiet" onClick={onShowAll}>
            {t("showAll")}
          </Button>
        </p>
      )}
    </div>
  );
});
