import { useQuery } from "@tanstack/react-query";
import { get } from "../api/call";
import type { Person, Room } from "../api/types";
import { useT } from "../i18n/i18n";
import { refusalText } from "../i18n/refusal";
import { useI18n } from "../i18n/i18n";
import { session } from "../session/session";
import { PresenceMark } from "./PresenceMark";
import { usePresence } from "./presence";

const mostShown = 300;

/** Who is in a room now, and whether they are there. */
export function PeoplePanel({ room }: { room: Room }) {
  const i = useI18n();
  const t = useT();
  const { data, error } = useQuery({ queryKey: ["participants", room.guid], queryFn: ({ signal }) => get<Person[]>(`/rooms/${room.guid}/participants`, {}, signal) });
  const people = (data ?? []).slice(0, mostShown);
  const presence = usePresence(people.map((p) => p.guid));
  if (error) return <p className="dim">{refusalText(i, error)}</p>;
  return (
    <>
      <p className="dim">{t("people", { n: data?.length ?? room.participants })}{(data?.length ?? 0) > session().limits.large_room && session().limits.large_room > 0 ? " · " + t("largeRoom") : ""}</p>
      <ul className="people">
        {people.map((p) => {
          const { state, note } = presence(p.guid);
          return (
            <li key={p.guid} title={p.uri}>
              <PresenceMark state={state} />
              <bdi className="person-name">{p.display_name}</bdi>
              {p.company && <span className="dim">{p.company}</span>}
              {note && <bdi className="dim presence-note" title={note}>{note}</bdi>}
            </li>
          );
        })}
      </ul>
    </>
  );
}
