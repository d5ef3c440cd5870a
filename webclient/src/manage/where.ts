// Where one is among the pages of room management, also by the addresses that old clients open.
const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

export type Where = { is: "list" } | { is: "new" } | { is: "room"; room: string };

/** Reads a path with its query. Whatever an old client calls the parameter, what looks like a room's GUID names one. */
export function whereOf(path: string): Where {
  const [p, q = ""] = path.split("?", 2);
  if (/^\/manage\/new\/?$/i.test(p!)) return { is: "new" };
  const found = guid.exec(p!) ?? guid.exec(decode(q));
  return found ? { is: "room", room: found[0].toLowerCase() } : { is: "list" };
}

function decode(q: string): string {
  try {
    return decodeURIComponent(q);
  } catch {
    return q; // some old client's encoding: a GUID has nothing to decode
  }
}
