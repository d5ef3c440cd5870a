// Who has which duty, and glasses: reading contents in an emergency, with a second person.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Area, Buttons, Choice, Form, Section, Text } from "../desk/field";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords, type Key } from "./catalogue";
import { administrator, Guarded, type Duty } from "./duty";

const duties: readonly Duty[] = ["administrator", "officer", "auditor"];

export function Duties() {
  const w = useWords();
  const all = useAsked("listDuties");
  return (
    <Asked of={all}>
      {(d) => (
        <>
          <p className="desk-hint">{w("youAre", { name: d.you })}</p>
          <Operators list={d.operators} />
          <Glasses list={d.glasses} you={d.you} />
        </>
      )}
    </Asked>
  );
}

function Operators({ list }: { list: Schemas["Operator"][] }) {
  const w = useWords();
  const act = useAct();
  const [operator, setOperator] = useState("");
  const [duty, setDuty] = useState<Duty>("administrator");
  const [together, setTogether] = useState("");
  const [revoking, setRevoking] = useState<{ name: string; duty: string }>();
  return (
    <Section title={w("duties")} hint={w("dutiesHint")}>
      {list.length ? (
        <Table
          label={w("duties")} rows={list.flatMap((o) => o.duties.map((d) => ({ name: o.name, duty: d, reason: o.reason })))} id={(o) => o.name + "\n" + o.duty} file="duties" short first={{ key: "name", down: false }}
          columns={[
            { key: "name", head: w("operator"), value: (o) => o.name, wrap: true },
            { key: "duty", head: w("duty"), value: (o) => w(o.duty as Key) },
            { key: "reason", head: w("togetherWhy"), value: (o) => o.reason, extra: true, wrap: true },
          ]}
          rowTools={(o) => <Button look="quiet" aria-label={`${w("revoke")}: ${o.name}, ${o.duty}`} onClick={() => setRevoking(o)}>{w("revoke")}</Button>}
        />
      ) : (
        <p className="desk-note warn">{w("noDuties")}</p>
      )}
      <Guarded duty={administrator}>
        <Form
          onSubmit={() =>
            void act.run(async () => {
              await ask("grantDuty", { body: { operator, duty, ...(together && { together }) } });
              setOperator("");
              setTogether("");
              await stale();
            })
          }
        >
          <div className="desk-pair">
            <Text label={w("operator")} hint={w("operatorHint")} value={operator} onChange={setOperator} />
            <Choice label={w("duty")} hint={w(`${duty}Means`)} value={duty} onChange={setDuty} options={duties.map((d) => [d, w(d)] as const)} />
          </div>
          <Text label={w("togetherWhy")} hint={w("togetherHint")} value={together} onChange={setTogether} />
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy || !operator}>{w("giveDuty")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {revoking && (
        <Confirm
          title={w("revokeTitle", { name: revoking.name, duty: w(revoking.duty as Key) })}
          action={w("revoke")}
          onDo={() => ask("grantDuty", { body: { operator: revoking.name, duty: revoking.duty, revoke: true } }).then(stale).then(() => undefined)}
          onClose={() => setRevoking(undefined)}
        >
          <p>{w("revokeLose")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function Glasses({ list, you }: { list: Schemas["Glass"][]; you: string }) {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState("60");
  return (
    <Section title={w("glass")} hint={w("glassHint")}>
      {list.length > 0 && (
        <Table
          label={w("glass")} rows={list} id={(g) => g.id ?? ""} short
          columns={[
            { key: "who", head: w("operator"), value: (g) => g.operator, wrap: true, width: 11 },
            { key: "reason", head: w("reason"), value: (g) => g.reason, wrap: true },
            { key: "asked", head: w("asked"), value: (g) => g.asked, cell: (g) => (g.asked ? dateTime(i, g.asked) : ""), extra: true, width: 10 },
            { key: "minutes", head: w("minutes"), value: (g) => g.minutes, end: true, width: 6 },
            { key: "until", head: w("until"), value: (g) => g.until, cell: (g) => <Until glass={g} />, wrap: true, width: 11 },
          ]}
          rowTools={(g) =>
            !g.approver && g.operator !== you && g.id && (
              <Button look="quiet" disabled={act.busy} onClick={() => void act.run(() => ask("approveGlass", { path: { id: g.id! } }).then(stale).then(() => w("glassBroken")))}>{w("approve")}</Button>
            )
          }
        />
      )}
      <Form
        onSubmit={() =>
          void act.run(async () => {
            await ask("askGlass", { body: { reason, minutes: Number(minutes) } });
            setReason("");
            await stale();
            return w("glassAsked");
          })
        }
      >
        <Area label={w("reason")} hint={w("glassReasonHint")} value={reason} onChange={setReason} rows={2} />
        <Text label={w("minutes")} type="number" min={1} value={minutes} onChange={setMinutes} />
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" disabled={act.busy || !reason}>{w("askGlass")}</Button>
        </Buttons>
      </Form>
    </Section>
  );
}

function Until({ glass: g }: { glass: Schemas["Glass"] }) {
  const w = useWords();
  const i = useI18n();
  if (!g.until) return <>{w("notApproved")}</>;
  return (
    <>
      {dateTime(i, g.until)}
      <small className="desk-rule">{w("approvedBy", { name: g.approver ?? "–" })}</small>
    </>
  );
}
