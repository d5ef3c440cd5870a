// Administration, for users who have a duty.
import { useEffect, useRef } from "react";
import { useT } from "../i18n/i18n";
import { Boundary } from "../ui/Boundary";
import { IconButton } from "../ui/Button";
import { Link } from "../ui/Link";
import { go } from "../shell/route";
import { useWords } from "./catalogue";
import { useDuties } from "./duty";
import { groups, type PageOf } from "./pages";
import "../desk/desk.css";

const all: readonly PageOf[] = groups.flatMap((g) => g.pages);

/** Reads /admin/PAGE/ITEM?QUERY. */
function read(path: string): { page: PageOf | undefined; item: string | undefined; query: string } {
  const [p, query = ""] = path.split("?", 2);
  const [, , name = "", item] = p!.split("/");
  let decoded = item;
  try {
    decoded = item && decodeURIComponent(item);
  } catch {
    // A name with a bare percent sign, typed by hand.
  }
  return { page: all.find((x) => x.path === name), item: decoded || undefined, query };
}

export default function AdminPage({ path }: { path: string }) {
  const w = useWords();
  const t = useT();
  const duties = useDuties();
  const { page, item, query } = read(path);
  const main = useRef<HTMLDivElement>(null);
  const before = useRef(page?.path);
  useEffect(() => {
    if (before.current === page?.path) return;
    before.current = page?.path;
    main.current?.scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>("h2")?.focus();
  }, [page]);
  const to = (p: PageOf) => (p.path ? `/admin/${p.path}` : "/admin");
  return (
    <section className="desk" aria-label={w("title")}>
      <header className="desk-head">
        <IconButton icon="back" label={t("toRooms")} className="phone-only" onClick={() => go({ page: "home" })} />
        <h1>{w("title")}</h1>
      </header>
      {!duties.length ? (
        <div className="desk-main">
          <p className="desk-note warn">{w("noDuty")}</p>
        </div>
      ) : (
        <div className="desk-body">
          <nav className="desk-nav" aria-label={w("title")}>
            <label className="desk-nav-small">
              <span className="unseen">{w("pages")}</span>
              <select className="input" value={page?.path ?? ""} onChange={(e) => go(to(all.find((p) => p.path === e.target.value)!))}>
                {groups.map((g) => (
                  <optgroup key={g.title} label={w(g.title)}>
                    {g.pages.map((p) => <option key={p.path} value={p.path}>{w(p.title)}</option>)}
                  </optgroup>
                ))}
              </select>
            </label>
            {groups.map((g) => (
              <div key={g.title} role="group" aria-label={w(g.title)}>
                <h2 aria-hidden>{w(g.title)}</h2>
                {g.pages.map((p) => (
                  <Link key={p.path} to={to(p)} aria-current={p === page ? "page" : undefined}>
                    {w(p.title)}
                  </Link>
                ))}
              </div>
            ))}
          </nav>
          <div className="desk-main" ref={main}>
            <h2 tabIndex={-1} className="desk-title">{page ? w(page.title) : w("noPage")}</h2>
            {page && <Page of={page} item={item} query={query} duties={duties} open={(x) => go(to(page) + (x ? "/" + encodeURIComponent(x) : ""))} />}
          </div>
        </div>
      )}
    </section>
  );
}

function Page({ of, duties, ...props }: { of: PageOf; duties: readonly string[]; item: string | undefined; query: string; open: (item?: string) => void }) {
  const w = useWords();
  const lacks = of.duty && !of.duty.some((d) => duties.includes(d));
  return (
    <>
      {lacks && <p className="desk-note warn">{w("pageTakes", { duty: of.duty!.map((d) => w(d)).join(" / ") })}</p>}
      <Boundary of={of.path}>
        <of.page key={of.path} {...props} />
      </Boundary>
    </>
  );
}
