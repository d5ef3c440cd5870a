// One user.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Choice, Facts, Form, Section, Text } from "../desk/field";
import { useEdit } from "../desk/edit";
import { Button } from "../ui/Button";
import { Link } from "../ui/Link";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import { grantable, shownName } from "./policy";
import { Sessions, Tokens } from "./Signed";

type UserT = Schemas["User"];

export function User({ name, done }: { name: string; done: () => void }) {
  const user = useAsked("showUser", { path: { who: name } });
  return <Asked of={user}>{(u) => <Shown key={u.guid} user={u} done={done} />}</Asked>;
}

function Shown({ user, done }: { user: UserT; done: () => void }) {
  const w = useWords();
  return (
    <>
      <Facts
        of={[
          [w("address"), <bdi key="a">{user.uri}</bdi>],
          [w("state"), w(`user-${user.state as "active"}`)],
          [w("hasPassword"), w(user.has_password ? "yes" : "no")],
          ["NTLM", w(user.ntlm ? "yes" : "no")],
          [w("groups"), user.groups?.map((g, n) => <span key={g}>{n > 0 && ", "}<Link to={`/admin/groups/${encodeURIComponent(g)}`}>{g}</Link></span>)],
        ]}
      />
      <Particulars user={user} />
      <Password user={user} />
      <Policy user={user} />
      <Sessions who={user.name} />
      <Tokens who={user.name} />
      <Access user={user} done={done} />
    </>
  );
}

const edited = ["display_name", "email", "company"] as const;
const word = (key: (typeof edited)[number]) => (key === "display_name" ? "displayName" : key);

function Particulars({ user }: { user: UserT }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(user, (u: UserT) => ({ display_name: u.display_name, email: u.email ?? "", company: u.company ?? "" }), edited, { label: (key) => w(word(key)), act, stale });
  const save = async () => {
    if (!(await edit.send(() => ask("changeUser", { path: { who: user.name }, body: { ...edit.v, version: edit.version } })))) return "";
    await stale();
    return w("saved");
  };
  const text = (key: (typeof edited)[number]) => ({ value: edit.v[key], onChange: (s: string) => edit.set({ [key]: s }) });
  return (
    <Section title={w("particulars")}>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(save)}>
          <Text label={w("displayName")} {...text("display_name")} />
          <Text label={w("email")} type="email" {...text("email")} />
          <Text label={w("company")} {...text("company")} />
          {edit.note}
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy || !!edit.note}>{w("save")}</Button>
          </Buttons>
        </Form>
      </Guarded>
    </Section>
  );
}

function Password({ user }: { user: UserT }) {
  const w = useWords();
  const act = useAct();
  const [password, setPassword] = useState("");
  const [ntlm, setNtlm] = useState(user.ntlm ?? false);
  const change = (body: Schemas["UserChange"], said: string) =>
    act.run(async () => {
      await ask("changeUser", { path: { who: user.name }, body });
      setPassword("");
      await stale();
      return said;
    });
  return (
    <Section title={w("signIn")}>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void change({ password, ntlm }, w("passwordSet"))}>
          <Text label={w("newPassword")} type="password" autoComplete="new-password" value={password} onChange={setPassword} />
          <Check label={w("ntlm")} hint={w("ntlmHint")} value={ntlm} onChange={setNtlm} />
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy || !password}>{w("setPassword")}</Button>
            {user.ntlm && <Button disabled={act.busy} onClick={() => void change({ ntlm: false }, w("ntlmForgotten"))}>{w("forgetNtlm")}</Button>}
          </Buttons>
        </Form>
      </Guarded>
    </Section>
  );
}

function Policy({ user }: { user: UserT }) {
  const w = useWords();
  const act = useAct();
  const holds = useAsked("effectivePolicy", { path: { who: user.name } });
  const policies = useAsked("listPolicies");
  const [policy, setPolicy] = useState(grantable(user.policy) ? user.policy : "");
  const choices = (policies.data ?? []).filter((p) => grantable(p.name));
  return (
    <Section title={w("policy")} hint={holds.data && w(holds.data.enable_persistent_chat ? "policyEnables" : "policyDisables", { name: shownName(holds.data.name) })}>
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(() => ask("grantPolicies", { body: { items: [{ user: user.name, policy }] } }).then(stale).then(() => w("saved")))}>
          <Choice label={w("grantPolicy")} value={policy} onChange={setPolicy} options={[["", w("inheritPolicy")], ...choices.map((p) => [p.name, shownName(p.name)] as const)]} />
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" disabled={act.busy}>{w("grant")}</Button>
          </Buttons>
        </Form>
      </Guarded>
    </Section>
  );
}

function Access({ user, done }: { user: UserT; done: () => void }) {
  const w = useWords();
  const act = useAct();
  const [asking, setAsking] = useState<"disable" | "delete">();
  const disabled = user.state === "disabled";
  const set = (off: boolean) => ask("changeUser", { path: { who: user.name }, body: { disabled: off } }).then(stale).then(() => undefined);
  return (
    <Section title={w("access")}>
      <Guarded duty={administrator}>
        <Outcome of={act} />
        <Buttons>
          {disabled ? (
            <Button disabled={act.busy} onClick={() => void act.run(() => set(false))}>{w("enable")}</Button>
          ) : (
            <Button look="danger" onClick={() => setAsking("disable")}>{w("disable")}</Button>
          )}
          <Button look="danger" onClick={() => setAsking("delete")}>{w("delete")}</Button>
        </Buttons>
      </Guarded>
      {asking === "disable" && (
        <Confirm title={w("disableUserTitle", { name: user.display_name || user.name })} action={w("disable")} onDo={() => set(true)} onClose={() => setAsking(undefined)}>
          <p>{w("disableUserLose")}</p>
        </Confirm>
      )}
      {asking === "delete" && (
        <Confirm
          title={w("deleteUserTitle", { name: user.display_name || user.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("deleteUser", { path: { who: user.name } });
            done();
            await stale();
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>{w("deleteUserLose", { groups: user.groups?.join(", ") || "–" })}</p>
        </Confirm>
      )}
    </Section>
  );
}
