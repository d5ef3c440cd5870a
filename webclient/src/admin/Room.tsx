// One room, as an administrator changes it.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Choice, Facts, Form, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { useEdit } from "../desk/edit";
import { Button } from "../ui/Button";
import { Link } from "../ui/Link";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import { chosen, findEligible, namesOf } from "./principals";

type RoomT = Schemas["Room"];

export function Room({ name, open }: { name: string; open: (item?: string) => void }) {
  const room = useAsked("showRoom", { path: { room: name } });
  return <Asked of={room}>{(r) => <RoomForm key={r.uri} room={r} open={open} />}</Asked>;
}

const plain = ["name", "description", "category", "privacy", "type", "invitations", "addin"] as const;
const roles = ["members", "managers", "presenters"] as const;
const edited = [...plain, "disabled", ...roles] as const;

const roomForm = (r: RoomT) => ({
  name: r.name, description: r.description, category: r.category, privacy: r.privacy, type: r.type, invitations: r.invitations, addin: r.addin ?? "", disabled: r.disabled,
  members: r.members, managers: r.managers, presenters: r.presenters,
});

function RoomForm({ room, open }: { room: RoomT; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const categories = useAsked("listCategories");
  const addins = useAsked("listAddins");
  const named = (key: string, v: unknown) => (["privacy", "type", "invitations"].includes(key) ? w(v as "open") : undefined);
  const edit = useEdit(room, roomForm, edited, { label: (key) => w(key), show: named, act, stale });
  const { base, v, set } = edit;
  const [asking, setAsking] = useState<"disable" | "delete">();
  const body: Schemas["RoomChange"] = {};
  for (const key of plain) if (v[key] !== base[key]) body[key] = v[key];
  if (v.disabled !== base.disabled) body.disabled = v.disabled;
  for (const role of roles) if (v[role].join("\n") !== base[role].join("\n")) body[role] = v[role];
  const change = async (b: Schemas["RoomChange"], only?: { disabled: boolean }): Promise<string> => {
    const changed = await edit.send(() => ask("changeRoom", { path: { room: room.uri }, body: { ...b, version: edit.version } }), only);
    if (!changed) return "";
    if (changed.name !== room.name) open(changed.name);
    await stale();
    return w("saved");
  };
  const able = (disabled: boolean) => change({ disabled }, { disabled });
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((c) => [c.name, c.name] as const);
  return (
    <>
      <Facts
        of={[
          [w("address"), <bdi key="a">{room.uri}</bdi>],
          [w("inside"), String(room.participants)],
          [w("more"), <span key="m"><Link to={`/admin/explain?room=${encodeURIComponent(room.name)}`}>{w("explain")}</Link> · <Link to={`/admin/messages?room=${encodeURIComponent(room.name)}`}>{w("messages")}</Link> · <Link to={`/admin/rights?room=${encodeURIComponent(room.name)}`}>{w("rights")}</Link></span>],
        ]}
      />
      {room.disabled && <p className="desk-note warn">{w("roomDisabled")}</p>}
      <Guarded duty={administrator}>
        <Form onSubmit={() => void act.run(() => change(body))}>
          <Text label={w("name")} value={v.name} onChange={(name) => set({ name })} required dir="auto" />
          <Text label={w("description")} value={v.description} onChange={(description) => set({ description })} dir="auto" />
          <div className="desk-pair">
            <Choice label={w("category")} value={v.category} onChange={(category) => set({ category })} options={names(categories.data)} />
            <Choice label={w("addin")} value={v.addin} onChange={(addin) => set({ addin })} options={[["", w("none")], ...names(addins.data)]} />
            <Choice label={w("privacy")} value={v.privacy} onChange={(privacy) => set({ privacy })} options={[["open", w("open")], ["closed", w("closed")], ["secret", w("secret")]]} />
            <Choice label={w("type")} value={v.type} onChange={(type) => set({ type })} options={[["normal", w("normal")], ["auditorium", w("auditorium")]]} />
            <Choice label={w("invitations")} value={v.invitations} onChange={(invitations) => set({ invitations })} options={[["inherit", w("inherit")], ["off", w("off")]]} />
          </div>
          {roles.map(
            (role) =>
              (role !== "presenters" || v.type === "auditorium" || v.presenters.length > 0) && (
                <Picker key={role} label={w(role)} value={chosen(v[role])} find={(p) => findEligible(room.name, role === "presenters" && room.type === "auditorium", p)} among={[role, room.name, room.type]} onChange={(c) => set({ [role]: namesOf(c) })} />
              ),
          )}
          {edit.note}
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" look="primary" disabled={act.busy || !!edit.note || !Object.keys(body).length}>{w("save")}</Button>
            <span className="desk-gap" />
            {room.disabled ? (
              <Button disabled={act.busy} onClick={() => void act.run(() => able(false))}>{w("enable")}</Button>
            ) : (
              <Button look="danger" onClick={() => setAsking("disable")}>{w("disable")}</Button>
            )}
            <Button look="danger" onClick={() => setAsking("delete")}>{w("delete")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {asking === "disable" && (
        <Confirm title={w("disableRoomTitle", { name: room.name })} action={w("disable")} onDo={() => able(true).then(() => undefined)} onClose={() => setAsking(undefined)}>
          <p>{w("disableRoomLose", { n: room.participants })}</p>
        </Confirm>
      )}
      {asking === "delete" && (
        <Confirm
          title={w("deleteRoomTitle", { name: room.name })}
          action={w("delete")}
          onDo={async () => {
            await ask("deleteRoom", { path: { room: room.name } });
            open();
            await stale();
          }}
          onClose={() => setAsking(undefined)}
        >
          <p>{w("deleteRoomLose", { n: room.participants })}</p>
          <p>{w("deleteRoomKept")}</p>
        </Confirm>
      )}
    </>
  );
}
