import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Effects } from "../desk/Effects";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Facts, Form, Text } from "../desk/field";
import { Picker, type Choosable } from "../desk/Picker";
import { Sheet, Split } from "../desk/Sheet";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { findGroups } from "./principals";

export function Walls({ item, open }: PageProps) {
  const w = useWords();
  const walls = useAsked("listWalls");
  return (
    <Asked of={walls}>
      {(list) => {
        const wall = list.find((x) => x.name === item);
        return (
          <Split
            list={
              <>
                <p className="desk-hint">{w("wallsIntro")}</p>
                <Table
                  label={w("walls")} rows={list} id={(x) => x.name} open={item} onOpen={(x) => open(x.name)} file="walls"
                  columns={[
                    { key: "name", head: w("name"), value: (x) => x.name },
                    { key: "a", head: w("sideA"), value: (x) => x.a },
                    { key: "b", head: w("sideB"), value: (x) => x.b },
                  ]}
                  tools={<Button icon="plus" onClick={() => open("+")}>{w("newWall")}</Button>}
                />
              </>
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newWall") : item} kind={w("wall")} onClose={() => open()}>
                  {item === "+" ? <NewWall open={open} /> : wall ? <Wall wall={wall} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

function NewWall({ open }: { open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [name, setName] = useState("");
  const [a, setA] = useState<Choosable[]>([]);
  const [b, setB] = useState<Choosable[]>([]);
  const [effects, setEffects] = useState<Schemas["Preview"]>();
  const body = { name, a: a[0]?.id ?? "", b: b[0]?.id ?? "" };
  const ready = Boolean(body.name && body.a && body.b);
  const side = (label: string, value: Choosable[], set: (c: Choosable[]) => void) => (
    <Picker
      label={label} one value={value} find={findGroups} among={["groups"]}
      onChange={(c) => {
        set(c);
        setEffects(undefined);
      }}
    />
  );
  return (
    <Guarded duty={administrator}>
      <Form
        onSubmit={() =>
          void act.run(async () => {
            const wall = (await ask("addWall", { body })) as Schemas["Wall"];
            await stale();
            open(wall.name);
          })
        }
      >
        <Text label={w("name")} value={name} onChange={setName} required />
        {side(w("sideA"), a, setA)}
        {side(w("sideB"), b, setB)}
        {effects && <Effects of={effects} />}
        <Outcome of={act} />
        <Buttons>
          <Button
            disabled={act.busy || !ready}
            onClick={() => void act.run(async () => setEffects((await ask("addWall", { query: { dry_run: "true", limit: "200" }, body })) as Schemas["Preview"]))}
          >
            {w("preview")}
          </Button>
          <Button type="submit" look="primary" disabled={act.busy || !ready}>{w("wallUp")}</Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}

function Wall({ wall, open }: { wall: Schemas["Wall"]; open: (item?: string) => void }) {
  const w = useWords();
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Facts of={[[w("sideA"), wall.a], [w("sideB"), wall.b]]} />
      <Guarded duty={administrator}>
        <Buttons>
          <Button look="danger" onClick={() => setDeleting(true)}>{w("wallDown")}</Button>
        </Buttons>
      </Guarded>
      {deleting && (
        <Confirm
          title={w("wallDownTitle", { name: wall.name })}
          action={w("wallDown")}
          onDo={async () => {
            await ask("deleteWall", { path: { name: wall.name } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w("wallDownLose", { a: wall.a, b: wall.b })}</p>
        </Confirm>
      )}
    </>
  );
}
