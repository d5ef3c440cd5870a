// A room's webhooks. A secret, and an address that is one, is shown once.
import { useState } from "react";
import type { components } from "../api/schema";
import { Asked } from "../desk/Asked";
import { Confirm } from "../desk/Confirm";
import { Outcome, useAct } from "../desk/act";
import { Buttons, Choice, Form, Section, Text } from "../desk/field";
import { Once } from "../desk/Once";
import { Button } from "../ui/Button";
import { useI18n } from "../i18n/i18n";
import { dateTime } from "../i18n/time";
import { ask, stale, useAsked } from "./ask";
import { useWords } from "./catalogue";

type Webhook = components["schemas"]["Webhook"];

export function Webhooks({ room }: { room: string }) {
  const w = useWords();
  const i = useI18n();
  const hooks = useAsked("listWebhooks", { path: { room } });
  const [deleting, setDeleting] = useState<Webhook>();
  return (
    <Section title={w("webhooks")} hint={w("webhooksHint")}>
      <Asked of={hooks}>
        {(list) =>
          list.length > 0 && (
            <table className="desk-table wrap">
              <thead>
                <tr>
                  <th scope="col">{w("hookName")}</th>
                  <th scope="col">{w("kind")}</th>
                  <th scope="col">{w("last")}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {list.map((h) => (
                  <tr key={h.id}>
                    <th scope="row">
                      <bdi>{h.name}</bdi>
                      {h.words && h.words.length > 0 && <span className="desk-hint"> {h.words.join(", ")}</span>}
                    </th>
                    <td>
                      {w(h.kind)}
                      {h.kind === "outgoing" && h.url && <small className="desk-rule"><bdi>{h.url}</bdi></small>}
                    </td>
                    <td>
                      {h.last ? dateTime(i, h.last) : w("never")}
                      {h.trouble && <span className="desk-note bad">{h.trouble}</span>}
                    </td>
                    <td>
                      <Button look="quiet" aria-label={`${w("hookDelete")}: ${h.name}`} onClick={() => setDeleting(h)}>
                        {w("hookDelete")}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
      <NewHook room={room} />
      {deleting && (
        <Confirm
          title={w("hookDeleteTitle", { name: deleting.name })}
          action={w("hookDelete")}
          onDo={async () => {
            await ask("deleteWebhook", { path: { room, id: deleting.id } });
            await stale();
          }}
          onClose={() => setDeleting(undefined)}
        >
          <p>{w(deleting.kind === "incoming" ? "hookDeleteLose" : "hookDeleteLoseOut")}</p>
        </Confirm>
      )}
    </Section>
  );
}

function NewHook({ room }: { room: string }) {
  const w = useWords();
  const act = useAct();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Webhook["kind"]>("incoming");
  const [url, setUrl] = useState("");
  const [words, setWords] = useState("");
  const [made, setMade] = useState<Webhook>();
  const add = () =>
    act.run(async () => {
      const outgoing = kind === "outgoing" && { url, words: words.split(/\s+/).filter(Boolean) };
      setMade(await ask("createWebhook", { path: { room }, body: { name, kind, ...outgoing } }));
      setName("");
      setUrl("");
      await stale();
    });
  return (
    <Form label={w("hookAdd")} onSubmit={() => void add()}>
      <div className="desk-pair">
        <Text label={w("hookName")} hint={w("hookNameHint")} value={name} onChange={setName} maxLength={100} required />
        <Choice label={w("hookKind")} value={kind} options={[["incoming", w("hookIn")], ["outgoing", w("hookOut")]]} onChange={setKind} />
        {kind === "outgoing" && (
          <>
            <Text label={w("hookUrl")} value={url} onChange={setUrl} type="url" maxLength={2048} required />
            <Text label={w("hookWords")} hint={w("hookWordsHint")} value={words} onChange={setWords} />
          </>
        )}
      </div>
      <Outcome of={act} />
      {made?.url && made.kind === "incoming" && <Once of={made.name} label={w("hookAddress")} value={made.url} />}
      {made?.secret && <Once of={made.name} label={w("hookSecret")} value={made.secret} />}
      {made?.trouble && <p className="desk-note warn">{made.trouble}</p>}
      <Buttons>
        <Button type="submit" disabled={act.busy || !name || (kind === "outgoing" && !url)}>
          {w("hookAdd")}
        </Button>
      </Buttons>
    </Form>
  );
}
