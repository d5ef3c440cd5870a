import { useT } from "../i18n/i18n";
import { IconButton } from "../ui/Button";
import { parseQuery, writeQuery, type FilterName } from "./query";

const offered: readonly FilterName[] = ["from", "in", "before", "after", "has", "mentions"];

interface Props {
  typed: string;
  onChange: (s: string, now: boolean) => void;
}

/** The filters of a search as chips, and those that can be added. */
export function FilterBar({ typed, onChange }: Props) {
  const t = useT();
  const q = parseQuery(typed);
  return (
    <div className="chips filter-bar">
      {q.filters.map((f, k) => (
        <span key={k} className="chip">
          <b dir="ltr">{f.name}:</b> <bdi>{f.value}</bdi>
          <IconButton icon="close" label={t("remove", { name: `${f.name}:${f.value}` })} onClick={() => onChange(writeQuery({ ...q, filters: q.filters.filter((_, x) => x !== k) }), true)} />
        </span>
      ))}
      {offered.map((name) => (
        <button key={name} type="button" className="chip offer" title={t(`filter-${name}`)} onClick={() => onChange(`${typed.trim()}${typed.trim() ? " " : ""}${name}:`, false)}>
          <span dir="ltr">{name}:</span>
        </button>
      ))}
    </div>
  );
}
