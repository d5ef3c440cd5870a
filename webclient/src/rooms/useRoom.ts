import { useQuery } from "@tanstack/react-query";
import { get } from "../api/call";
import { queries } from "../api/query";
import type { Refusal } from "../api/refusal";
import type { MyRoom, Room } from "../api/types";
import { useSignal } from "../api/use";
import { listen } from "../events/events";
import { mine } from "./mine";

export interface RoomView {
  room: Room | undefined;
  my: MyRoom | undefined; // if I follow it
  refused: Refusal | null;
}

/** A room, followed or not, as it is now. */
export function useRoom(guid: string): RoomView {
  const my = useSignal(mine).get(guid);
  const q = useQuery<Room, Refusal>({ queryKey: ["room", guid], queryFn: ({ signal }) => get<Room>(`/rooms/${guid}`, {}, signal), enabled: !my });
  return { room: my?.room ?? q.data, my, refused: my ? null : q.error };
}

export function watchRooms(): void {
  for (const type of ["room", "rights", "deleted", "removed"] as const) listen(type, (f) => f.room && void queries.invalidateQueries({ queryKey: ["room", f.room] }));
  listen("joined", (f) => {
    void queries.invalidateQueries({ queryKey: ["participants"] }); // I am in them now, too
    // A room that is shown without being followed: what happened to it before nobody told us.
    for (const r of f.rooms ?? []) void queries.invalidateQueries({ queryKey: ["room", r.room] });
  });
  listen("people", (f) => {
    if (!f.room) return;
    queries.setQueryData<Room>(["room", f.room], (r) => (r && f.participants !== undefined ? { ...r, participants: f.participants } : r));
    void queries.invalidateQueries({ queryKey: ["participants", f.room] });
  });
}
