import { memo } from "react";
import { discard, retry, type Pending } from "../composer/outbox";
import { useI18n } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { clock } from "../i18n/time";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { inert } from "./parse";
import { Text } from "./Text";

interface Props {
  rowKey: string;
  pending: Pending;
  name: string;
}

/** A message that is on its way, or was not taken. */
export const PendingRow = memo(function PendingRow({ rowKey, pending: p, name }: Props) {
  const i = useI18n();
  const failed = p.state === "failed";
  return (
    <div className="row" data-key={rowKey}>
      <article className={`message pending own ${failed ? "failed" : ""} ${p.body.alert ? "alert" : ""}`} tabIndex={-1}>
        <time dateTime={p.at}>{clock(i, p.at)}</time>
        <bdi className="author">{name}</bdi>
        <div className="body">
          {p.body.title && <strong dir="auto">{inert(p.body.title)}</strong>}
          <div className="text" dir="auto">
            <Text text={p.body.text} me={[]} />
          </div>
          {p.files.map((f) => (
            <span key={f.id} className="pending-file">
              <Icon name="files" />
              <bdi>{f.name}</bdi>
            </span>
          ))}
          <div className="state" role={failed ? "alert" : undefined}>
            <Icon name={failed ? "alert" : "clock"} />
            <span>{failed ? i.t("notPosted", { why: p.error ? refusalText(i, p.error) : "" }) : i.t("sending")}</span>
            {failed && (
              <>
                <Button look="quiet" icon="retry" onClick={() => retry(p.body.client_id)}>
                  {i.t("retry")}
                </Button>
                <Button look="quiet" icon="close" onClick={() => discard(p.body.client_id)}>
                  {i.t("discard")}
                </Button>
              </>
            )}
          </div>
        </div>
      </article>
    </div>
  );
});
