import { useDesk } from "./catalogue";
import { intoView } from "./show";

interface Effect {
  user: string;
  room: string;
  gains: string[];
  loses: string[];
  put_out: boolean;
}

/** Who would gain and lose what by a change. */
export function Effects({ of }: { of: { total: number; effects: Effect[] } }) {
  const t = useDesk();
  if (!of.total) return <p className="desk-note good" role="status">{t("noEffects")}</p>;
  return (
    <div role="status" ref={intoView}>
      <p className="desk-hint">{t("effects", { n: of.total })}</p>
      <div className="desk-scroll desk-effects" tabIndex={0} role="group" aria-label={t("effects", { n: of.total })}>
        <table className="desk-table">
          <thead>
            <tr>
              <th scope="col">{t("who")}</th>
              <th scope="col">{t("room")}</th>
              <th scope="col">{t("gains")}</th>
              <th scope="col">{t("loses")}</th>
            </tr>
          </thead>
          <tbody>
            {of.effects.map((e) => (
              <tr key={e.user + "\n" + e.room}>
                <td><bdi>{e.user}</bdi></td>
                <td><bdi>{e.room}</bdi></td>
                <td className="good">{e.gains.join(", ")}</td>
                <td className="bad">
                  {e.loses.join(", ")}
                  {e.put_out && e.loses.length > 0 && <strong> · {t("putOut")}</strong>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {of.total > of.effects.length && <p className="desk-hint">{t("moreEffects", { n: of.total - of.effects.length })}</p>}
    </div>
  );
}
