import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Check, Choice, Form, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { Sheet, Split } from "../desk/Sheet";
import { Table, type Column } from "../desk/Table";
import { Button } from "../ui/Button";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import type { PageProps } from "./pages";
import { chosen, findAnyone, findEligible, namesOf } from "./principals";
import { Room } from "./Room";

export type RoomT = Schemas["Room"];

export function Rooms({ item, query, open }: PageProps) {
  const w = useWords();
  const [filters, setFilters] = useState<Record<string, string>>(() => Object.fromEntries(new URLSearchParams(query)));
  const given = Object.fromEntries(Object.entries(filters).filter(([, v]) => v));
  const rooms = useAsked("listRooms", { query: given });
  const categories = useAsked("listCategories");
  const columns: Column<RoomT>[] = [
    { key: "name", head: w("name"), value: (r) => r.name },
    { key: "category", head: w("category"), value: (r) => r.category, width: 9 },
    { key: "privacy", head: w("privacy"), value: (r) => w(r.privacy as "open"), width: 7 },
    { key: "type", head: w("type"), value: (r) => w(r.type as "normal"), width: 7, extra: true },
    { key: "disabled", head: w("disabled"), value: (r) => r.disabled, width: 8, extra: true },
    { key: "inside", head: w("inside"), value: (r) => r.participants, width: 6, end: true, extra: true },
    { key: "members", head: w("members"), value: (r) => r.members, extra: true },
    { key: "managers", head: w("managers"), value: (r) => r.managers, extra: true },
    { key: "addin", head: w("addin"), value: (r) => r.addin, width: 7, extra: true },
  ];
  const choice = (key: string, label: string, options: readonly (readonly [string, string])[]) => (
    <Choice label={label} value={filters[key] ?? ""} onChange={(v) => setFilters({ ...filters, [key]: v })} options={[["", w("any")], ...options]} />
  );
  const who = (key: string, label: string) => (
    <Picker label={label} one value={chosen(filters[key] ? [filters[key]] : [])} find={findAnyone} among={["anyone"]} onChange={(c) => setFilters({ ...filters, [key]: c[0]?.id ?? "" })} />
  );
  return (
    <Split
      list={
        <>
          <details className="desk-filters" open={Object.keys(given).length > 0 || undefined}>
            <summary>{w("filters")}</summary>
            <div className="desk-trio">
              {choice("category", w("category"), (categories.data ?? []).map((c) => [c.name, c.name] as const))}
              {choice("disabled", w("disabled"), [["true", w("yes")], ["false", w("no")]])}
              {choice("privacy", w("privacy"), [["open", w("open")], ["closed", w("closed")], ["secret", w("secret")]])}
              {choice("type", w("type"), [["normal", w("normal")], ["auditorium", w("auditorium")]])}
              {choice("invitations", w("invitations"), [["inherit", w("inherit")], ["off", w("off")]])}
              {who("member", w("memberIs"))}
              {who("manager", w("managerIs"))}
              {who("joined", w("joinedIs"))}
            </div>
          </details>
          <Asked of={rooms}>
            {(list) => (
              <Table
                label={w("rooms")} rows={list} columns={columns} id={(r) => r.name} open={item} onOpen={(r) => open(r.name)} file="rooms" first={{ key: "name", down: false }}
                tools={<Button icon="plus" onClick={() => open("+")}>{w("newRoom")}</Button>}
              />
            )}
          </Asked>
        </>
      }
      sheet={
        item && (
          <Sheet key={item} title={item === "+" ? w("newRoom") : item} kind={w("room")} onClose={() => open()}>
            {item === "+" ? <NewRoom open={open} /> : <Room name={item} open={open} />}
          </Sheet>
        )
      }
    />
  );
}

function NewRoom({ open }: { open: (name: string) => void }) {
  const w = useWords();
  const act = useAct();
  const categories = useAsked("listCategories");
  const [v, set] = useState<Schemas["NewRoom"]>({ name: "", category: "", description: "", privacy: "closed", type: "normal", disabled: false, members: [], managers: [] });
  const category = v.category || categories.data?.[0]?.name || "";
  return (
    <Guarded duty={administrator}>
      <Form
        onSubmit={() =>
          void act.run(async () => {
            await ask("addRooms", { body: { items: [{ ...v, category }] } });
            await stale();
            open(v.name.trim());
          })
        }
      >
        <Text label={w("name")} value={v.name} onChange={(name) => set({ ...v, name })} required dir="auto" />
        <Text label={w("description")} value={v.description ?? ""} onChange={(description) => set({ ...v, description })} dir="auto" />
        <div className="desk-pair">
          <Choice label={w("category")} value={category} onChange={(c) => set({ ...v, category: c })} options={(categories.data ?? []).map((c) => [c.name, c.name] as const)} />
          <Choice label={w("privacy")} value={v.privacy ?? "closed"} onChange={(privacy) => set({ ...v, privacy })} options={[["open", w("open")], ["closed", w("closed")], ["secret", w("secret")]]} />
          <Choice label={w("type")} value={v.type ?? "normal"} onChange={(type) => set({ ...v, type })} options={[["normal", w("normal")], ["auditorium", w("auditorium")]]} />
        </div>
        {(["members", "managers", ...(v.type === "auditorium" ? (["presenters"] as const) : [])] as const).map((role) => (
          <Picker key={role} label={w(role)} value={chosen(v[role])} find={(p) => findEligible(category, false, p)} among={[role, category]} onChange={(c) => set({ ...v, [role]: namesOf(c) })} />
        ))}
        <Check label={w("disabledYet")} value={v.disabled ?? false} onChange={(disabled) => set({ ...v, disabled })} />
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !v.name}>{w("create")}</Button>
        </Buttons>
      </Form>
    </Guarded>
  );
}
