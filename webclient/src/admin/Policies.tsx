import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Form, Section, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { Stale } from "../desk/Stale";
import { clashes, onTop, staleOf } from "../desk/stale";
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
                  {item === "+" || policy ? <Policy key={policy?.version} policy={policy} open={open} /> : <p className="desk-empty">{w("noSuch", { name: shownName(item) })}</p>}
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

function Policy({ policy, open }: { policy: PolicyT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [name, setName] = useState(policy?.name ?? "");
  const [enable, setEnable] = useState(policy?.enable_persistent_chat ?? true);
  const [description, setDescription] = useState(policy?.description ?? "");
  const [base, setBase] = useState(policy); // what is edited
  const [theirs, setTheirs] = useState<PolicyT>();
  const [deleting, setDeleting] = useState(false);
  const global = policy?.name.toLowerCase() === "global";
  const save = async () => {
    const changed = {
      ...(enable !== base?.enable_persistent_chat && { enable_persistent_chat: enable }),
      ...(description !== (base?.description ?? "") && { description }),
    };
    let saved: PolicyT;
    try {
      saved = await ask("setPolicy", { path: { name }, body: { new: !policy, ...changed, ...(base?.version && { version: base.version }) } });
    } catch (e) {
      const now = staleOf<PolicyT>(e);
      if (!now) throw e;
      setTheirs(now);
      return "";
    }
    await stale();
    open(saved.name); // as it is kept
    return w("saved");
  };
  const take = (now: PolicyT, wish: PolicyT) => {
    setBase(now);
    setEnable(wish.enable_persistent_chat);
    setDescription(wish.description ?? "");
    setTheirs(undefined);
    act.clear();
  };
  const mine = base && { ...base, enable_persistent_chat: enable, description };
  return (
    <>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(save)}>
          {!policy && <Text label={w("name")} hint={w("policyNameHint")} value={name} onChange={setName} required />}
          <Check label={w("enableChat")} value={enable} onChange={setEnable} />
          <Text label={w("description")} value={description} onChange={setDescription} dir="auto" />
          {theirs && base && mine && (
            <Stale
              list={clashes(edited, base, mine, theirs)} label={(key) => w(key === "description" ? key : "chatEnabled")}
              onKeep={() => take(theirs, onTop(edited, base, mine, theirs))} onTake={() => take(theirs, theirs)}
            />
          )}
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" look="primary" disabled={act.busy || theirs !== undefined || !name}>{w(policy ? "save" : "create")}</Button>
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
