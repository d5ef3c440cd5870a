import { useSignal } from "../api/use";
import { useT } from "../i18n/i18n";
import { roomPath } from "../shell/route";
import { Link } from "../ui/Link";
import { Icon } from "../ui/icons";
import { mine } from "./mine";

/** A link to a room, by its name if I follow it. */
export function RoomLink({ room }: { room: string }) {
  const t = useT();
  const m = useSignal(mine).get(room);
  return (
    <Link to={roomPath(room)} className="room-link">
      <Icon name="room" />
      <bdi>{m?.room.name ?? t("aRoom")}</bdi>
    </Link>
  );
}
