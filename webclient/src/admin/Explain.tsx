// Whether somebody may do something somewhere, by which rule, and why.
import { useState } from "react";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Choice, Facts, Form, Text } from "../desk/field";
import { Picker, type Choosable } from "../desk/Picker";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { ask, useAsked, type Schemas } from "./ask";
import { useWords } from "./catalogue";
import type { PageProps } from "./pages";
import { findUsers } from "./principals";

const actions = ["see", "join", "read", "post", "upload", "download", "manage", "create"] as const;

export function Explain({ query }: PageProps) {
  const w = useWords();
  const act = useAct();
  const rooms = useAsked("listRooms", { query: {} });
  const categories = useAsked("listCategories");
  const [user, setUser] = useState<Choosable[]>([]);
  const [action, setAction] = useState<(typeof actions)[number]>("post");
  const [room, setRoom] = useState(new URLSearchParams(query).get("room") ?? "");
  const [answer, setAnswer] = useState<Schemas["Explanation"]>();
  const places = action === "create" ? categories.data : rooms.data;
  const who = user[0]?.id;
  return (
    <>
      <p className="desk-hint">{w("explainIntro")}</p>
      <Form onSubmit={() => who && void act.run(async () => setAnswer(await ask("explain", { query: { user: who, action, room } })))}>
        <div className="desk-trio">
          <Picker label={w("user")} one value={user} onChange={setUser} find={findUsers} among={["users"]} />
          <Choice label={w("action")} value={action} onChange={setAction} options={actions.map((a) => [a, w(`may_${a}`)] as const)} />
          <Text label={w(action === "create" ? "category" : "room")} value={room} onChange={setRoom} list="explain-places" />
        </div>
        <datalist id="explain-places">{places?.map((r) => <option key={r.uri} value={r.name} />)}</datalist>
        <Outcome of={act} />
        <Buttons>
          <Button type="submit" look="primary" icon="help" disabled={act.busy || !who || !room}>{w("explainDo")}</Button>
        </Buttons>
      </Form>
      {answer && (
        <div className={answer.allowed ? "desk-note good" : "desk-note bad"} role="status">
          <p className="desk-verdict">
            <Icon name={answer.allowed ? "check" : "close"} />
            {w(answer.allowed ? "mayYes" : "mayNo", { user: answer.user, action: w(`may_${answer.action as "see"}`), room: answer.room })}
          </p>
          <p>{answer.reason}</p>
          <Facts of={[[w("rule"), answer.rule], [w("clause"), answer.clause], answer.through && [w("through"), answer.through]]} />
        </div>
      )}
    </>
  );
}
