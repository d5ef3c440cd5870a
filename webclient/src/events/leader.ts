// Where there is no SharedWorker, the windows choose one of them by a lock; it holds the socket, and a channel carries what is said.
import { eventsURL, Host, type Ask, type Tell } from "./host";
import type { Line } from "./line";

type Said = { to: "host"; from: string; ask: Ask } | { to: string; tell: Tell } | { to: "all"; lead: true };

const channelName = "perch-events";

function lead(say: (s: Said) => void): (from: string, a: Ask) => void {
  const host = new Host(eventsURL(location));
  const known = new Set<string>();
  return (from, a) => {
    if (!known.has(from)) {
      known.add(from);
      host.add(from, (tell) => say({ to: from, tell }));
    }
    host.ask(from, a);
    if (a.type === "leave") known.delete(from);
  };
}

/** A line to the host, wherever it is; while nobody leads, what was said last is said again to the next leader. */
export function leaderLine(hear: (t: Tell) => void): Line {
  const me = crypto.randomUUID?.() ?? String(Math.random());
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(channelName) : undefined;
  let host: ((from: string, a: Ask) => void) | undefined;
  const last = new Map<Ask["type"], Ask>();

  const receive = (s: Said) => {
    if ("ask" in s) host?.(s.from, s.ask);
    else if (s.to === me && "tell" in s) hear(s.tell);
    else if (s.to === "all") again();
  };
  // A leader's own words do not come back by the channel: they go round by receive.
  const say = (s: Said) => {
    if ("tell" in s && s.to === me) hear(s.tell);
    else channel?.postMessage(s);
  };
  const ask = (a: Ask) => {
    if (a.type === "start" || a.type === "show" || a.type === "away") last.set(a.type, a);
    if (a.type === "stop") last.delete("start");
    if (host) host(me, a);
    else say({ to: "host", from: me, ask: a });
  };
  const again = () => {
    for (const type of ["start", "show", "away"] as const) {
      const a = last.get(type);
      if (a) ask(a);
    }
  };
  const take = () => {
    host = lead(say);
    again();
    say({ to: "all", lead: true });
    return new Promise<void>(() => undefined); // for as long as this window lives
  };

  if (channel) channel.onmessage = (m: MessageEvent<Said>) => receive(m.data);
  if (channel && "locks" in navigator) void navigator.locks.request(channelName, take);
  else void take();
  return { ask };
}
