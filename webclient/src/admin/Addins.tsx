import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form, Text } from "../desk/field";
import { useEdit } from "../desk/edit";
import { Sheet, Split, useOpened } from "../desk/Sheet";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";

export function Addins({ item, open }: PageProps) {
  const w = useWords();
  const addins = useAsked("listAddins");
  const addin = useOpened(addins.data, item, (a) => a.name, (a) => a.guid);
  return (
    <Asked of={addins}>
      {(list) => (
        <Split
          list={
            <Table
              label={w("addins")} rows={list} id={(a) => a.name} open={item} onOpen={(a) => open(a.name)} file="addins" first={{ key: "name", down: false }}
              columns={[
                { key: "name", head: w("name"), value: (a) => a.name, width: 14 },
                { key: "url", head: w("webAddress"), value: (a) => a.url },
              ]}
              tools={<Button icon="plus" onClick={() => open("+")}>{w("newAddin")}</Button>}
            />
          }
          sheet={
            item && (
              <Sheet key={item} title={item === "+" ? w("newAddin") : item} kind={w("addin")} onClose={() => open()}>
                {item === "+" || addin ? <Addin key={addin?.guid} addin={addin} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
              </Sheet>
            )
          }
        />
      )}
    </Asked>
  );
}

type AddinT = Schemas["Addin"];

const edited = ["name", "url"] as const;

const none: AddinT = { name: "", url: "" };

function Addin({ addin, open }: { addin: AddinT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(addin ?? none, (a: AddinT) => ({ name: a.name, url: a.url }), edited, { label: (key) => w(key === "url" ? "webAddress" : key), act, stale });
  const { name, url } = edit.v;
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    const saved = addin
      ? await edit.send(() => ask("changeAddin", { path: { name: addin.guid ?? addin.name }, body: { name, url, ...(edit.version && { version: edit.version }) } }))
      : await ask("addAddin", { body: { name, url } });
    if (!saved) return "";
    await stale();
    open(saved.name);
    return w("saved");
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        <Text label={w("name")} value={name} onChange={(s) => edit.set({ name: s })} required dir="auto" />
        <Text label={w("webAddress")} hint={w("addinUrlHint")} type="url" value={url} onChange={(s) => edit.set({ url: s })} required />
        {edit.note}
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !!edit.note || !name || !url}>{w(addin ? "save" : "create")}</Button>
          <span className="desk-gap" />
          {addin && <Button look="danger" onClick={() => setDeleting(true)}>{w("delete")}</Button>}
        </Buttons>
      </Form>
      {deleting && addin && (
        <Confirm
          title={w("deleteAddinTitle", { name: addin.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("deleteAddin", { path: { name: addin.name } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w("deleteAddinLose")}</p>
        </Confirm>
      )}
    </Guarded>
  );
}
