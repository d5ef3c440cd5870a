import type { ReactNode } from "react";
import { useDesk } from "./catalogue";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Outcome, useAct } from "./act";
import { Buttons } from "./field";

interface Props {
  title: string;
  children: ReactNode; // what is lost, by name
  action: string;
  onDo: () => Promise<string | void>;
  onClose: () => void;
}

/** Asks before something is destroyed. It stays open with the reason when that is refused. */
export function Confirm({ title, children, action, onDo, onClose }: Props) {
  const t = useDesk();
  const act = useAct();
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="desk-confirm">{children}</div>
      <Outcome of={act} />
      <Buttons>
        <Button data-focus onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button look="danger" disabled={act.busy} onClick={() => void act.run(onDo).then((done) => done && onClose())}>
          {action}
        </Button>
      </Buttons>
    </Dialog>
  );
}
