// A new room.
import { useState } from "react";
import { Asked } from "../desk/Asked";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Form } from "../desk/field";
import { Button } from "../ui/Button";
import { go } from "../shell/route";
import { ask, stale, useAsked } from "./ask";
import { useWords } from "./catalogue";
import { fresh } from "./edit";
import { Fields } from "./Fields";

export function Create() {
  const w = useWords();
  const categories = useAsked("listCategories");
  return (
    <Asked of={categories}>
      {(list) => {
        const mine = list.find((c) => c.may_create);
        if (mine) return <NewRoom category={mine.guid} />;
        return (
          <div className="desk-note warn" role="status">
            <p>{w("noneToCreate")}</p>
            {list.length > 0 && <p>{w("noneToCreateOf", { names: list.map((c) => c.name).join(", ") })}</p>}
          </div>
        );
      }}
    </Asked>
  );
}

function NewRoom({ category }: { category: string }) {
  const w = useWords();
  const act = useAct();
  const [edit, setEdit] = useState(() => fresh(category));
  const ids = (list: { guid: string }[]) => list.map((p) => p.guid);
  const create = () =>
    act.run(async () => {
      const { name, description, privacy, type, invitations, addin } = edit;
      const room = await ask("createRoom", {
        body: {
          name: name.trim(), description, category: edit.category, privacy, type, invitations, ...(addin && { addin }),
          members: ids(edit.members), managers: ids(edit.managers), presenters: ids(edit.presenters),
        },
      });
      await stale();
      go(`/manage/${room.guid}`, true);
    });
  return (
    <Form onSubmit={() => void create()}>
      <Fields edit={edit} onChange={setEdit} />
      <Outcome of={act} />
      <Buttons>
        <Button type="submit" look="primary" disabled={act.busy || !edit.name.trim()}>
          {w("create")}
        </Button>
      </Buttons>
    </Form>
  );
}
