import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Effects } from "../desk/Effects";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Form, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { useEdit } from "../desk/edit";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { chosen, findAnyone, listOf, namesOf } from "./principals";

type GroupT = Schemas["Group"];

export function Groups({ item, open }: PageProps) {
  const w = useWords();
  const groups = useAsked("listGroups");
  const columns: Column<GroupT>[] = [
    { key: "name", head: w("name"), value: (g) => g.name },
    { key: "display", head: w("displayName"), value: (g) => g.display_name },
    { key: "container", head: w("container"), value: (g) => g.container ?? false, width: 7, extra: true },
    { key: "n", head: w("members"), value: (g) => g.members.length, width: 7, end: true },
    { key: "members", head: w("direct"), value: (g) => g.members, extra: true },
  ];
  return (
    <Asked of={groups}>
      {(list) => {
        const group = list.find((g) => g.name === item);
        return (
          <Split
            list={
              <Table
                label={w("groups")} rows={list} columns={columns} id={(g) => g.name} open={item} onOpen={(g) => open(g.name)} file="groups" first={{ key: "name", down: false }}
                tools={<Button icon="plus" onClick={() => open("+")}>{w("newGroup")}</Button>}
              />
            }
            sheet={
              item && (
                <Sheet key={item} title={item === "+" ? w("newGroup") : item} kind={w(group?.container ? "container" : "group")} onClose={() => open()}>
                  {item === "+" ? <NewGroup done={open} /> : group ? <Group key={group.guid} group={group} done={() => open()} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
                </Sheet>
              )
            }
          />
        );
      }}
    </Asked>
  );
}

function NewGroup({ done }: { done: (name: string) => void }) {
  const w = useWords();
  const act = useAct();
  const [name, setName] = useState("");
  const [display, setDisplay] = useState("");
  const [container, setContainer] = useState(false);
  const [members, setMembers] = useState(chosen([]));
  return (
    <Guarded duty={administrator}>
      <Form
        onSubmit={() =>
          void act.run(async () => {
            const made = await ask("addGroup", { body: { name, display_name: display, guid: "", container, members: namesOf(members), version: 0 } });
            await stale();
            done(made.name);
          })
        }
      >
        <Text label={w("name")} value={name} onChange={setName} required />
        <Text label={w("displayName")} value={display} onChange={setDisplay} />
        <Check label={w("container")} hint={w("containerHint")} value={container} onChange={setContainer} />
        <Picker label={w("members")} value={members} onChange={setMembers} find={findAnyone} among={["anyone"]} />
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !name}>{w("create")}</Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}

const edited = ["members"] as const;

function Group({ group, done }: { group: GroupT; done: () => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(group, (g: GroupT) => ({ members: g.members }), edited, { label: (key) => w(key), act, stale });
  const [effects, setEffects] = useState<{ of: string; what: Schemas["Preview"] }>();
  const [deleting, setDeleting] = useState(false);
  const { add, remove } = listOf(edit.base.members, edit.v.members);
  const change = { ...(add && { join: add }), ...(remove && { leave: remove }) };
  const changes = JSON.stringify(change);
  const save = async () => {
    const path = { who: group.name };
    const done = await edit.send(async () => {
      const now = add ? await ask("joinGroup", { path, body: { members: add, version: edit.version } }) : group;
      return remove ? ask("leaveGroup", { path, body: { members: remove, version: add ? now.version : edit.version } }) : now;
    });
    if (!done) return "";
    await stale();
    return w("saved");
  };
  const look = async () => setEffects({ of: changes, what: await ask("previewGroup", { path: { who: group.name }, query: { limit: "200" }, body: change }) });
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        <Picker label={w("members")} hint={w("groupMembersHint")} value={chosen(edit.v.members)} find={findAnyone} among={["anyone"]} onChange={(m) => edit.set({ members: namesOf(m) })} />
        {effects?.of === changes && <Effects of={effects.what} />}
        {edit.note}
        <Outcome of={act} />
        <Buttons>
          <Button disabled={act.busy || (!add && !remove)} onClick={() => void act.run(look)}>
            {w("preview")}
          </Button>
          <Button type="submit" look="primary" disabled={act.busy || !!edit.note || (!add && !remove)}>{w("save")}</Button>
          <span className="desk-gap" />
          <Button look="danger" onClick={() => setDeleting(true)}>{w("delete")}</Button>
        </Buttons>
      </Form>
      {deleting && (
        <Confirm
          title={w("deleteGroupTitle", { name: group.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("deleteGroup", { path: { who: group.name } });
            done();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{w("deleteGroupLose", { n: group.members.length })}</p>
        </Confirm>
      )}
    </Guarded>
  );
}
