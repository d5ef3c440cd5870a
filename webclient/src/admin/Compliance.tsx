// What of the record is handed on, how and where to, by scope.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Area, Buttons, Check, Facts, Form, List, Section, Text } from "../desk/field";
import { useEdit } from "../desk/edit";
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
                  {item === "+" || one ? <Edit key={one?.scope} of={one} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
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

/** Options are lines of text here, so that they are compared and merged like lists. */
const lines = (o: Record<string, string>) => Object.entries(o).map(([k, v]) => `${k}=${v}`);

/** Options as the server changes them: one by one, an empty one taken away. */
function options(now: readonly string[], before: readonly string[]): Record<string, string> {
  const pairs = (list: readonly string[]) => list.filter((line) => line.indexOf("=") > 0).map((line) => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1).trim()] as const);
  return Object.fromEntries([...pairs(before).map(([name]) => [name, ""] as const), ...pairs(now)]);
}

const fields = [...texts, ...flags, "custom_configuration"] as const;
const edited = [...fields, "adapter_options"] as const;

function Edit({ of, open }: { of: ComplianceT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(of ?? standard, (c: ComplianceT) => ({ ...c, adapter_options: lines(c.adapter_options) }), edited, { label: (key) => w(key), act, stale });
  const { base, v, set } = edit;
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    const changed = {
      ...Object.fromEntries(fields.filter((k) => !of || v[k] !== base[k]).map((k) => [k, v[k]])),
      ...(v.adapter_options.join() !== base.adapter_options.join() && { adapter_options: options(v.adapter_options, base.adapter_options) }),
    };
    const saved = await edit.send(() => ask("setCompliance", { path: { scope: v.scope }, body: { ...changed, new: !of, ...(edit.version && { version: edit.version }) } }));
    if (!saved) return "";
    await stale();
    open(saved.scope);
    return w("saved");
  };
  return (
    <Guarded duty={officer}>
      <Form onSubmit={() => void act.run(save)}>
        {!of && <Text label={w("scope")} hint={w("scopeHint")} value={v.scope} onChange={(scope) => set({ scope })} required />}
        {texts.map((k) => (
          <Text key={k} label={w(k)} hint={w(`${k}_hint`)} value={v[k]} onChange={(s) => set({ [k]: s })} />
        ))}
        {flags.map((k) => (
          <Check key={k} label={w(k)} value={v[k]} onChange={(on) => set({ [k]: on })} />
        ))}
        <List area label={w("adapter_options")} hint={w("adapter_options_hint")} value={v.adapter_options} onChange={(adapter_options) => set({ adapter_options })} parse={(s) => s.split("\n").filter((line) => line.trim())} join={"\n"} />
        <Area label={w("custom_configuration")} hint={w("custom_configuration_hint")} value={v.custom_configuration} onChange={(custom_configuration) => set({ custom_configuration })} rows={4} />
        {edit.note}
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !!edit.note || !v.scope}>{w(of ? "save" : "create")}</Button>
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
