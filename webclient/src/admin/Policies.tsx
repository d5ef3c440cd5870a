import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Form, Section, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { useEdit } from "../desk/edit";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { grantable, shownName } from "./policy";
import { chosen, findUsers, namesOf } from "./principals";

type PolicyT = Schemas["Policy"];

export function Policies({ item, open }: PageProps) {
  const w = useWords();
  const policies = useAsked("listPolicies");
  const columns: Column<PolicyT>[] = [
    { key: "name", head: w("name"), value: (p) => shownName(p.name) },
    { key: "enable", head: w("chatEnabled"), value: (p) => p.enable_persistent_chat, width: 7 },
    { key: "granted", head: w("grantedTo"), value: (p) => p.granted_to, width: 8, end: true },
    { key: "description", head: w("description"), value: (p) => p.description, extra: true },
  ];
  return (
    <Asked of={policies}>
      {(list) => {
        const policy = list.find((p) => p.name === item);
        return (
          <Split
            list={
              <>
                <p className="desk-hint">{w("policiesIntro")}</p>
                <Table
                  label={w("policies")} rows={list} columns={columns} id={(p) => p.name} open={item} onOpen={(p) => open(p.name)} file="policies" short
                  tools={<Button icon="plus" onClick={() => open("+")}>{w("newPolicy")}</Button>}
                />
              </>
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newPolicy") : shownName(item)} kind={w("policy")} onClose={() => open()}>
                  {item === "+" || policy ? <Policy key={policy?.name} policy={policy} open={open} /> : <p className="desk-empty">{w("noSuch", { name: shownName(item) })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

const edited = ["enable_persistent_chat", "description"] as const;

const fresh: PolicyT = { name: "", enable_persistent_chat: true, description: "", granted_to: 0, version: 0 };

function Policy({ policy, open }: { policy: PolicyT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(policy ?? fresh, (p: PolicyT) => ({ name: p.name, enable_persistent_chat: p.enable_persistent_chat, description: p.description ?? "" }), edited, {
    label: (key) => w(key === "description" ? key : "chatEnabled"), act, stale,
  });
  const { base, v, set } = edit;
  const [deleting, setDeleting] = useState(false);
  const global = policy?.name.toLowerCase() === "global";
  const save = async () => {
    const changed = Object.fromEntries(edited.filter((k) => !policy || v[k] !== base[k]).map((k) => [k, v[k]]));
    const saved = await edit.send(() => ask("setPolicy", { path: { name: v.name }, body: { new: !policy, ...changed, ...(edit.version && { version: edit.version }) } }));
    if (!saved) return "";
    await stale();
    open(saved.name); // as it is kept
    return w("saved");
  };
  return (
    <>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(save)}>
          {!policy && <Text label={w("name")} hint={w("policyNameHint")} value={v.name} onChange={(name) => set({ name })} required />}
          <Check label={w("enableChat")} value={v.enable_persistent_chat} onChange={(on) => set({ enable_persistent_chat: on })} />
          <Text label={w("description")} value={v.description} onChange={(description) => set({ description })} dir="auto" />
          {edit.note}
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" look="primary" disabled={act.busy || !!edit.note || !v.name}>{w(policy ? "save" : "create")}</Button>
            <span className="desk-gap" />
            {policy && <Button look="danger" onClick={() => setDeleting(true)}>{w(global ? "toDefaults" : "delete")}</Button>}
          </Buttons>
        </Form>
      </Guarded>
      {policy && grantable(policy.name) && <Grants policy={policy.name} />}
      {deleting && policy && (
        <Confirm
          title={w("deletePolicyTitle", { name: shownName(policy.name) })}
          action={w(global ? "toDefaults" : "delete")}
          onDo={async () => {
            await ask("deletePolicy", { path: { name: policy.name }, query: { force: "true" } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w(global ? "deletePolicyGlobal" : "deletePolicyLose", { n: policy.granted_to })}</p>
        </Confirm>
      )}
    </>
  );
}

function Grants({ policy }: { policy: string }) {
  const w = useWords();
  const act = useAct();
  const [users, setUsers] = useState(chosen([]));
  const grant = async () => {
    const done = await ask("grantPolicies", { body: { items: namesOf(users).map((user) => ({ user, policy })) } });
    setUsers([]);
    await stale();
    return w("granted", { n: done.done });
  };
  return (
    <Section title={w("grant")} hint={w("grantHint")}>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(grant)}>
          <Picker label={w("users")} value={users} onChange={setUsers} find={findUsers} among={["users"]} />
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy || !users.length}>{w("grant")}</Button>
          </Buttons>
        </Form>
      </Guarded>
    </Section>
  );
}
