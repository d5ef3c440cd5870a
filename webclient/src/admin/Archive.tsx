// How archiving does: what waits, what failed and what to do; retention classes and holds.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Facts, Section } from "../desk/field";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, stale, useAsked, useWatched, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { Guarded, officer, useDuties } from "./duty";

type Delivery = Schemas["Delivery"];

export function Archive() {
  const w = useWords();
  const status = useWatched("archiveStatus");
  return (
    <>
      <Asked of={status}>{(s) => (s.enabled ? <Status of={s} /> : <p className="desk-note warn">{w("noArchive")}</p>)}</Asked>
      {status.data?.enabled && <Rules />}
    </>
  );
}

/** What is in trouble, with the server's words on what to do. */
export function Trouble({ of }: { of: Schemas["ComplianceStatus"] }) {
  return (
    <>
      {Object.entries(of.trouble ?? {}).map(([part, why]) => (
        <p key={part} className="desk-note bad" role="alert"><strong>{part}:</strong> {why}</p>
      ))}
    </>
  );
}

function Status({ of: s }: { of: Schemas["ComplianceStatus"] }) {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const may = useDuties().includes("officer");
  const when = (at: string | undefined) => (at ? dateTime(i, at) : "–");
  const columns: Column<Delivery>[] = [
    { key: "adapter", head: w("adapter"), value: (d) => d.adapter, width: 9 },
    { key: "batch", head: w("batch"), value: (d) => d.batch, width: 5, end: true },
    { key: "state", head: w("state"), value: (d) => w(({ waiting: "waitingDelivery", done: "doneDelivery", aside: "asideDelivery" } as const)[d.state as "done"] ?? "waitingDelivery"), width: 8 },
    { key: "attempts", head: w("attempts"), value: (d) => d.attempts, width: 6, end: true, extra: true },
    { key: "finished", head: w("finished"), value: (d) => d.finished, cell: (d) => when(d.finished || d.next), width: 10, extra: true },
    { key: "reason", head: w("reason"), value: (d) => d.reason, wrap: true },
  ];
  return (
    <>
      <Trouble of={s} />
      <Facts
        of={[
          [w("archivedUpTo"), w("entriesOf", { n: s.kept, all: s.journal })],
          [w("lag"), w("seconds", { n: Math.round(s.lag_seconds) })],
          [w("sealedUpTo"), s.sealed ? w("entriesOf", { n: s.sealed, all: s.journal }) : w("noSealed")],
          [w("waitingEvents"), s.waiting_events.toLocaleString(i.locale)],
          [w("oldest"), when(s.oldest)],
          [w("nextRun"), when(s.next_run)],
          [w("adapters"), s.adapters?.join(", ")],
          [w("holder"), s.holder + (s.here ? " ✓" : "")],
        ]}
      />
      <Guarded duty={officer}>
        <Outcome of={act} />
        <Buttons>
          <Button icon="retry" disabled={act.busy} onClick={() => void act.run(() => ask("archiveRun").then(stale).then(() => w("ran")))}>{w("runNow")}</Button>
        </Buttons>
      </Guarded>
      <Section title={w("deliveries")} hint={w("deliveriesHint")}>
        <Table
          label={w("deliveries")} rows={s.deliveries} columns={columns} id={(d) => `${d.adapter} ${d.batch}`} file="deliveries" first={{ key: "batch", down: true }}
          {...(may && {
            rowTools: (d: Delivery) => (
              <Button look="quiet" disabled={act.busy} aria-label={`${w("redeliver")}: ${d.adapter} ${d.batch}`} onClick={() => void act.run(() => ask("redeliver", { body: { adapter: d.adapter, batch: d.batch } }).then(stale).then(() => w("redelivered", { n: d.batch })))}>{w("redeliver")}</Button>
            ),
          })}
        />
      </Section>
      {s.gaps.length > 0 && (
        <Section title={w("gaps")} hint={w("gapsHint")}>
          <Table
            label={w("gaps")} rows={s.gaps} id={(g) => `${g.kind} ${g.until} ${g.room ?? ""}`} file="gaps" short
            columns={[
              { key: "from", head: w("from"), value: (g) => g.from ?? "", cell: (g) => (g.from ? when(g.from) : "") },
              { key: "until", head: w("until"), value: (g) => g.until, cell: (g) => when(g.until) },
              { key: "kind", head: w("gapKind"), value: (g) => w(`gap-${g.kind as "stopped"}`), width: 10 },
              { key: "why", head: w("gapWhy"), value: (g) => g.why, wrap: true },
            ]}
          />
        </Section>
      )}
    </>
  );
}

function Rules() {
  const w = useWords();
  const act = useAct();
  const rules = useAsked("archiveRules");
  const [expiring, setExpiring] = useState(false);
  const days = (n: number) => (n ? w("days", { n }) : w("never"));
  return (
    <Section title={w("rules")} hint={w("rulesHint")}>
      <Asked of={rules}>
        {(r) => (
          <>
            <Table
              label={w("classes")} rows={r.classes ?? []} id={(c) => c.name} short file="classes"
              columns={[
                { key: "name", head: w("class"), value: (c) => c.name },
                { key: "floor", head: w("floor"), value: (c) => c.floor, cell: (c) => (c.floor ? w("days", { n: c.floor }) : "–"), width: 8 },
                { key: "ceiling", head: w("ceiling"), value: (c) => c.ceiling, cell: (c) => days(c.ceiling), width: 8 },
                { key: "categories", head: w("categories"), value: (c) => c.categories ?? [], extra: true },
              ]}
            />
            <Facts of={[[w("archiveLog"), <bdi key="l">{r.log}</bdi>], [w("approvers"), r.approvers?.join(", ")], [w("void"), String(r.void)]]} />
            <Acts title={w("holds")} none={w("noHolds")} list={r.holds} />
            <Acts title={w("erasures")} none={w("noErasures")} list={r.erasures} />
            <Guarded duty={officer}>
              <Outcome of={act} />
              <Buttons>
                <Button look="danger" disabled={act.busy} onClick={() => setExpiring(true)}>{w("expireNow")}</Button>
              </Buttons>
            </Guarded>
          </>
        )}
      </Asked>
      {expiring && (
        <Confirm title={w("expireTitle")} action={w("expireNow")} onDo={() => ask("expire").then(stale).then(() => undefined)} onClose={() => setExpiring(false)}>
          <p>{w("expireLose")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function Acts({ title, none, list }: { title: string; none: string; list: string[] | null }) {
  return (
    <>
      <h4>{title}</h4>
      {list?.length ? list.map((text) => <pre key={text} className="desk-pre" tabIndex={0}>{text}</pre>) : <p className="desk-hint">{none}</p>}
    </>
  );
}
