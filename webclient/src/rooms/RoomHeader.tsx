import { memo, useState } from "react";
import type { MyRoom, Room } from "../api/types";
import { useT } from "../i18n/i18n";
import { closeColumn, popOut } from "../shell/columns";
import { go } from "../shell/route";
import { IconButton } from "../ui/Button";
import { Icon, type IconName } from "../ui/icons";
import { Menu, type MenuItem } from "../ui/Menu";
import { JumpDialog } from "../history/JumpDialog";
import { PrintDialog } from "../history/PrintDialog";
import { setMine } from "./mine";

interface Props {
  room: Room;
  my: MyRoom | undefined;
  panel: string;
  alone: boolean;
  closable: boolean;
  onPanel: (name: string) => void;
  onJump: (d: Date) => void;
  onFirst: () => void;
}

export const privacyIcon = (r: Room): IconName => (r.type === "auditorium" ? "megaphone" : r.privacy === "secret" ? "secret" : r.privacy === "closed" ? "lock" : "room");

export const RoomHeader = memo(function RoomHeader({ room, my, panel, alone, closable, onPanel, onJump, onFirst }: Props) {
  const t = useT();
  const [dialog, setDialog] = useState<"" | "jump" | "print">("");
  const items: MenuItem[] = [
    ...(my
      ? [
          { icon: "star" as const, text: t(my.favourite ? "notFavourite" : "favourite"), act: () => void setMine(room.guid, { favourite: !my.favourite }) },
          { icon: "mute" as const, text: t(my.muted ? "unmute" : "mute"), act: () => void setMine(room.guid, { muted: !my.muted }) },
          { icon: "close" as const, text: t("unfollow"), act: () => void setMine(room.guid, { followed: false }) },
        ]
      : []),
    { icon: "search", text: t("searchHere"), act: () => go({ page: "search", q: `in:"${room.name}" ` }) },
    { icon: "print", text: t("print"), act: () => setDialog("print") },
    ...(alone ? [] : [{ icon: "popout" as const, text: t("popOut"), act: () => popOut(room.guid) }]),
    ...(room.may.manage ? [{ icon: "settings" as const, text: t("manageRoom"), act: () => go({ page: "manage", path: `/manage/${room.guid}` }) }] : []),
  ];
  const toggle = (name: string, icon: IconName, label: string) => <IconButton icon={icon} label={label} pressed={panel === name} onClick={() => onPanel(panel === name ? "" : name)} />;
  return (
    <header className="room-header">
      {!alone && <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />}
      <div className="room-title">
        <h2 title={room.description || undefined}>
          <Icon name={privacyIcon(room)} title={t(room.type === "auditorium" ? "auditorium" : room.privacy)} />
          <bdi>{room.name}</bdi>
        </h2>
        {room.description && (
          <p className="description">
            <bdi>{room.description}</bdi>
          </p>
        )}
      </div>
      <div className="room-actions">
        {toggle("people", "people", t("people", { n: room.participants }))}
        {room.addin && toggle("addin", "addin", room.addin.name)}
        {room.files && toggle("files", "files", t("files"))}
        <IconButton icon="calendar" label={t("jumpToDate")} onClick={() => setDialog("jump")} />
        <Menu icon="more" label={t("more")} items={items} />
        {closable && <IconButton icon="close" label={t("closeColumn")} className="not-phone" onClick={() => closeColumn(room.guid)} />}
      </div>
      {dialog === "jump" && <JumpDialog onClose={() => setDialog("")} onJump={onJump} onFirst={onFirst} />}
      {dialog === "print" && <PrintDialog room={room.guid} onClose={() => setDialog("")} />}
    </header>
  );
});
