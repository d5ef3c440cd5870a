import { useState } from "react";
import { useT } from "../i18n/i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

interface Props {
  onClose: () => void;
  onJump: (d: Date) => void;
  onFirst: () => void;
}

/** Today, as a date field has it. */
export function dateValue(d: Date): string {
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
}

/** The beginning of a day, here. */
export function startOf(value: string): Date {
  const [y, m, d] = value.split("-").map(Number);
  return new Date(y ?? 1970, (m ?? 1) - 1, d ?? 1);
}

export function JumpDialog({ onClose, onJump, onFirst }: Props) {
  const t = useT();
  const [value, setValue] = useState(dateValue(new Date()));
  return (
    <Dialog title={t("jumpToDate")} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          onClose();
          onJump(startOf(value));
        }}
      >
        <label className="field">
          {t("date")}
          <input type="date" required value={value} max={dateValue(new Date())} onChange={(e) => setValue(e.target.value)} />
        </label>
        <div className="buttons">
          <Button
            icon="first"
            onClick={() => {
              onClose();
              onFirst();
            }}
          >
            {t("toFirst")}
          </Button>
          <Button look="primary" type="submit">
            {t("jump")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
