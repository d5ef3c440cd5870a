// Who may do what where.
import { useState } from "react";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form, Text } from "../desk/field";
import { Picker, type Choosable } from "../desk/Picker";
import { Table } from "../desk/Table";
import { Button } from "../ui/Button";
import { askLines, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import type { PageProps } from "./pages";
import { findUsers } from "./principals";
import { said } from "./times";

type Right = Schemas["Right"];

export function Rights({ query }: PageProps) {
  const w = useWords();
  const act = useAct();
  const rooms = useAsked("listRooms", { query: {} });
  const [user, setUser] = useState<Choosable[]>([]);
  const [room, setRoom] = useState(new URLSearchParams(query).get("room") ?? "");
  const [rights, setRights] = useState<Right[]>();
  const search = () => act.run(async () => setRights(await askLines<Right>("rights", said({ user: user[0]?.id ?? "", room }))));
  return (
    <>
      <p className="desk-hint">{w("rightsIntro")}</p>
      <Form onSubmit={() => void search()}>
        <div className="desk-pair">
          <Picker label={w("user")} hint={w("everybodyHint")} one value={user} onChange={setUser} find={findUsers} among={["users"]} />
          <Text label={w("room")} hint={w("everyRoomHint")} value={room} onChange={setRoom} list="rights-rooms" />
        </div>
        <datalist id="rights-rooms">{rooms.data?.map((r) => <option key={r.uri} value={r.name} />)}</datalist>
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" icon="search" disabled={act.busy}>{w("report")}</Button>
        </Buttons>
      </Form>
      {rights && (
        <Table
          label={w("rights")} rows={rights} id={(r) => `${r.user}\n${r.room}`} file="rights" first={{ key: "user", down: false }}
          columns={[
            { key: "user", head: w("user"), value: (r) => r.user, width: 9 },
            { key: "room", head: w("room"), value: (r) => r.room, width: 11 },
            { key: "category", head: w("category"), value: (r) => r.category, width: 9, extra: true },
            { key: "may", head: w("may"), value: (r) => r.may },
            { key: "rule", head: w("readRule"), value: (r) => r.read_rule, width: 10, extra: true },
          ]}
        />
      )}
    </>
  );
}
