// What I may do in a room, and why.
import { Asked } from "../desk/Asked";
import { Section } from "../desk/field";
import { session } from "../session/session";
import { Icon } from "../ui/icons";
import { useAsked } from "./ask";
import { useWords, type Key } from "./catalogue";

export function Rights({ room }: { room: string }) {
  const w = useWords();
  const decisions = useAsked("explainRoom", { path: { room } });
  return (
    <Section title={w("rights")}>
      <Asked of={decisions}>
        {(list) => (
          <table className="desk-table wrap">
            <thead>
              <tr>
                <th scope="col">{w("action")}</th>
                <th scope="col">{w("allowed")}</th>
                <th scope="col">{w("why")}</th>
              </tr>
            </thead>
            <tbody>
              {list.map((d) => (
                <tr key={d.action}>
                  <th scope="row">{w(`may_${d.action}` as Key) || d.action}</th>
                  <td className={d.allowed ? "good" : "bad"}>
                    <Icon name={d.allowed ? "check" : "close"} title={w("allowed") + ": " + (d.allowed ? "✓" : "✗")} />
                  </td>
                  <td>
                    {d.reason}
                    {d.through && d.through !== session().me.name && <span className="desk-hint"> {w("through", { who: d.through })}</span>}
                    <small className="desk-rule">{d.rule}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Asked>
    </Section>
  );
}
