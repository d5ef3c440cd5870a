import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useSignal } from "../api/use";
import { FeedPage } from "../feeds/FeedPage";
import { useT } from "../i18n/i18n";
import { BrowsePage } from "../rooms/BrowsePage";
import { RoomColumn } from "../rooms/RoomColumn";
import { mine, mineLoaded } from "../rooms/mine";
import { SearchPage } from "../search/SearchPage";
import { SignInPage } from "../session/SignInPage";
import { findSession, standing } from "../session/session";
import { Boundary } from "../ui/Boundary";
import { Announcer } from "../ui/announce";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Banner } from "./Banner";
import { activeRoom, columnsOf, lastColumns } from "./columns";
import { preferences } from "./preferences";
import { useRoute, write, type Route } from "./route";
import { Sidebar } from "./Sidebar";
import { Switcher } from "./Switcher";
import { Help } from "./Help";
import { useKeys } from "./useKeys";
import { go } from "./route";

const SettingsPage = lazy(() => import("./SettingsPage").then((m) => ({ default: m.SettingsPage })));
const PrintPage = lazy(() => import("../history/PrintPage").then((m) => ({ default: m.PrintPage })));
const ManagePage = lazy(() => import("../manage/ManagePage"));
const AdminPage = lazy(() => import("../admin/AdminPage"));

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "search":
      return <SearchPage q={route.q} />;
    case "feed":
      return <FeedPage key={route.feed} id={route.feed} />;
    case "browse":
      return <BrowsePage />;
    case "settings":
      return <SettingsPage />;
    case "manage":
      return <ManagePage path={route.path} />;
    case "admin":
      return <AdminPage path={route.path} />;
    default:
      return null;
  }
}

/** Without a room in the address, the rooms that were open last: on a phone, the list. */
function Home() {
  const t = useT();
  const loaded = useSignal(mineLoaded);
  const all = useSignal(mine);
  const { columns } = useSignal(preferences);
  useEffect(() => {
    if (!loaded || matchMedia("(max-width: 640px)").matches) return;
    const last = lastColumns().filter((g) => all.has(g));
    const [room, ...beside] = last.length ? last : [[...all.values()].sort((a, b) => b.unread - a.unread)[0]?.room.guid ?? ""];
    if (room) go({ page: "room", room, beside, alone: false }, true);
  }, [loaded, all, columns]);
  return (
    <section className="page" aria-label={t("rooms")}>
      {loaded && <Empty icon="room" title={t("welcome")} text={t("welcomeText")} />}
    </section>
  );
}

function Columns({ route }: { route: Extract<Route, { page: "room" }> }) {
  const rooms = columnsOf(route);
  const first = rooms[0] ?? "";
  const active = useSignal(activeRoom);
  useEffect(() => {
    if (!rooms.includes(active)) activeRoom.set(first);
  });
  return (
    <div className="columns" data-count={rooms.length}>
      {rooms.map((g) => (
        <Boundary key={g}>
          <RoomColumn guid={g} message={g === route.room ? route.message : undefined} panel={g === route.room ? route.panel : undefined} alone={route.alone} closable={rooms.length > 1} />
        </Boundary>
      ))}
    </div>
  );
}

function SignedIn() {
  const t = useT();
  const route = useRoute();
  const [dialog, setDialog] = useState<"" | "switcher" | "help">("");
  const open = useCallback((d: "switcher" | "help") => setDialog(d), []);
  useKeys(open);
  const close = () => setDialog("");
  if (route.page === "print")
    return (
      <Suspense>
        <PrintPage {...route} />
      </Suspense>
    );
  const alone = route.page === "room" && route.alone;
  return (
    <div className={`shell${alone ? " alone" : ""}`} data-page={route.page}>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      {!alone && (
        <Boundary>
          <Sidebar onSwitcher={() => setDialog("switcher")} onHelp={() => setDialog("help")} />
        </Boundary>
      )}
      <main id="main" tabIndex={-1}>
        {(route.page === "room" || route.page === "home") && <h1 className="unseen">{t("rooms")}</h1>}
        <Banner />
        <Boundary of={write(route)}>
          <Suspense fallback={<div className="page" aria-busy="true" />}>{route.page === "room" ? <Columns route={route} /> : route.page === "home" ? <Home /> : <Page route={route} />}</Suspense>
        </Boundary>
      </main>
      <Boundary of={dialog}>
        {dialog === "switcher" && <Switcher onClose={close} />}
        {dialog === "help" && <Help onClose={close} />}
      </Boundary>
      <Announcer />
    </div>
  );
}

export function App() {
  const t = useT();
  const s = useSignal(standing);
  switch (s.is) {
    case "in":
      return <SignedIn key={s.session.me.guid} />;
    case "out":
      return <SignInPage why={s.why} user={s.user} />;
    case "unreachable":
      return (
        <Empty icon="clock" title={t("unreachable")}>
          <Button look="primary" icon="retry" onClick={() => void findSession()}>
            {t("tryNow")}
          </Button>
        </Empty>
      );
    default:
      return null;
  }
}
