import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../api/call";
import type { People } from "../api/types";
import { useSignal } from "../api/use";
import { useT } from "../i18n/i18n";
import { mine } from "../rooms/mine";
import { dateValue } from "../history/JumpDialog";
import { hasValues, openFilter } from "./query";

const quote = (v: string) => (/\s/.test(v) ? `"${v}"` : v);

/** What can complete the filter that is being typed. */
export function Suggestions({ typed, onPick }: { typed: string; onPick: (s: string) => void }) {
  const t = useT();
  const open = openFilter(typed);
  const rooms = useSignal(mine);
  const people = open?.name === "from" || open?.name === "mentions";
  const { data } = useQuery({
    queryKey: ["people", open?.value ?? ""],
    queryFn: ({ signal }) => get<People>("/people", { prefix: open?.value ?? "", limit: 8 }, signal),
    enabled: people,
  });
  const values = useMemo(() => {
    if (!open) return [];
    const low = open.value.toLocaleLowerCase();
    if (people) return [{ value: "me", label: t("me") }, ...(data?.people ?? []).filter((p) => p.kind === "user").map((p) => ({ value: p.name, label: p.display_name }))];
    if (open.name === "in") return [...rooms.values()].filter((m) => m.room.name.toLocaleLowerCase().includes(low)).slice(0, 8).map((m) => ({ value: m.room.name, label: m.room.name }));
    if (open.name === "has") return hasValues.map((v) => ({ value: v, label: t(`has-${v}`) }));
    return [{ value: dateValue(new Date()), label: t("today") }];
  }, [open, people, data, rooms, t]);
  if (!open || values.length === 0) return null;
  return (
    <ul className="picks" aria-label={t("suggestions")}>
      {values.map((v) => (
        <li key={v.value}>
          <button type="button" onClick={() => onPick(`${typed.slice(0, open.at)}${open.name}:${quote(v.value)} `)}>
            <bdi>{v.label}</bdi> {v.label !== v.value && <span className="dim">{v.value}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
