import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form, Text } from "../desk/field";
import { Sheet, Split } from "../desk/Sheet";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";

export function Addins({ item, open }: PageProps) {
  const w = useWords();
  const addins = useAsked("listAddins");
  return (
    <Asked of={addins}>
      {(list) => {
        const addin = list.find((a) => a.name === item);
        return (
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
                  {item === "+" || addin ? <Addin key={addin?.url} addin={addin} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

function Addin({ addin, open }: { addin: Schemas["Addin"] | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [name, setName] = useState(addin?.name ?? "");
  const [url, setUrl] = useState(addin?.url ?? "");
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    const saved = addin ? await ask("changeAddin", { path: { name: addin.name }, body: { name, url } }) : await ask("addAddin", { body: { name, url } });
    await stale();
    open(saved.name);
    return w("saved");
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        <Text label={w("name")} value={name} onChange={setName} required dir="auto" />
        <Text label={w("webAddress")} hint={w("addinUrlHint")} type="url" value={url} onChange={setUrl} required />
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !name || !url}>{w(addin ? "save" : "create")}</Button>
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
