import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Effects } from "../desk/Effects";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Form, Text } from "../desk/field";
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
import { chosen, findAnyone, listOf, namesOf } from "./principals";

type GroupT = Schemas["Group"];

export function Groups({ item, open }: PageProps) {
  const w = useWords();
  const groups = useAsked("listGroups");
  const columns: Column<GroupT>[] = [
    { key: "name", head: w("name"), value: (g) => g.name },
    { key: "display", head: w("displayName"), value: (g) => g.display_name },
    { key: "container", head: w("container"), value: (g) => g.container ?? false, width: 7 },
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
                  {item === "+" ? <NewGroup done={open} /> : group ? <Group key={group.members.join()} group={group} done={() => open()} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
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

function Group({ group: first, done }: { group: GroupT; done: () => void }) {
  const w = useWords();
  const act = useAct();
  const [group, setGroup] = useState(first); // what is edited
  const [members, setMembers] = useState(chosen(first.members));
  const [theirs, setTheirs] = useState<GroupT>();
  const [effects, setEffects] = useState<Schemas["Preview"]>();
  const [deleting, setDeleting] = useState(false);
  const { add, remove } = listOf(group.members, namesOf(members));
  const change = { ...(add && { join: add }), ...(remove && { leave: remove }) };
  const save = async () => {
    let version = group.version;
    try {
      if (add) ({ version } = await ask("joinGroup", { path: { who: group.name }, body: { members: add, version } }));
      if (remove) await ask("leaveGroup", { path: { who: group.name }, body: { members: remove, version } });
    } catch (e) {
      const now = staleOf<GroupT>(e);
      if (!now) throw e;
      setTheirs(now);
      return "";
    }
    await stale();
    return w("saved");
  };
  const mine = { ...group, members: namesOf(members) };
  const take = (now: GroupT, wish: GroupT) => {
    setGroup(now);
    setMembers(chosen(wish.members));
    setTheirs(undefined);
    act.clear();
  };
  return (
    <Guarded duty={administrator}>
      <Form onSubmit={() => void act.run(save)}>
        <Picker
          label={w("members")} hint={w("groupMembersHint")} value={members} find={findAnyone} among={["anyone"]}
          onChange={(m) => {
            setMembers(m);
            setEffects(undefined);
          }}
        />
        {effects && <Effects of={effects} />}
        {theirs && (
          <Stale
            list={clashes(edited, group, mine, theirs)} label={(key) => w(key)}
            onKeep={() => take(theirs, onTop(edited, group, mine, theirs))} onTake={() => take(theirs, theirs)}
          />
        )}
        <Outcome of={act} />
        <Buttons>
          <Button disabled={act.busy || (!add && !remove)} onClick={() => void act.run(async () => setEffects(await ask("previewGroup", { path: { who: group.name }, query: { limit: "200" }, body: change })))}>
            {w("preview")}
          </Button>
          <Button type="submit" look="primary" disabled={act.busy || theirs !== undefined || (!add && !remove)}>{w("save")}</Button>
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
