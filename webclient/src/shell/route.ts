// Where one is: an address of the browser, read and made here only.
import { useSyncExternalStore } from "react";

export type Route =
  | { page: "home" }
  | { page: "room"; room: string; message?: number; beside: string[]; alone: boolean; panel?: string }
  | { page: "search"; q: string }
  | { page: "feed"; feed: string }
  | { page: "browse" }
  | { page: "settings" }
  | { page: "print"; room: string; from: string; to: string }
  | { page: "manage"; path: string }
  | { page: "admin"; path: string };

export function read(path: string, search: string): Route {
  const q = new URLSearchParams(search);
  const p = path.split("/").filter(Boolean);
  switch (p[0]?.toLowerCase()) {
    case "room": {
      if (!p[1]) break;
      const id = Number(p[2]);
      const panel = q.get("panel");
      return {
        page: "room", room: p[1].toLowerCase(), alone: q.get("window") === "1", beside: (q.get("with") ?? "").split(",").filter(Boolean),
        ...(id > 0 && { message: id }), ...(panel && { panel }),
      };
    }
    case "search":
      return { page: "search", q: q.get("q") ?? "" };
    case "feed":
      if (p[1]) return { page: "feed", feed: decodeURIComponent(p[1]) };
      break;
    case "browse":
      return { page: "browse" };
    case "settings":
      return { page: "settings" };
    case "print":
      if (p[1]) return { page: "print", room: p[1], from: q.get("from") ?? "", to: q.get("to") ?? "" };
      break;
    case "manage":
    case "persistentchat":
      return { page: "manage", path: path + search };
    case "admin":
      return { page: "admin", path: path + search };
  }
  return { page: "home" };
}

export function write(r: Route): string {
  switch (r.page) {
    case "home":
      return "/";
    case "room": {
      const q = new URLSearchParams();
      if (r.beside.length) q.set("with", r.beside.join(","));
      if (r.alone) q.set("window", "1");
      if (r.panel) q.set("panel", r.panel);
      const s = q.toString().replaceAll("%2C", ",");
      return `/room/${r.room}${r.message ? `/${r.message}` : ""}${s ? `?${s}` : ""}`;
    }
    case "search":
      return "/search" + (r.q ? "?" + new URLSearchParams({ q: r.q }) : "");
    case "feed":
      return "/feed/" + encodeURIComponent(r.feed);
    case "print":
      return `/print/${r.room}?` + new URLSearchParams({ from: r.from, to: r.to });
    case "manage":
    case "admin":
      return r.path;
    default:
      return "/" + r.page;
  }
}

/** The address of a room, of one of its messages perhaps. */
export const roomPath = (room: string, message?: number) => write({ page: "room", room, beside: [], alone: false, ...(message && { message }) });

const listeners = new Set<() => void>();
let current = "";
let route: Route = { page: "home" };

function look(): Route {
  const here = location.pathname + location.search;
  if (here !== current) {
    current = here;
    route = read(location.pathname, location.search);
  }
  return route;
}

function changed(): void {
  for (const l of [...listeners]) l();
}

if (typeof addEventListener === "function") addEventListener("popstate", changed);

/** Goes somewhere; replace leaves no step to go back to. */
export function go(to: Route | string, replace = false): void {
  const path = typeof to === "string" ? to : write(to);
  if (path === location.pathname + location.search) replace = true;
  if (replace) history.replaceState(history.state, "", path);
  else history.pushState(null, "", path);
  changed();
}

export const here = look;

/** Calls l whenever one goes elsewhere. */
export function watchRoute(l: () => void): void {
  listeners.add(l);
}

export function useRoute(): Route {
  return useSyncExternalStore((l) => {
    listeners.add(l);
    return () => listeners.delete(l);
  }, look);
}

/** Keeps a note with this step of the browser's history, for when one comes back to it. */
export function note<V>(key: string, value: V): void {
  history.replaceState({ ...(history.state as object | null), [key]: value }, "");
}

export function noted<V>(key: string): V | undefined {
  return (history.state as Record<string, V> | null)?.[key];
}
