// One socket for all windows of a browser. It runs in a SharedWorker, or in the window that leads where there is none.
import type { ClientFrame, ServerFrame } from "../api/types";
import { initial, step, type Event, type Phase, type State } from "./machine";

/** What a window says to the host. */
export type Ask =
  | { type: "start" }
  | { type: "stop" }
  | { type: "show"; rooms: string[]; watch: string[] } // what this window shows, instead of what it showed before
  | { type: "away"; is: boolean } // nobody uses any window, as far as this one knows
  | { type: "nudge" }
  | { type: "alive" }
  | { type: "leave" };

/** What the host says to windows. */
export type Tell =
  | { type: "frame"; frame: ServerFrame }
  | { type: "missed" } // this window was silent: what happened meanwhile, nobody told it
  | { type: "state"; phase: Phase; session: string; ending?: string; retryAt: number };

interface Window {
  rooms: string[];
  watch: string[];
  seen: number; // ms
  silent: boolean; // for so long that it is killed or frozen
  away: boolean;
  tell(t: Tell): void;
}

const silence = 180_000; // ms after which a window counts no more: background windows speak once a minute
const beat = 250; // ms between ticks: what was nudged is to be connected anew in less than three seconds
const asleep = 5_000; // ms that a tick is late when the machine slept

export class Host {
  #state: State = initial;
  #socket: WebSocket | undefined;
  #session = "";
  #hello: ServerFrame | undefined; // of this connection
  #lastTick = Date.now();
  readonly #windows = new Map<string, Window>();
  readonly #joined = new Set<string>(); // by our asking; the server joins by itself what is followed
  readonly #refused = new Set<string>(); // not to be asked for again until a window shows them anew
  #watched = "";
  #away = false; // as the server knows

  constructor(private readonly url: string) {
    setInterval(() => this.#tick(), beat);
  }

  add(id: string, tell: (t: Tell) => void): void {
    this.#windows.set(id, { rooms: [], watch: [], seen: Date.now(), silent: false, away: false, tell });
    tell(this.#phase());
  }

  ask(id: string, a: Ask): void {
    const w = this.#windows.get(id);
    if (!w) return;
    w.seen = Date.now();
    if (w.silent) this.#back(w);
    switch (a.type) {
      case "start":
        this.#do({ type: "start" });
        w.tell(this.#phase());
        if (this.#hello) w.tell({ type: "frame", frame: this.#hello }); // to this window the connection is new
        break;
      case "stop":
        this.#do({ type: "stop" });
        break;
      case "nudge":
        this.#do({ type: "nudge" });
        break;
      case "show":
        for (const r of a.rooms) if (!w.rooms.includes(r)) this.#refused.delete(r);
        w.rooms = a.rooms;
        w.watch = a.watch;
        this.#show();
        break;
      case "away":
        w.away = a.is;
        this.#rest();
        break;
      case "leave":
        this.#windows.delete(id);
        this.#show();
        this.#rest();
    }
  }

  /** A window that was silent has missed what happened: to it this is a new connection. */
  #back(w: Window): void {
    w.silent = false;
    w.tell(this.#phase());
    if (this.#hello) w.tell({ type: "frame", frame: this.#hello });
    w.tell({ type: "missed" });
    for (const r of w.rooms) this.#joined.delete(r); // joined anew, they tell where they are
    this.#show();
    this.#rest();
  }

  /** The windows that count. */
  #here(): Window[] {
    return [...this.#windows.values()].filter((w) => !w.silent);
  }

  #phase(): Tell {
    const { phase, ending, retryAt } = this.#state;
    return { type: "state", phase, session: this.#session, retryAt, ...(ending && { ending }) };
  }

  #tell(t: Tell): void {
    for (const w of this.#here()) w.tell(t);
  }

  #tick(): void {
    const now = Date.now();
    const slept = now - this.#lastTick;
    this.#lastTick = now;
    if (slept > asleep) {
      for (const w of this.#windows.values()) w.seen = Math.min(now, w.seen + slept); // they slept as well
      this.#do({ type: "nudge" });
    }
    const silent = this.#here().filter((w) => now - w.seen > silence);
    if (silent.length) {
      for (const w of silent) w.silent = true;
      this.#show();
      this.#rest();
    }
    this.#do({ type: "tick" });
  }

  #do(e: Event): void {
    const before = this.#state;
    const [state, effects] = step(before, e, Date.now(), Math.random());
    this.#state = state;
    for (const f of effects) {
      if (f === "dial") this.#dial();
      else if (f === "hangup") this.#hangup();
      else this.#send({ type: "ping" });
    }
    if (state.phase !== before.phase) this.#tell(this.#phase());
  }

  #dial(): void {
    this.#hangup();
    const s = new WebSocket(this.url);
    this.#socket = s;
    s.onopen = () => s === this.#socket && this.#do({ type: "opened" });
    s.onclose = () => s === this.#socket && this.#do({ type: "closed" });
    s.onmessage = (m) => s === this.#socket && this.#hear(m.data as string);
  }

  #hangup(): void {
    const s = this.#socket;
    this.#socket = undefined;
    s?.close();
    this.#joined.clear();
    this.#refused.clear();
    this.#hello = undefined;
    this.#watched = "";
    this.#away = false;
  }

  #hear(data: string): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(data) as ServerFrame;
    } catch {
      return; // not of this protocol
    }
    if (frame.type === "hello") {
      this.#session = frame.session ?? "";
      this.#hello = frame;
    }
    this.#do({ type: "heard", frame: frame.type, ...(frame.reason && { reason: frame.reason }) });
    if (frame.type === "pong") return;
    this.#tell({ type: "frame", frame });
    if (frame.type === "hello") {
      this.#show();
      this.#rest();
    }
    if (frame.type === "joined") for (const r of frame.rooms ?? []) if (r.error) this.#refuse(r.room);
    if ((frame.type === "removed" || frame.type === "deleted") && frame.room) this.#refuse(frame.room);
    if (frame.type === "parted" && frame.room && this.#joined.delete(frame.room)) this.#show(); // it is followed no longer, but shown
  }

  #refuse(room: string): void {
    if (this.#joined.delete(room)) this.#refused.add(room);
  }

  /** Joins and watches what the windows show and the server does not know of yet. */
  #show(): void {
    if (this.#state.phase !== "open") return;
    const rooms = new Set<string>();
    const users = new Set<string>();
    for (const w of this.#here()) {
      for (const r of w.rooms) rooms.add(r);
      for (const u of w.watch) if (users.size < 500) users.add(u);
    }
    for (const r of this.#refused) if (!rooms.has(r)) this.#refused.delete(r);
    const join = [...rooms].filter((r) => !this.#joined.has(r) && !this.#refused.has(r));
    const part = [...this.#joined].filter((r) => !rooms.has(r));
    for (const r of join) this.#joined.add(r);
    for (const r of part) this.#joined.delete(r);
    if (join.length) this.#send({ type: "join", rooms: join });
    if (part.length) this.#send({ type: "part", rooms: part });
    const watched = [...users].sort().join(" ");
    if (watched !== this.#watched) this.#send({ type: "watch", users: [...users] });
    this.#watched = watched;
  }

  /** Says whether somebody is here: a window that is used is enough. */
  #rest(): void {
    if (this.#state.phase !== "open") return;
    const here = this.#here();
    const away = here.length > 0 && here.every((w) => w.away);
    if (away !== this.#away) this.#send({ type: away ? "away" : "back" });
    this.#away = away;
  }

  #send(f: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(f));
  }
}

/** Where the server's events are, as seen from an address of the same origin. */
export function eventsURL(here: { protocol: string; host: string }): string {
  return (here.protocol === "https:" ? "wss://" : "ws://") + here.host + "/api/v1/events";
}
