import { useState } from "react";
import { useT } from "../i18n/i18n";
import { write } from "../shell/route";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { dateValue } from "./JumpDialog";

/** Asks which days of a room are to be printed, and opens them as one page. */
export function PrintDialog({ room, onClose }: { room: string; onClose: () => void }) {
  const t = useT();
  const [from, setFrom] = useState(dateValue(new Date()));
  const [to, setTo] = useState(dateValue(new Date()));
  return (
    <Dialog title={t("print")} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          onClose();
          window.open(write({ page: "print", room, from, to }), "_blank");
        }}
      >
        <label className="field">
          {t("firstDay")}
          <input type="date" required value={from} onChange={(e) => setFrom(e.target.value)} />
        </label>
        <label className="field">
          {t("lastDay")}
          <input type="date" required value={to} min={from} onChange={(e) => setTo(e.target.value)} />
        </label>
        <div className="buttons">
          <Button look="primary" icon="print" type="submit">
            {t("print")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
