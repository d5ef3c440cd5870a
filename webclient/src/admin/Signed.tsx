// Where a user is signed in to the web client, and the tokens that act in his name.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Choice, Form, Section, Text } from "../desk/field";
import { Once } from "../desk/Once";
import { Table } from "../desk/Table";
import { programName } from "../session/program";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";

export function Sessions({ who }: { who: string }) {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const sessions = useAsked("listSessions", { path: { who } });
  const [asking, setAsking] = useState(false);
  return (
    <Section title={w("webSessions")}>
      <Asked of={sessions}>
        {(list) => (
          <Table
            label={w("webSessions")} rows={list} id={(s) => s.id} short
            columns={[
              { key: "client", head: w("client"), value: (s) => s.client, cell: (s) => <bdi title={s.client}>{programName(s.client)}</bdi>, wrap: true },
              { key: "address", head: w("address"), value: (s) => s.address },
              { key: "last", head: w("lastUsed"), value: (s) => s.last, cell: (s) => dateTime(i, s.last) },
              { key: "by", head: w("signIn"), value: (s) => s.by, extra: true },
            ]}
          />
        )}
      </Asked>
      <Guarded duty={administrator}>
        <Outcome of={act} />
        <Buttons>
          <Button look="danger" disabled={!sessions.data?.length} onClick={() => setAsking(true)}>{w("signOutUser")}</Button>
          <Button disabled={act.busy} onClick={() => void act.run(() => ask("unlockUser", { path: { who } }).then(stale).then(() => w("unlocked")))}>{w("unlock")}</Button>
        </Buttons>
      </Guarded>
      {asking && (
        <Confirm title={w("signOutTitle", { name: who })} action={w("signOutUser")} onDo={() => ask("signOut", { path: { who } }).then(stale).then(() => undefined)} onClose={() => setAsking(false)}>
          <p>{w("signOutLose", { n: sessions.data?.length ?? 0 })}</p>
        </Confirm>
      )}
    </Section>
  );
}

export function Tokens({ who }: { who: string }) {
  const w = useWords();
  const i = useI18n();
  const act = useAct();
  const tokens = useAsked("listTokens", { query: { user: who } });
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Schemas["Token"]["scope"]>("read");
  const [made, setMade] = useState<Schemas["Token"]>();
  const [deleting, setDeleting] = useState<Schemas["Token"]>();
  const scopes = [["read", w("scopeRead")], ["post", w("scopePost")], ["manage", w("scopeManage")]] as const;
  const add = async () => {
    setMade(await ask("addToken", { body: { user: who, name, scope } }));
    setName("");
    await stale();
  };
  return (
    <Section title={w("tokens")} hint={w("tokensHint")}>
      <Asked of={tokens}>
        {(list) => (
          <Table
            label={w("tokens")} rows={list} id={(t) => t.id} short
            columns={[
              { key: "name", head: w("name"), value: (t) => t.name },
              { key: "scope", head: w("may"), value: (t) => scopes.find(([s]) => s === t.scope)?.[1] },
              { key: "last", head: w("lastUsed"), value: (t) => t.last_used, cell: (t) => (t.last_used ? dateTime(i, t.last_used) : w("never")), extra: true },
            ]}
            rowTools={(t) => <Button look="quiet" aria-label={`${w("delete")}: ${t.name}`} onClick={() => setDeleting(t)}>{w("delete")}</Button>}
          />
        )}
      </Asked>
      <Guarded duty={administrator}>
        <Form label={w("newToken")} onSubmit={() => void act.run(add)}>
          <div className="desk-pair">
            <Text label={w("tokenName")} value={name} onChange={setName} maxLength={100} />
            <Choice label={w("may")} value={scope} onChange={setScope} options={scopes} />
          </div>
          <Outcome of={act} />
          {made?.secret && <Once of={made.name} label={w("tokenSecret")} value={made.secret} />}
          <Buttons>
            <Button type="submit" disabled={act.busy || !name}>{w("newToken")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {deleting && (
        <Confirm title={w("deleteTokenTitle", { name: deleting.name })} action={w("delete")} onDo={() => ask("deleteToken", { path: { id: deleting.id } }).then(stale).then(() => undefined)} onClose={() => setDeleting(undefined)}>
          <p>{w("deleteTokenLose")}</p>
        </Confirm>
      )}
    </Section>
  );
}
