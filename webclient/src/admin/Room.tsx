// One room, as an administrator changes it.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Choice, Facts, Form, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { Stale } from "../desk/Stale";
import { clashes, onTop, staleOf } from "../desk/stale";
import { Button } from "../ui/Button";
import { Link } from "../ui/Link";
import { ask, stale, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import { administrator, Guarded } from "./duty";
import { chosen, findEligible, namesOf } from "./principals";

type RoomT = Schemas["Room"];

export function Room({ name, open }: { name: string; open: (item?: string) => void }) {
  const room = useAsked("showRoom", { path: { room: name } });
  return <Asked of={room}>{(r) => <RoomForm key={JSON.stringify(r)} room={r} open={open} />}</Asked>;
}

const plain = ["name", "description", "category", "privacy", "type", "invitations"] as const;
const roles = ["members", "managers", "presenters"] as const;
const edited = [...plain, "addin", "disabled", ...roles] as const;

function RoomForm({ room: first, open }: { room: RoomT; open: (item?: string) => void }) {
  const w = useWords();
  const act = useAct();
  const categories = useAsked("listCategories");
  const addins = useAsked("listAddins");
  const [room, setRoom] = useState(first); // what is edited
  const [v, set] = useState(first);
  const [theirs, setTheirs] = useState<RoomT>();
  const [asking, setAsking] = useState<"disable" | "delete">();
  const body: Schemas["RoomChange"] = {};
  for (const key of plain) if (v[key] !== room[key]) body[key] = v[key];
  if ((v.addin ?? "") !== (room.addin ?? "")) body.addin = v.addin ?? "";
  for (const role of roles) if (v[role].join("\n") !== room[role].join("\n")) body[role] = v[role];
  const change = async (b: Schemas["RoomChange"]): Promise<string> => {
    try {
      const changed = await ask("changeRoom", { path: { room: room.uri }, body: { ...b, version: room.version } });
      if (changed.name !== first.name) open(changed.name);
    } catch (e) {
      const now = staleOf<RoomT>(e);
      if (!now) throw e;
      setTheirs(now);
      return "";
    }
    await stale();
    return w("saved");
  };
  const take = (now: RoomT, mine: RoomT) => {
    setRoom(now);
    set(mine);
    setTheirs(undefined);
    act.clear();
  };
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
          <Text label={w("name")} value={v.name} onChange={(name) => set({ ...v, name })} required dir="auto" />
          <Text label={w("description")} value={v.description} onChange={(description) => set({ ...v, description })} dir="auto" />
          <div className="desk-pair">
            <Choice label={w("category")} value={v.category} onChange={(category) => set({ ...v, category })} options={names(categories.data)} />
            <Choice label={w("addin")} value={v.addin ?? ""} onChange={(addin) => set({ ...v, addin })} options={[["", w("none")], ...names(addins.data)]} />
            <Choice label={w("privacy")} value={v.privacy} onChange={(privacy) => set({ ...v, privacy })} options={[["open", w("open")], ["closed", w("closed")], ["secret", w("secret")]]} />
            <Choice label={w("type")} value={v.type} onChange={(type) => set({ ...v, type })} options={[["normal", w("normal")], ["auditorium", w("auditorium")]]} />
            <Choice label={w("invitations")} value={v.invitations} onChange={(invitations) => set({ ...v, invitations })} options={[["inherit", w("inherit")], ["off", w("off")]]} />
          </div>
          {roles.map(
            (role) =>
              (role !== "presenters" || v.type === "auditorium" || v.presenters.length > 0) && (
                <Picker key={role} label={w(role)} value={chosen(v[role])} find={(p) => findEligible(room.name, role === "presenters" && room.type === "auditorium", p)} among={[role, room.name, room.type]} onChange={(c) => set({ ...v, [role]: namesOf(c) })} />
              ),
          )}
          {theirs && (
            <Stale
              list={clashes(edited, room, v, theirs)} label={(key) => w(key)}
              onKeep={() => take(theirs, onTop(edited, room, v, theirs))} onTake={() => take(theirs, theirs)}
            />
          )}
          <Outcome of={act} />
          <Buttons>
            <Button type="submit" look="primary" disabled={act.busy || theirs !== undefined || !Object.keys(body).length}>{w("save")}</Button>
            <span className="desk-gap" />
            {room.disabled ? (
              <Button disabled={act.busy} onClick={() => void act.run(() => change({ disabled: false }).then(() => undefined))}>{w("enable")}</Button>
            ) : (
              <Button look="danger" onClick={() => setAsking("disable")}>{w("disable")}</Button>
            )}
            <Button look="danger" onClick={() => setAsking("delete")}>{w("delete")}</Button>
          </Buttons>
        </Form>
      </Guarded>
      {asking === "disable" && (
        <Confirm title={w("disableRoomTitle", { name: room.name })} action={w("disable")} onDo={() => change({ disabled: true }).then(() => undefined)} onClose={() => setAsking(undefined)}>
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
