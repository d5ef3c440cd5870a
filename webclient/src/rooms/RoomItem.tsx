import { memo, type DragEvent } from "react";
import type { MyRoom } from "../api/types";
import { useT } from "../i18n/i18n";
import { openBeside, openRoom } from "../shell/columns";
import { roomPath } from "../shell/route";
import { Icon } from "../ui/icons";
import { Count } from "./Count";
import type { Group } from "./groups";
import { privacyIcon } from "./RoomHeader";

/** What is done with lines, by dragging or by keys. */
export interface Sorting {
  start: (my: MyRoom, e: DragEvent) => void;
  over: (e: DragEvent) => void;
  drop: (group: Group, index: number, e: DragEvent) => void;
  move: (my: MyRoom, group: Group, index: number) => void;
}

interface Props {
  my: MyRoom;
  group: Group;
  index: number; // in the group
  sort: Sorting;
  open: boolean;
  current: boolean;
  draft: boolean;
}

/** A room in the list. Ctrl or Command opens it as one more column; with Shift and the arrows it changes its place. */
export const RoomItem = memo(function RoomItem({ my, group, index, sort, open, current, draft }: Props) {
  const t = useT();
  const { room } = my;
  const classes = ["room-item"];
  if (my.unread > 0 && !my.muted) classes.push("has-unread");
  if (open) classes.push("open");
  if (my.muted) classes.push("is-muted");
  return (
    <a
      href={roomPath(room.guid)}
      className={classes.join(" ")}
      aria-current={current ? "page" : undefined}
      draggable
      data-room={room.guid}
      onDragStart={(e) => sort.start(my, e)}
      onDragOver={sort.over}
      onDrop={(e) => sort.drop(group, index, e)}
      onKeyDown={(e) => {
        if (!e.shiftKey || e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
        e.preventDefault();
        sort.move(my, group, Math.max(0, index + (e.key === "ArrowUp" ? -1 : 1)));
      }}
      onClick={(e) => {
        e.preventDefault();
        if (e.ctrlKey || e.metaKey) openBeside(room.guid);
        else openRoom(room.guid);
      }}
    >
      <Icon name={privacyIcon(room)} />
      <bdi className="room-name">{room.name}</bdi>
      {draft && <Icon name="pencil" title={t("draft")} />}
      {my.muted && <Icon name="mute" title={t("muted")} />}
      <Count unread={my.unread} mentions={my.mentions} muted={my.muted} />
    </a>
  );
});
