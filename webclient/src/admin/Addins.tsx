import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form, Text } from "../desk/field";
import { Stale } from "../desk/Stale";
import { clashes, onTop, staleOf } from "../desk/stale";
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

const edited = ["name", "url"] as const;

function Addin({ addin: first, open }: { addin: Schemas["Addin"] | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [addin, setAddin] = useState(first); // what is edited
  const [theirs, setTheirs] = useState<Schemas["Addin"]>();
  const [name, setName] = useState(addin?.name ?? "");
  const [url, setUrl] = useState(addin?.url ?? "");
  const [deleting, setDeleting] = useState(false);
  const save = async () => {
    let saved: Schemas["Addin"];
    try {
      saved = addin
        ? await ask("changeAddin", { path: { name: addin.guid ?? addin.name }, body: { name, url, ...(addin.version && { version: addin.version }) } })
        : await ask("addAddin", { body: { name, url } });
    } catch (e) {
      const now = staleOf<Schemas["Addin"]>(e);
      if (!now) throw e;
      setTheirs(now);
      return "";
    }
    await stale();
    open(saved.name);
    return w("saved");
  };
  const take = (now: Schemas["Addin"], wish: Schemas["Addin"]) => {
    setAddin(now);
    setName(wish.name);
    setUrl(wish.url);
    setTheirs(undefined);
    act.clear();
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        <Text label={w("name")} value={name} onChange={setName} required dir="auto" />
        <Text label={w("webAddress")} hint={w("addinUrlHint")} type="url" value={url} onChange={setUrl} required />
        {theirs && addin && (
          <Stale
            list={clashes(edited, addin, { ...addin, name, url }, theirs)} label={(key) => w(key === "url" ? "webAddress" : key)}
            onKeep={() => take(theirs, onTop(edited, addin, { ...addin, name, url }, theirs))} onTake={() => take(theirs, theirs)}
          />
        )}
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || theirs !== undefined || !name || !url}>{w(addin ? "save" : "create")}</Button>
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
