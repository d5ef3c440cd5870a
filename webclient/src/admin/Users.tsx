import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Form, Text } from "../desk/field";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { shownName } from "./policy";
import { User } from "./User";

export function Users({ item, open }: PageProps) {
  const w = useWords();
  const users = useAsked("listUsers");
  const columns: Column<Schemas["User"]>[] = [
    { key: "name", head: w("name"), value: (u) => u.name },
    { key: "display", head: w("displayName"), value: (u) => u.display_name },
    { key: "state", head: w("state"), value: (u) => w(`user-${u.state as "active"}`), width: 7 },
    { key: "chat", head: w("chatEnabled"), value: (u) => u.enable_persistent_chat, width: 6 },
    { key: "policy", head: w("policy"), value: (u) => shownName(u.policy), width: 8, extra: true },
    { key: "email", head: w("email"), value: (u) => u.email, extra: true },
    { key: "company", head: w("company"), value: (u) => u.company, extra: true, width: 9 },
  ];
  return (
    <Split
      list={
        <Asked of={users}>
          {(list) => (
            <Table
              label={w("users")} rows={list} columns={columns} id={(u) => u.name} open={item} onOpen={(u) => open(u.name)} file="users" first={{ key: "name", down: false }}
              tools={<Button icon="plus" onClick={() => open("+")}>{w("newUser")}</Button>}
            />
          )}
        </Asked>
      }
      sheet={
        item && (
          <Sheet key={item} title={item === "+" ? w("newUser") : item} kind={w("user")} onClose={() => open()}>
            {item === "+" ? <NewUser done={open} /> : <User name={item} done={() => open()} />}
          </Sheet>
        )
      }
    />
  );
}

function NewUser({ done }: { done: (name: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [user, setUser] = useState<Schemas["NewUser"]>({ name: "", display_name: "", email: "", company: "", password: "", ntlm: false });
  const text = (key: "name" | "display_name" | "email" | "company" | "password") => ({ value: user[key] ?? "", onChange: (v: string) => setUser({ ...user, [key]: v }) });
  return (
    <Guarded duty={administrator}>
      <Form
        onSubmit={() =>
          void act.run(async () => {
            await ask("addUsers", { body: { items: [user] } });
            await stale();
            done(user.name.trim().toLowerCase());
          })
        }
      >
        <Text label={w("name")} hint={w("userNameHint")} required {...text("name")} />
        <Text label={w("displayName")} {...text("display_name")} />
        <Text label={w("email")} type="email" {...text("email")} />
        <Text label={w("company")} {...text("company")} />
        <Text label={w("password")} hint={w("passwordHint")} type="password" autoComplete="new-password" {...text("password")} />
        <Check label={w("ntlm")} hint={w("ntlmHint")} value={user.ntlm ?? false} onChange={(ntlm) => setUser({ ...user, ntlm })} />
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !user.name}>{w("create")}</Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}
