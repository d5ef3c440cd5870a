// How the server does, at a glance.
import { Asked } from "../desk/Asked";
import { Facts, Section } from "../desk/field";
import { Link } from "../ui/Link";
import { useI18n } from "../i18n/i18n";
import { bytes, dateTime } from "../i18n/time";
import { Trouble } from "./Archive";
import { useAsked, useWatched } from "./ask";
import { useWords, type Key } from "./catalogue";

const tiles = [
  ["users", "/admin/users"], ["categories", "/admin/categories"], ["rooms", "/admin/rooms"], ["live_rooms", ""], ["sessions", ""], ["participants", ""], ["connections", ""], ["posts", "/admin/usage"],
] as const;

export function Overview() {
  const w = useWords();
  const i = useI18n();
  const status = useWatched("status");
  const archive = useWatched("archiveStatus");
  const pool = useAsked("showPool");
  return (
    <>
      <Asked of={status}>
        {(s) => (
          <>
            <ul className="desk-tiles">
              {tiles.map(([key, to]) => (
                <li key={key}>
                  <strong>{s[key].toLocaleString(i.locale)}</strong>
                  {to ? <Link to={to}>{w(`tile_${key}` as Key)}</Link> : <span>{w(`tile_${key}` as Key)}</span>}
                </li>
              ))}
            </ul>
            <Section title={w("server")}>
              <Facts
                of={[
                  [w("domain"), s.domain],
                  [w("version"), s.version],
                  [w("started"), dateTime(i, s.started)],
                  [w("memory"), bytes(i, s.memory_bytes)],
                  [w("dialogs"), String(s.dialogs)],
                  [w("process"), String(s.pid)],
                ]}
              />
            </Section>
            <Section title={w("store")}>
              <Facts of={[[w("journalHead"), s.journal_head.toLocaleString(i.locale)], [w("waitingCommits"), String(s.waiting)]]} />
              {s.waiting > 1000 && <p className="desk-note warn">{w("storeSlow")}</p>}
            </Section>
          </>
        )}
      </Asked>
      <Section title={w("archive")}>
        <Asked of={archive}>
          {(a) =>
            a.enabled ? (
              <>
                <Trouble of={a} />
                <Facts
                  of={[
                    [w("archivedUpTo"), w("entriesOf", { n: a.kept, all: a.journal })],
                    [w("lag"), w("seconds", { n: Math.round(a.lag_seconds) })],
                    [w("adapters"), a.adapters?.join(", ")],
                    [w("asideCount"), String(a.deliveries.filter((d) => d.state === "aside").length)],
                  ]}
                />
                <Link to="/admin/archive">{w("toArchive")}</Link>
              </>
            ) : (
              <p className="desk-note warn">{w("noArchive")}</p>
            )
          }
        </Asked>
      </Section>
      <Section title={w("pool")}>
        <Asked of={pool}>{(p) => <Facts of={[[w("thisServer"), p.server], [w("state"), w(p.state === "normal" ? "normalState" : "failedOver")], [w("accepting"), w(p.accepting ? "yes" : "no")]]} />}</Asked>
      </Section>
    </>
  );
}
