import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useMemo, useState, type KeyboardEvent } from "react";
import { get } from "../api/call";
import type { Room, RoomList } from "../api/types";
import { useSignal } from "../api/use";
import { useI18n } from "../i18n/i18n";
import { Count } from "../rooms/Count";
import { mine } from "../rooms/mine";
import { privacyIcon } from "../rooms/RoomHeader";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { openBeside, openRoom } from "./columns";

const most = 12;

/** How well a name fits what is typed: lower is better, undefined is not at all. */
export function fit(name: string, typed: string): number | undefined {
  const n = name.toLocaleLowerCase();
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let sum = 0;
  for (const w of words) {
    const at = n.indexOf(w);
    if (at < 0) return undefined;
    sum += at === 0 ? 0 : /[\p{L}\p{N}]/u.test(n[at - 1]!) ? 10 + at : 2;
  }
  return sum + n.length / 100;
}

export function Switcher({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const all = useSignal(mine);
  const asked = useDeferredValue(typed.trim());
  const { data } = useQuery({
    queryKey: ["switcher", asked],
    queryFn: ({ signal }) => get<RoomList>("/rooms", { search: asked, limit: 20 }, signal),
    enabled: asked.length > 1,
  });
  const found = useMemo(() => {
    const own = [...all.values()].flatMap((m) => {
      const f = fit(m.room.name, typed);
      return f === undefined ? [] : [{ room: m.room, my: m, order: f - (typed ? 0 : (m.mentions ? 1000 : 0) + (m.unread ? 100 : 0)) }];
    });
    own.sort((a, b) => a.order - b.order);
    const others: Room[] = (data?.rooms ?? []).filter((r) => !all.has(r.guid));
    return [...own.slice(0, most), ...others.slice(0, Math.max(3, most - own.length)).map((room) => ({ room, my: undefined, order: 0 }))];
  }, [all, typed, data]);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  const openAt = (i: number, beside: boolean) => {
    const f = found[i];
    if (!f) return;
    onClose();
    if (beside) openBeside(f.room.guid);
    else openRoom(f.room.guid);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (by) setAt((chosen + by + found.length) % Math.max(1, found.length));
    else if (e.key === "Enter") openAt(chosen, e.ctrlKey || e.metaKey);
    else return;
    e.preventDefault();
  };
  return (
    <Dialog title={t("switcher")} onClose={onClose}>
      <input
        className="switcher-input"
        type="search"
        dir="auto"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length ? `${list}-${chosen}` : undefined}
        aria-label={t("switcher")}
        placeholder={t("switcherHint")}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={list} className="switcher" role="listbox" aria-label={t("rooms")}>
        {found.map((f, i) => (
          <li key={f.room.guid} id={`${list}-${i}`} role="option" aria-selected={i === chosen} onClick={(e) => openAt(i, e.ctrlKey || e.metaKey)}>
            <Icon name={privacyIcon(f.room)} />
            <bdi className="room-name">{f.room.name}</bdi>
            <span className="dim">{f.my ? "" : t("notFollowedShort")}</span>
            {f.my && <Count unread={f.my.unread} mentions={f.my.mentions} muted={f.my.muted} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="dim">{t("noRoomFound")}</p>}
    </Dialog>
  );
}
