import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../api/call";
import type { People, Person } from "../api/types";
import { fits, type Naming } from "./complete";

/** People who may be named in a room: only such as may read it, by the server's word. */
export function useNaming(room: string, naming: Naming | undefined): { people: Person[]; chosen: number; choose: (i: number) => void } {
  const prefix = naming?.prefix ?? "";
  const { data, isPlaceholderData: old } = useQuery({
    queryKey: ["naming", room, prefix],
    queryFn: ({ signal }) => get<People>("/people", { room, prefix, limit: 8 }, signal),
    enabled: !!naming,
    placeholderData: (before) => before,
  });
  // The answer for what was written before stands until the next one comes, but nobody whom that will not have.
  const people = naming ? (data?.people ?? []).filter((p) => p.kind === "user" && (!old || fits(p, prefix))) : [];
  const [at, setAt] = useState({ prefix, i: 0 });
  const i = at.prefix === prefix ? Math.min(at.i, Math.max(0, people.length - 1)) : 0;
  return { people, chosen: i, choose: (n) => setAt({ prefix, i: people.length ? (n + people.length) % people.length : 0 }) };
}
