import { FilesPanel } from "../files/FilesPanel";
import { useT } from "../i18n/i18n";
import { PeoplePanel } from "../people/PeoplePanel";
import type { Room } from "../api/types";
import { IconButton } from "../ui/Button";

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
      {name === "people" && <PeoplePanel room={room} />}
      {name === "files" && <FilesPanel room={room.guid} />}
      {name === "addin" && room.addin && <Addin url={room.addin.url} title={room.addin.name} />}
    </aside>
  );
}

/** A page of somebody else's: it is told nothing and can do nothing here. */
function Addin({ url, title }: { url: string; title: string }) {
  const t = useT();
  let safe: string | undefined;
  try {
    const u = new URL(url);
    if (u.protocol === "https:" || u.protocol === "http:") safe = u.href;
  } catch {
    // Not an address: nothing is shown.
  }
  if (!safe) return <p className="dim">{t("addinBroken")}</p>;
  return <iframe src={safe} title={title} sandbox="allow-scripts allow-forms allow-popups" referrerPolicy="no-referrer" />;
}
