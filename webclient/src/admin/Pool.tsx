// Which servers take sessions, and further addresses of the pool.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Area, Buttons, Facts, Form, Section, Text } from "../desk/field";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";

export function Pool() {
  const pool = useAsked("showPool");
  return (
    <>
      <Asked of={pool}>{(p) => <Servers key={JSON.stringify(p)} pool={p} />}</Asked>
      <Endpoints />
    </>
  );
}

function Servers({ pool }: { pool: Schemas["Pool"] }) {
  const w = useWords();
  const act = useAct();
  const [active, setActive] = useState(pool.active.join("\n"));
  const [asking, setAsking] = useState<"state" | "swap" | "set">();
  const over = pool.state === "failed-over";
  const change = (body: Schemas["PoolChange"]) => ask("setPool", { body }).then(stale).then(() => undefined);
  const changes: Record<"state" | "swap" | "set", Schemas["PoolChange"]> = {
    state: { state: over ? "normal" : "failed-over" },
    swap: { swap: true },
    set: { set: active.split(/\s+/).filter(Boolean) },
  };
  return (
    <Section title={w("servers")}>
      <Facts
        of={[
          [w("thisServer"), pool.server],
          [w("state"), w(over ? "failedOver" : "normalState")],
          [w("accepting"), w(pool.accepting ? "yes" : "no")],
          [w("active"), pool.active.join(", ") || w("allActive")],
          [w("inactive"), pool.inactive.join(", ")],
        ]}
      />
      <Guarded duty={administrator}>
        <Form onSubmit={() => setAsking("set")}>
          <Area label={w("activeServers")} hint={w("activeServersHint")} value={active} onChange={setActive} />
          <Outcome of={act} />
          <Buttons>
            <Button type="submit">{w("setActive")}</Button>
            <Button disabled={!pool.inactive.length} onClick={() => setAsking("swap")}>{w("swap")}</Button>
            <Button onClick={() => setAsking("state")}>{w(over ? "toNormal" : "failOver")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {asking && (
        <Confirm title={w(asking === "state" ? (over ? "toNormal" : "failOver") : asking === "swap" ? "swap" : "setActive")} action={w("doIt")} onDo={() => change(changes[asking])} onClose={() => setAsking(undefined)}>
          <p>{w(asking === "state" ? (over ? "toNormalMeans" : "failOverMeans") : "setActiveMeans")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function Endpoints() {
  const w = useWords();
  const act = useAct();
  const endpoints = useAsked("listEndpoints");
  const [uri, setUri] = useState("");
  const [name, setName] = useState("");
  const [deleting, setDeleting] = useState<string>();
  return (
    <Section title={w("endpoints")} hint={w("endpointsHint")}>
      <Asked of={endpoints}>
        {(list) => (
          <Table
            label={w("endpoints")} rows={list} id={(e) => e.uri} short
            columns={[
              { key: "uri", head: w("address"), value: (e) => e.uri },
              { key: "name", head: w("displayName"), value: (e) => e.display_name },
            ]}
            rowTools={(e) => <Button look="quiet" aria-label={`${w("delete")}: ${e.uri}`} onClick={() => setDeleting(e.uri)}>{w("delete")}</Button>}
          />
        )}
      </Asked>
      <Guarded duty={administrator}>
        <Form
          onSubmit={() =>
            void act.run(async () => {
              await ask("addEndpoint", { body: { uri, display_name: name } });
              setUri("");
              setName("");
              await stale();
            })
          }
        >
          <div className="desk-pair">
            <Text label={w("address")} hint={w("endpointHint")} value={uri} onChange={setUri} />
            <Text label={w("displayName")} value={name} onChange={setName} />
          </div>
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy || !uri}>{w("add")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {deleting && (
        <Confirm title={w("deleteEndpointTitle", { name: deleting })} action={w("delete")} onDo={() => ask("deleteEndpoint", { path: { uri: deleting } }).then(stale).then(() => undefined)} onClose={() => setDeleting(undefined)}>
          <p>{w("deleteEndpointLose")}</p>
        </Confirm>
      )}
    </Section>
  );
}
