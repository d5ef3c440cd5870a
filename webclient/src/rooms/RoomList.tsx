import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useMemo, useRef, useState } from "react";
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
import { favourites, groupOf, groups, positionAt, type Group } from "./groups";
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

/** My rooms, in groups; only those lines are in the page that can be seen. */
export function RoomList() {
  const { t, collate } = useI18n();
  const all = useSignal(mine);
  const loaded = useSignal(mineLoaded);
  const written = useSignal(drafts);
  const { collapsed, unreadOnly } = useSignal(preferences);
  const active = useSignal(activeRoom);
  const route = useRoute();
  const open = useMemo(() => columnsOf(route), [route]);
  const [text, setText] = useState("");
  const typed = useDeferredValue(text);
  const scroller = useRef<HTMLDivElement>(null);
  const dragged = useRef<MyRoom>(undefined);

  const folded = useMemo(() => new Set<string>(JSON.parse(collapsed || "[]") as string[]), [collapsed]);
  const lines = useMemo(() => {
    const out: Line[] = [];
    for (const group of groups(all, { text: typed, unreadOnly: unreadOnly === "1", keep: open }, collate)) {
      const fold = folded.has(group.key) && !typed;
      out.push({ group, folded: fold });
      if (!fold) group.rooms.forEach((my, index) => out.push({ my, group, index }));
    }
    return out;
  }, [all, typed, unreadOnly, open, collate, folded]);
  const compact = useSignal(preferences).density === "compact";
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (compact ? 28 : 36),
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

  if (loaded && all.size === 0)
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
      <div className="lines" ref={scroller} role="list" aria-label={t("rooms")} tabIndex={-1}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((v) => {
            const l = lines[v.index]!;
            const group = l.group;
            return (
              <div key={v.key} className="line" role="listitem" style={{ transform: `translateY(${v.start}px)`, height: v.size }}>
                {"my" in l ? (
                  <RoomItem
                    my={l.my}
                    open={open.includes(l.my.room.guid)}
                    current={active === l.my.room.guid && open.includes(l.my.room.guid)}
                    draft={written.has(l.my.room.guid)}
                    onDragStart={(e) => {
                      dragged.current = l.my;
                      e.dataTransfer.effectAllowed = "move";
                    }}
                    onDragOver={(e) => dragged.current && e.preventDefault()}
                    onDrop={(e) => {
                      e.preventDefault();
                      if (dragged.current) move(dragged.current, group, l.index);
                      dragged.current = undefined;
                    }}
                    onMove={(by) => move(l.my, group, Math.max(0, l.index + by))}
                  />
                ) : (
                  <button
                    type="button"
                    className="group"
                    aria-expanded={!l.folded}
                    onClick={() => fold(group.key)}
                    onDragOver={(e) => dragged.current && e.preventDefault()}
                    onDrop={(e) => {
                      e.preventDefault();
                      if (dragged.current) move(dragged.current, group, 0);
                      dragged.current = undefined;
                    }}
                  >
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
            <Button
              look="quiet"
              onClick={() => {
                setText("");
                setPreference("unreadOnly", "");
              }}
            >
              {t("showAll")}
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}
