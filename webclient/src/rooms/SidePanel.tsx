import { useLayoutEffect, useState } from "react";
import { FilesPanel } from "../files/FilesPanel";
import { useT } from "../i18n/i18n";
import { PeoplePanel } from "../people/PeoplePanel";
import type { Room } from "../api/types";
import { Boundary } from "../ui/Boundary";
import { Button, IconButton } from "../ui/Button";
import { Empty } from "../ui/Empty";

/** What stands beside a room's history: its people, its files, its add-in. */
export default function SidePanel({ name, room, onClose }: { name: string; room: Room; onClose: () => void }) {
  const t = useT();
  const title = name === "addin" ? (room.addin?.name ?? "") : t(name === "files" ? "files" : "inRoom");
  return (
    <aside className={`side-panel ${name}`} aria-label={title}>
      <header>
        <h3>
          <bdi>{title}</bdi>
        </h3>
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </header>
      <Boundary>
        {name === "people" && <PeoplePanel room={room} />}
        {name === "files" && <FilesPanel room={room.guid} />}
        {name === "addin" && room.addin && <Addin url={room.addin.url} title={room.addin.name} />}
      </Boundary>
    </aside>
  );
}

/** The sites of the add-ins that are open, in whatever column. */
const shown: string[] = [];

/**
 * A page of somebody else's: it is told nothing and can do nothing here. Which pages are let in was told to the browser with
 * the client's own page; one that became an add-in later takes a reload. One that leads on to another site is stopped there.
 */
function Addin({ url, title }: { url: string; title: string }) {
  const t = useT();
  const [stopped, setStopped] = useState<"new" | "elsewhere">();
  useLayoutEffect(() => {
    const origin = addressOf(url)?.origin;
    if (origin) shown.push(origin);
    const look = (e: SecurityPolicyViolationEvent) => {
      const blocked = addressOf(e.blockedURI)?.origin;
      if (e.effectiveDirective !== "frame-src" || (blocked !== origin && blocked && shown.includes(blocked))) return; // that is another one's
      // Of a page that leads on, browsers name the address that it has or the one that it had.
      setStopped(origin && e.originalPolicy.split(/[\s;]+/).includes(origin) ? "elsewhere" : "new");
    };
    document.addEventListener("securitypolicyviolation", look);
    return () => {
      document.removeEventListener("securitypolicyviolation", look);
      if (origin) shown.splice(shown.indexOf(origin), 1);
    };
  }, [url]);
  const address = addressOf(url);
  if (address?.protocol !== "https:" && address?.protocol !== "http:") return <p className="dim">{t("addinBroken")}</p>;
  if (stopped === "elsewhere") {
    return (
      <Empty icon="link" title={t("addinElsewhere")} text={t("addinElsewhereText")}>
        <a className="button primary" href={address.href} target="_blank" rel="noopener noreferrer">
          {t("addinOpen")}
        </a>
      </Empty>
    );
  }
  if (stopped) {
    const reload = () => {
      const here = new URL(location.href);
      here.searchParams.set("panel", "addin");
      location.assign(here);
    };
    return (
      <Empty icon="retry" title={t("addinNew")} text={t("addinNewText")}>
        <Button look="primary" onClick={reload}>
          {t("reload")}
        </Button>
      </Empty>
    );
  }
  return <iframe src={address.href} title={title} sandbox="allow-scripts allow-forms allow-popups" referrerPolicy="no-referrer" />;
}

function addressOf(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
