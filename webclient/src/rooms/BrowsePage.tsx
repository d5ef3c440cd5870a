import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { get } from "../api/call";
import type { Category, Room, RoomList } from "../api/types";
import { useSignal } from "../api/use";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { openRoom } from "../shell/columns";
import { go, roomPath } from "../shell/route";
import { Button, IconButton } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Icon } from "../ui/icons";
import { Link } from "../ui/Link";
import { invitations, mine, setMine } from "./mine";
import { privacyIcon } from "./RoomHeader";

const most = 200;

/** All rooms that I may see: to look into, and to follow. */
export function BrowsePage() {
  const i = useI18n();
  const { t } = i;
  const [typed, setTyped] = useState("");
  const [category, setCategory] = useState("");
  const search = useDeferredValue(typed.trim());
  const all = useSignal(mine);
  const invited = useSignal(invitations).filter((x) => !all.has(x.room.guid));
  const categories = useQuery({ queryKey: ["categories"], queryFn: ({ signal }) => get<Category[]>("/categories", {}, signal) });
  const q = useQuery({
    queryKey: ["rooms", search, category],
    queryFn: ({ signal }) => get<RoomList>("/rooms", { limit: most, ...(search && { search }), ...(category && { category }) }, signal),
    placeholderData: (before) => before,
  });
  const rooms = q.data?.rooms ?? [];
  return (
    <section className="page" aria-label={t("findRooms")}>
      <header className="page-header">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>{t("findRooms")}</h1>
        {categories.data?.some((c) => c.may_create) && (
          <Link className="button" to="/manage/new">
            <Icon name="plus" />
            {t("createRoom")}
          </Link>
        )}
      </header>
      {invited.length > 0 && (
        <section className="invited">
          <h2>{t("invitations")}</h2>
          <ul className="cards">{invited.map((x) => <RoomCard key={x.id} room={x.room} followed={false} />)}</ul>
        </section>
      )}
      <div className="search-line">
        <input type="search" dir="auto" autoFocus value={typed} placeholder={t("browseHint")} aria-label={t("browseHint")} onChange={(e) => setTyped(e.target.value)} />
        {(categories.data?.length ?? 0) > 1 && (
          <select value={category} aria-label={t("category")} onChange={(e) => setCategory(e.target.value)}>
            <option value="">{t("allCategories")}</option>
            {categories.data?.map((c) => (
              <option key={c.guid} value={c.guid}>
                {c.name}
              </option>
            ))}
          </select>
        )}
      </div>
      {q.error && <p className="error">{refusalText(i, q.error)}</p>}
      {q.isSuccess && rooms.length === 0 && <Empty icon="search" title={t("noRoomFound")} text={t("noRoomFoundText")} />}
      <ul className="cards">
        {rooms.map((r) => (
          <RoomCard key={r.guid} room={r} followed={all.has(r.guid)} />
        ))}
      </ul>
      {q.data?.more && <p className="dim">{t("moreRooms")}</p>}
    </section>
  );
}

function RoomCard({ room, followed }: { room: Room; followed: boolean }) {
  const { t } = useI18n();
  return (
    <li className="card">
      <Icon name={privacyIcon(room)} title={t(room.type === "auditorium" ? "auditorium" : room.privacy)} />
      <div>
        <Link
          to={roomPath(room.guid)}
          onClick={(e) => {
            if (e.ctrlKey || e.metaKey) return;
            e.preventDefault();
            openRoom(room.guid);
          }}
        >
          <bdi>{room.name}</bdi>
        </Link>
        <p className="dim">
          <bdi>{room.description || room.category}</bdi>
        </p>
      </div>
      <span className="dim people-count">
        <Icon name="people" title={t("people", { n: room.participants })} />
        {room.participants}
      </span>
      {room.may.join ? (
        <Button look={followed ? "plain" : "primary"} aria-pressed={followed} onClick={() => void setMine(room.guid, { followed: !followed })}>
          {t(followed ? "unfollow" : "follow")}
        </Button>
      ) : (
        <span className="dim">{t("membersOnly")}</span>
      )}
    </li>
  );
}
