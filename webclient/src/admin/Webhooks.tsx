// Webhooks of all rooms.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Facts, Form, Text } from "../desk/field";
import { Once } from "../desk/Once";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";

type Hook = Schemas["Webhook"];

export function Webhooks({ item, open }: PageProps) {
  const w = useWords();
  const hooks = useAsked("adminListWebhooks", { query: {} });
  const columns: Column<Hook>[] = [
    { key: "name", head: w("name"), value: (h) => h.name },
    { key: "room", head: w("room"), value: (h) => h.room },
    { key: "kind", head: w("type"), value: (h) => w(h.kind), width: 7 },
    { key: "to", head: w("hookTo"), value: (h) => h.to, extra: true },
    { key: "by", head: w("createdBy"), value: (h) => h.created_by, width: 8, extra: true },
    { key: "trouble", head: w("trouble"), value: (h) => h.trouble, wrap: true },
  ];
  return (
    <Asked of={hooks}>
      {(list) => {
        const hook = list.find((h) => h.id === item);
        return (
          <Split
            list={
              <Table
                label={w("webhooks")} rows={list} columns={columns} id={(h) => h.id} open={item} onOpen={(h) => open(h.id)} file="webhooks" first={{ key: "name", down: false }}
                tools={<Button icon="plus" onClick={() => open("+")}>{w("newHook")}</Button>}
              />
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newHook") : (hook?.name ?? item)} kind={w("webhook")} onClose={() => open()}>
                  {item === "+" ? <NewHook /> : hook ? <Shown hook={hook} done={() => open()} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

function Shown({ hook: h, done }: { hook: Hook; done: () => void }) {
  const w = useWords();
  const i = useI18n();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      {h.trouble && <p className="desk-note bad">{h.trouble}</p>}
      <Facts
        of={[
          [w("room"), h.room],
          [w("type"), w(h.kind)],
          h.to && [w("hookTo"), h.to],
          h.words && h.words.length > 0 && [w("hookWords"), h.words.join(", ")],
          [w("bot"), h.bot],
          [w("created"), dateTime(i, h.created)],
          [w("createdBy"), h.created_by],
          [w("lastUsed"), h.last ? dateTime(i, h.last) : w("never")],
          h.set_aside !== undefined && [w("hookAside"), String(h.set_aside)],
        ]}
      />
      <Guarded duty={administrator}>
        <Buttons>
          <Button look="danger" onClick={() => setDeleting(true)}>{w("delete")}</Button>
        </Buttons>
      </Guarded>
      {deleting && (
        <Confirm
          title={w("deleteHookTitle", { name: h.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("adminDeleteWebhook", { path: { id: h.id } });
            done();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w(h.kind === "incoming" ? "deleteHookIn" : "deleteHookOut")}</p>
        </Confirm>
      )}
    </>
  );
}

function NewHook() {
  const w = useWords();
  const act = useAct();
  const rooms = useAsked("listRooms", { query: {} });
  const [v, set] = useState({ room: "", name: "", url: "", words: "", allow: false });
  const [made, setMade] = useState<Hook>();
  const text = (key: "room" | "name" | "url" | "words") => ({ value: v[key], onChange: (s: string) => set({ ...v, [key]: s }) });
  const add = async () => {
    const words = v.words.split(/\s+/).filter(Boolean);
    setMade(await ask("addWebhook", { body: { room: v.room, name: v.name, ...(v.url && { url: v.url }), ...(words.length && { words }), ...(v.allow && { allow: true }) } }));
    await stale();
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(add)}>
        <Text label={w("room")} list="hook-rooms" {...text("room")} />
        <datalist id="hook-rooms">{rooms.data?.map((r) => <option key={r.uri} value={r.name} />)}</datalist>
        <Text label={w("name")} hint={w("hookNameHint")} {...text("name")} />
        <Text label={w("hookUrl")} hint={w("hookUrlHint")} type="url" {...text("url")} />
        {v.url && <Text label={w("hookWords")} hint={w("hookWordsHint")} {...text("words")} />}
        <Check label={w("hookAllow")} hint={w("hookAllowHint")} value={v.allow} onChange={(allow) => set({ ...v, allow })} />
        <Outcome of={act} />
        {made?.url && <Once of={made.name} label={w("hookAddress")} value={made.url} />}
        {made?.secret && <Once of={made.name} label={w("hookSecret")} value={made.secret} />}
        {made?.trouble && <p className="desk-note warn">{made.trouble}</p>}
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !v.room || !v.name}>{w("create")}</Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}
