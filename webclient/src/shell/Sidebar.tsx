import { useSignal } from "../api/use";
import { FeedList } from "../feeds/FeedList";
import { useT } from "../i18n/i18n";
import { PresenceMark } from "../people/PresenceMark";
import { usePresence } from "../people/presence";
import { RoomList } from "../rooms/RoomList";
import { mine, invitations } from "../rooms/mine";
import { session, signOut } from "../session/session";
import { Icon, type IconName } from "../ui/icons";
import { Link } from "../ui/Link";
import { Menu, type MenuItem } from "../ui/Menu";
import { isMac } from "./keys";
import { go, useRoute } from "./route";

interface Props {
  onSwitcher: () => void;
  onHelp: () => void;
}

function Entry({ to, icon, text, badge, current }: { to: string; icon: IconName; text: string; badge?: number; current: boolean }) {
  return (
    <Link to={to} className="entry" aria-current={current ? "page" : undefined}>
      <Icon name={icon} />
      <span>{text}</span>
      {!!badge && <span className="count unread">{badge}</span>}
    </Link>
  );
}

/** Where one can go. */
export function Sidebar({ onSwitcher, onHelp }: Props) {
  const t = useT();
  const { me, duties } = session();
  const state = usePresence([me.guid])(me.guid).state;
  const { page } = useRoute();
  const rooms = useSignal(mine);
  const invited = useSignal(invitations).filter((i) => !rooms.has(i.room.guid)).length;
  const items: MenuItem[] = [
    { icon: "settings", text: t("settings"), act: () => go({ page: "settings" }) },
    { icon: "room", text: t("manageRooms"), act: () => go({ page: "manage", path: "/manage" }) },
    ...(duties.length ? [{ icon: "shield" as const, text: t("administration"), act: () => go({ page: "admin", path: "/admin" }) }] : []),
    { icon: "help", text: t("keys"), act: onHelp },
    { icon: "out", text: t("signOut"), act: () => void signOut(false).catch(() => undefined) },
  ];
  return (
    <nav className="sidebar" aria-label={t("navigation")}>
      <header>
        <PresenceMark state={state} quiet />
        <bdi className="my-name" title={me.uri}>
          {me.display_name}
        </bdi>
        <Menu icon="more" label={t("more")} items={items} />
      </header>
      <button type="button" className="find" onClick={onSwitcher}>
        <Icon name="search" />
        <span>{t("switcherButton")}</span>
        <kbd dir="ltr">{isMac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <div className="entries">
        <Entry to="/search" icon="search" text={t("search")} current={page === "search"} />
        <FeedList />
        <Entry to="/browse" icon="room" text={t("findRooms")} badge={invited} current={page === "browse"} />
      </div>
      <RoomList />
    </nav>
  );
}
