// What of the record is handed on, how and where to, by scope.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Area, Buttons, Check, Facts, Form, Section, Text } from "../desk/field";
import { Stale } from "../desk/Stale";
import { clashes, onTop, staleOf } from "../desk/stale";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { Guarded, officer } from "./duty";
import type { PageProps } from "./pages";

type ComplianceT = Schemas["Compliance"];

const texts = ["adapter_name", "adapter_type", "adapter_output_directory", "adapter_attachment_directory", "run_interval"] as const;
const flags = ["one_chat_room_per_output_file", "add_chat_room_details", "add_user_details", "create_file_attachments_manifest"] as const;

export function Compliance({ item, open }: PageProps) {
  const w = useWords();
  const all = useAsked("listCompliance");
  const effective = useAsked("showCompliance", { path: { scope: "effective" } });
  const columns: Column<ComplianceT>[] = [
    { key: "scope", head: w("scope"), value: (c) => c.scope, width: 9 },
    { key: "type", head: w("adapter_type"), value: (c) => c.adapter_type, width: 9 },
    { key: "dir", head: w("adapter_output_directory"), value: (c) => c.adapter_output_directory, extra: true },
    { key: "interval", head: w("run_interval"), value: (c) => c.run_interval, width: 8 },
  ];
  return (
    <Asked of={all}>
      {(list) => {
        const one = list.find((c) => c.scope === item);
        return (
          <Split
            list={
              <>
                <Section title={w("effective")} hint={w("effectiveHint")}>
                  <Asked of={effective}>
                    {(e) => <Facts of={[[w("scope"), e.scope], ...texts.map((k) => [w(k), <bdi key={k}>{e[k]}</bdi>] as const), ...flags.map((k) => [w(k), w(e[k] ? "yes" : "no")] as const)]} />}
                  </Asked>
                </Section>
                <Table label={w("compliance")} rows={list} columns={columns} id={(c) => c.scope} open={item} onOpen={(c) => open(c.scope)} short tools={<Button icon="plus" onClick={() => open("+")}>{w("newScope")}</Button>} />
              </>
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newScope") : item} kind={w("compliance")} onClose={() => open()}>
                  {item === "+" || one ? <Edit key={one?.version} of={one} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

const standard: ComplianceT = {
  scope: "", adapter_name: "", adapter_type: "", adapter_output_directory: "", adapter_attachment_directory: "", run_interval: "15m0s", one_chat_room_per_output_file: false,
  add_chat_room_details: false, add_user_details: false, create_file_attachments_manifest: false, custom_configuration: "", adapter_options: {}, version: 0,
};

const lines = (o: Record<string, string>) => Object.entries(o).map(([k, v]) => `${k}=${v}`).join("\n");

/** Options as the server changes them: one by one, an empty one taken away. */
function options(text: string, before: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = Object.fromEntries(Object.keys(before).map((k) => [k, ""]));
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) out[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return out;
}

const edited = [...texts, ...flags, "custom_configuration"] as const;

function Edit({ of, open }: { of: ComplianceT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [base, setBase] = useState(of ?? standard);
  const [v, set] = useState(base);
  const [theirs, setTheirs] = useState<ComplianceT>();
  const [opts, setOpts] = useState(lines(v.adapter_options));
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    const changed = {
      ...Object.fromEntries(edited.filter((k) => !of || v[k] !== base[k]).map((k) => [k, v[k]])),
      ...(opts !== lines(base.adapter_options) && { adapter_options: options(opts, base.adapter_options) }),
    };
    let saved: ComplianceT;
    try {
      saved = await ask("setCompliance", { path: { scope: v.scope }, body: { ...changed, new: !of, ...(base.version && { version: base.version }) } });
    } catch (e) {
      const now = staleOf<ComplianceT>(e);
      if (!now) throw e;
      setTheirs(now);
      return "";
    }
    await stale();
    open(saved.scope);
    return w("saved");
  };
  // Options are lines of text here, so that they are compared and merged like lists.
  const rows = (c: ComplianceT, o = lines(c.adapter_options)) => ({ ...c, adapter_options: o.split("\n").filter(Boolean) });
  const compared = [...edited, "adapter_options"] as const;
  const take = (now: ComplianceT, wish: ReturnType<typeof rows>) => {
    setBase(now);
    set({ ...wish, adapter_options: now.adapter_options });
    setOpts(wish.adapter_options.join("\n"));
    setTheirs(undefined);
    act.clear();
  };
  return (
    <Guarded duty={officer}>
      <Form onSubmit={() => void act.run(save)}>
        {!of && <Text label={w("scope")} hint={w("scopeHint")} value={v.scope} onChange={(scope) => set({ ...v, scope })} required />}
        {texts.map((k) => (
          <Text key={k} label={w(k)} hint={w(`${k}_hint`)} value={v[k]} onChange={(s) => set({ ...v, [k]: s })} />
        ))}
        {flags.map((k) => (
          <Check key={k} label={w(k)} value={v[k]} onChange={(on) => set({ ...v, [k]: on })} />
        ))}
        <Area label={w("adapter_options")} hint={w("adapter_options_hint")} value={opts} onChange={setOpts} />
        <Area label={w("custom_configuration")} hint={w("custom_configuration_hint")} value={v.custom_configuration} onChange={(custom_configuration) => set({ ...v, custom_configuration })} rows={4} />
        {theirs && (
          <Stale
            list={clashes(compared, rows(base), rows(v, opts), rows(theirs))} label={(key) => w(key)}
            onKeep={() => take(theirs, onTop(compared, rows(base), rows(v, opts), rows(theirs)))} onTake={() => take(theirs, rows(theirs))}
          />
        )}
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || theirs !== undefined || !v.scope}>{w(of ? "save" : "create")}</Button>
          <span className="desk-gap" />
          {of && <Button look="danger" onClick={() => setDeleting(true)}>{w(of.scope === "global" ? "toDefaults" : "delete")}</Button>}
        </Buttons>
      </Form>
      {deleting && of && (
        <Confirm
          title={w("deleteScopeTitle", { name: of.scope })}
          action={w(of.scope === "global" ? "toDefaults" : "delete")}
          onDo={async () => {
            await ask("deleteCompliance", { path: { scope: of.scope } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w("deleteComplianceLose")}</p>
        </Confirm>
      )}
    </Guarded>
  );
}
