import { memo } from "react";
import type { MyRoom } from "../api/types";
import { useT } from "../i18n/i18n";
import { openBeside, openRoom } from "../shell/columns";
import { roomPath } from "../shell/route";
import { Icon } from "../ui/icons";
import { Count } from "./Count";
import { privacyIcon } from "./RoomHeader";

interface Props {
  my: MyRoom;
  open: boolean;
  current: boolean;
  draft: boolean;
}

/** A room in the list. Ctrl or Command opens it as one more column. */
export const RoomItem = memo(function RoomItem({ my, open, current, draft }: Props) {
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
