// One room: its fields and roles, what one may do in it, its webhooks.
import { useState } from "react";
import { Refusal } from "../api/refusal";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form } from "../desk/field";
import { go } from "../shell/route";
import { Button } from "../ui/Button";
import { ask, stale, useAsked } from "./ask";
import { useWords } from "./catalogue";
import { Collision } from "./Collision";
import { changeOf, differs, editOf, fields, type Edit, type Roles, type Room } from "./edit";
import { Fields } from "./Fields";
import { Rights } from "./Rights";
import { Webhooks } from "./Webhooks";

export function Editor({ guid }: { guid: string }) {
  const room = useAsked("getRoom", { path: { room: guid } });
  const w = useWords();
  return (
    <Asked of={room}>
      {(r) =>
        r.may.manage ? (
          <>
            <Managed guid={guid} first={r} />
            <Webhooks room={guid} />
            <Rights room={guid} />
          </>
        ) : (
          <>
            <p className="desk-note">{w(r.disabled ? "disabledNote" : "rightsOnly")}</p>
            <Rights room={guid} />
          </>
        )
      }
    </Asked>
  );
}

function Managed({ guid, first }: { guid: string; first: Room }) {
  const roles = useAsked("getRoles", { path: { room: guid } });
  // The form keeps what it was opened with; what others do meanwhile shows as a collision when it is saved.
  return <Asked of={roles}>{(r) => <RoomForm key={guid} room={first} roles={r} />}</Asked>;
}

function RoomForm({ room: first, roles: firstRoles }: { room: Room; roles: Roles }) {
  const w = useWords();
  const act = useAct();
  const [room, setRoom] = useState(first);
  const [base, setBase] = useState(() => editOf(first, firstRoles));
  const [version, setVersion] = useState(firstRoles.version);
  const [edit, setEdit] = useState(base);
  const [clash, setClash] = useState<{ room: Room; theirs: Edit; version: number; mine: Edit }>();
  const [disabling, setDisabling] = useState(false);
  const categories = useAsked("listCategories");
  const addins = useAsked("listAddins");
  const named = (id: string) => [...(categories.data ?? []), ...(addins.data ?? [])].find((x) => x.guid === id)?.name ?? id;
  const changed = fields.filter((f) => differs(f, base, edit));

  const accept = async (r: Room) => {
    if (!r.may.manage) { // he has taken himself off the managers: the room is none of his any more
      await stale();
      go("/manage");
      return;
    }
    const roles = await ask("getRoles", { path: { room: r.guid } });
    const now = editOf(r, roles);
    setRoom(r);
    setBase(now);
    setEdit(now);
    setVersion(roles.version);
    setClash(undefined);
    await stale();
  };

  const save = async (from: Edit, to: Edit, at: number): Promise<string> => {
    const change = changeOf(from, to);
    if (!change) return w("nothing");
    try {
      await accept(await ask("updateRoom", { path: { room: room.guid }, body: { version: at, ...change } }));
    } catch (e) {
      const body = e instanceof Refusal && e.status === 409 ? (e.body as { current?: Room; roles?: Roles }) : undefined;
      if (!body?.current || !body.roles) throw e;
      setClash({ room: body.current, theirs: editOf(body.current, body.roles), version: body.current.version, mine: to });
      return "";
    }
    return w("saved");
  };

  const take = (c: NonNullable<typeof clash>) => {
    setRoom(c.room);
    setBase(c.theirs);
    setEdit(c.theirs);
    setVersion(c.version);
    setClash(undefined);
    act.clear();
    void stale();
  };

  return (
    <Form onSubmit={() => void act.run(() => save(base, edit, version))}>
      {room.disabled && <p className="desk-note warn">{w("disabledNote")}</p>}
      <Fields edit={edit} onChange={setEdit} room={room.guid} invites={room.invites ?? false} auditorium={room.type === "auditorium"} disabled={clash !== undefined} />
      {clash && (
        <Collision
          base={base}
          mine={clash.mine}
          theirs={clash.theirs}
          room={clash.room}
          busy={act.busy}
          named={named}
          onApply={(to) =>
            void act.run(async () => {
              setBase(clash.theirs);
              setVersion(clash.version);
              setEdit(to);
              return changeOf(clash.theirs, to) ? await save(clash.theirs, to, clash.version) : (take(clash), w("nothing"));
            })
          }
          onTake={() => take(clash)}
        />
      )}
      <Outcome of={act} />
      {!clash && (
        <Buttons>
          <Button type="submit" look="primary" disabled={act.busy || !changed.length}>
            {w("save")}
          </Button>
          {changed.length > 0 && (
            <>
              <Button onClick={() => setEdit(base)}>{w("discard")}</Button>
              <span className="desk-hint" role="status">{w("unsaved", { n: changed.length })}</span>
            </>
          )}
          <span className="desk-gap" />
          {room.disabled ? (
            <Button onClick={() => void act.run(() => save(base, { ...base, disabled: false }, version))}>{w("enable")}</Button>
          ) : (
            <Button look="danger" onClick={() => setDisabling(true)}>{w("disable")}</Button>
          )}
        </Buttons>
      )}
      {disabling && (
        <Confirm title={w("disableTitle", { name: room.name })} action={w("disable")} onDo={() => save(base, { ...base, disabled: true }, version).then(() => undefined)} onClose={() => setDisabling(false)}>
          {room.participants > 0 && <p>{w("disableLose", { n: room.participants })}</p>}
          <p>{w("disableKept")}</p>
        </Confirm>
      )}
      <p className="desk-hint"><bdi>{room.uri}</bdi></p>
    </Form>
  );
}
