import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Effects } from "../desk/Effects";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Facts, Form, List, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { useEdit } from "../desk/edit";
import { Sheet, Split, useOpened } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { Link } from "../ui/Link";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { chosen, findAnyone, listOf, namesOf } from "./principals";

type CategoryT = Schemas["Category"];

export function Categories({ item, open }: PageProps) {
  const w = useWords();
  const categories = useAsked("listCategories");
  const category = useOpened(categories.data, item, (c) => c.name, (c) => c.uri);
  const columns: Column<CategoryT>[] = [
    { key: "name", head: w("name"), value: (c) => c.name },
    { key: "rooms", head: w("rooms"), value: (c) => c.rooms, width: 6, end: true },
    { key: "allowed", head: w("allowed"), value: (c) => c.allowed },
    { key: "denied", head: w("denied"), value: (c) => c.denied, extra: true },
    { key: "creators", head: w("creators"), value: (c) => c.creators, extra: true },
    { key: "files", head: w("files"), value: (c) => c.files, width: 6, extra: true },
    { key: "history", head: w("history"), value: (c) => c.history, width: 6, extra: true },
    { key: "strict", head: w("strict"), value: (c) => c.strict, width: 6, extra: true },
    { key: "retention", head: w("retention"), value: (c) => c.retention, width: 8, extra: true },
  ];
  return (
    <Asked of={categories}>
      {(list) => (
        <Split
          list={
            <Table
              label={w("categories")} rows={list} columns={columns} id={(c) => c.name} open={item} onOpen={(c) => open(c.name)} file="categories" first={{ key: "name", down: false }}
              tools={<Button icon="plus" onClick={() => open("+")}>{w("newCategory")}</Button>}
            />
          }
          sheet={
            item && (
              <Sheet key={item} title={item === "+" ? w("newCategory") : item} kind={w("category")} onClose={() => open()}>
                {item === "+" || category ? <Category key={category?.uri} category={category} open={open} /> : <p className="desk-empty">{w("noSuch", { name: item })}</p>}
              </Sheet>
            )
          }
        />
      )}
    </Asked>
  );
}

const empty: CategoryT = { name: "", uri: "", description: "", invitations: true, files: false, history: true, strict: false, file_types: [], retention: "", allowed: [], denied: [], creators: [], rooms: 0, version: 0 };

const edited = ["name", "description", "allowed", "denied", "creators", "invitations", "files", "file_types", "history", "strict", "retention"] as const;

/** A field of a category is called by the name of its word. */
const word = (key: (typeof edited)[number]) => (key === "file_types" ? "fileTypes" : key);

function Category({ category, open }: { category: CategoryT | undefined; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const edit = useEdit(category ?? empty, (c: CategoryT) => ({ ...c, file_types: c.file_types ?? [] }), edited, { label: (key) => w(word(key)), act, stale });
  const { base, v, set } = edit;
  const [effects, setEffects] = useState<{ of: string; what: Schemas["Preview"] }>();
  const [deleting, setDeleting] = useState(false);
  const change: Schemas["CategoryChange"] = { allowed: listOf(base.allowed, v.allowed), denied: listOf(base.denied, v.denied), creators: listOf(base.creators, v.creators) };
  for (const key of ["name", "description", "retention"] as const) if (v[key] !== base[key]) change[key] = v[key];
  for (const key of ["invitations", "files", "history", "strict"] as const) if (!category || v[key] !== base[key]) change[key] = v[key];
  if (v.file_types.join() !== base.file_types.join()) change.file_types = v.file_types;
  const changes = JSON.stringify(change);

  const list = (key: "allowed" | "denied" | "creators") => (
    <Picker label={w(key)} hint={w(`${key}Hint`)} value={chosen(v[key])} find={findAnyone} among={["anyone"]} free onChange={(c) => set({ [key]: namesOf(c) })} />
  );
  const flag = (key: "invitations" | "files" | "history" | "strict") => <Check label={w(key)} hint={w(`${key}Hint`)} value={v[key]} onChange={(on) => set({ [key]: on })} />;
  const save = async () => {
    const saved = category ? await edit.send(() => ask("changeCategory", { path: { name: category.uri }, body: { ...change, version: edit.version } })) : await ask("addCategory", { body: change });
    if (!saved) return "";
    await stale();
    open(saved.name);
    return w("saved");
  };
  const look = async () => setEffects({ of: changes, what: await ask("previewScope", { path: { name: base.name }, query: { limit: "200" }, body: change }) });

  return (
    <>
      {category && <Facts of={[[w("address"), <bdi key="a">{category.uri}</bdi>], [w("rooms"), <Link key="r" to={`/admin/rooms?category=${encodeURIComponent(category.name)}`}>{w("roomCount", { n: category.rooms })}</Link>]]} />}
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(save)}>
          <Text label={w("name")} value={v.name} onChange={(name) => set({ name })} required dir="auto" />
          <Text label={w("description")} value={v.description} onChange={(description) => set({ description })} dir="auto" />
          {list("allowed")}
          {list("denied")}
          {list("creators")}
          {flag("invitations")}
          {flag("files")}
          {v.files && <List label={w("fileTypes")} hint={w("fileTypesHint")} value={v.file_types} onChange={(file_types) => set({ file_types })} parse={(s) => s.split(/[\s,;]+/).filter(Boolean)} join=", " />}
          {flag("history")}
          {flag("strict")}
          <Text label={w("retention")} hint={w("retentionHint")} value={v.retention} onChange={(retention) => set({ retention })} />
          {effects?.of === changes && <Effects of={effects.what} />}
          {edit.note}
          <Outcome of={act} />
          <Buttons>
            {category && <Button disabled={act.busy} onClick={() => void act.run(look)}>{w("preview")}</Button>}
            <Button type="submit" look="primary" disabled={act.busy || !!edit.note || !v.name}>{w(category ? "save" : "create")}</Button>
            <span className="desk-gap" />
            {category && <Button look="danger" onClick={() => setDeleting(true)}>{w("delete")}</Button>}
          </Buttons>
        </Form>
      </Guarded>
      {deleting && (
        <Confirm
          title={w("deleteCategoryTitle", { name: base.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("deleteCategory", { path: { name: base.name } });
            open();
            await stale();
          }}
          onClose={() => setDeleting(false)}
        >
          <p>{base.rooms ? w("categoryHasRooms", { n: base.rooms }) : w("deleteCategoryLose")}</p>
        </Confirm>
      )}
    </>
  );
}
