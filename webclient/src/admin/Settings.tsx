// Settings of the pool, by scope, and those that hold.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Facts, Form, Section, Text } from "../desk/field";
import { useEdit } from "../desk/edit";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";

type SettingsT = Schemas["Settings"];

const numbers = ["default_chat_history", "max_file_size_kb", "participant_update_limit"] as const;

export function Settings({ item, open }: PageProps) {
  const w = useWords();
  const all = useAsked("listSettings");
  const effective = useAsked("showSettings", { path: { scope: "effective" } });
  const columns: Column<SettingsT>[] = [
    { key: "scope", head: w("scope"), value: (s) => s.scope },
    ...numbers.map((key): Column<SettingsT> => ({ key, head: w(key), value: (s) => s[key], end: true, extra: key !== "default_chat_history", width: 9 })),
    { key: "url", head: w("room_management_url"), value: (s) => s.room_management_url, extra: true },
  ];
  return (
    <Asked of={all}>
      {(list) => {
        const one = list.find((s) => s.scope === item);
        return (
          <Split
            list={
              <>
                <Section title={w("effective")} hint={w("effectiveHint")}>
                  <Asked of={effective}>
                    {(e) => <Facts of={[[w("scope"), e.scope || "global"], ...numbers.map((n) => [w(n), String(e[n])] as const), [w("room_management_url"), <bdi key="u">{e.room_management_url}</bdi>]]} />}
                  </Asked>
                </Section>
                <Table label={w("settings")} rows={list} columns={columns} id={(s) => s.scope} open={item} onOpen={(s) => open(s.scope)} short tools={<Button icon="plus" onClick={() => open("+")}>{w("newScope")}</Button>} />
              </>
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newScope") : item} kind={w("settings")} onClose={() => open()}>
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

const standard: SettingsT = { scope: "", default_chat_history: 30, max_file_size_kb: 20000, participant_update_limit: 75, room_management_url: "", version: 0 };

const edited = [...numbers, "room_management_url"] as const;

function Edit({ of, open }: { of: SettingsT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(of ?? standard, (s: SettingsT) => s, edited, { label: (key) => w(key), act, stale });
  const { base, v, set } = edit;
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    const changed = Object.fromEntries(edited.filter((k) => !of || v[k] !== base[k]).map((k) => [k, v[k]]));
    const saved = await edit.send(() => ask("setSettings", { path: { scope: v.scope }, body: { ...changed, new: !of, ...(edit.version && { version: edit.version }) } }));
    if (!saved) return "";
    await stale();
    open(saved.scope);
    return w("saved");
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        {!of && <Text label={w("scope")} hint={w("scopeHint")} value={v.scope} onChange={(scope) => set({ scope })} required />}
        {numbers.map((n) => (
          <Text key={n} label={w(n)} hint={w(`${n}_hint`)} type="number" min={0} value={String(v[n])} onChange={(s) => set({ [n]: Number(s) })} />
        ))}
        <Text label={w("room_management_url")} hint={w("room_management_url_hint")} type="url" value={v.room_management_url} onChange={(room_management_url) => set({ room_management_url })} />
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
            await ask("deleteSettings", { path: { scope: of.scope } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w(of.scope === "global" ? "deleteGlobalLose" : "deleteScopeLose")}</p>
        </Confirm>
      )}
    </Guarded>
  );
}
