import { Button } from "../ui/Button";
import { Outcome, useAct } from "./act";
import { useDesk } from "./catalogue";
import { Text } from "./field";

/** A secret that is shown this once, to be copied. */
export function Once({ of, label, value }: { of: string; label: string; value: string }) {
  const t = useDesk();
  const act = useAct();
  return (
    <div className="desk-note warn" role="status">
      <p>
        <strong>{of}:</strong> {t("once")}
      </p>
      <div className="desk-once">
        <Text label={label} value={value} onChange={() => undefined} readOnly onFocus={(e) => e.target.select()} />
        <Button icon="copy" onClick={() => void act.run(() => navigator.clipboard.writeText(value).then(() => t("copied")))}>
          {t("copy")}
        </Button>
      </div>
      <Outcome of={act} />
    </div>
  );
}
