import { useT } from "../i18n/i18n";
import { Icon } from "../ui/icons";

interface Props {
  count: number; // messages below that I have not seen
  onEnd: () => void;
}

/** Leads to the newest message, and says how many there are that I have not seen. */
export function Pill({ count, onEnd }: Props) {
  const t = useT();
  return (
    <button type="button" className={count > 0 ? "pill new" : "pill"} onClick={onEnd} data-count={count}>
      <Icon name="down" />
      {count > 0 ? t("pill", { n: count }) : t("toNewest")}
    </button>
  );
}
