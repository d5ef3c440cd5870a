import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Host } from "./host";

class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 1;
  sent: string[] = [];
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (m: { data: string }) => void;
  constructor(readonly url: string) {
    Socket.all.push(this);
  }
  send(s: string): void {
    this.sent.push(s);
  }
  close(): void {
    this.readyState = 3;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  Socket.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a socket that is dead without a word is replaced in less than 2.5 s when there is reason to doubt it", () => {
  const host = new Host("ws://perch.test/");
  host.add("window", () => undefined);
  host.ask("window", { type: "start" });
  const [first] = Socket.all;
  first!.onopen?.();
  first!.onmessage?.({ data: '{"type":"hello","session":"1"}' });
  vi.advanceTimersByTime(1100);
  expect(Socket.all.length).toBe(1);
  host.ask("window", { type: "nudge" });
  expect(first!.sent.at(-1)).toContain("ping");
  vi.advanceTimersByTime(2450);
  expect(first!.readyState).toBe(3);
  expect(Socket.all.length).toBe(2);
});

test("somebody is away when no window is used, and the server is told again after a new connection", () => {
  const host = new Host("ws://perch.test/");
  const said = (s: Socket) => s.sent.map((f) => (JSON.parse(f) as { type: string }).type).filter((t) => t === "away" || t === "back");
  for (const id of ["a", "b"]) host.add(id, () => undefined);
  host.ask("a", { type: "start" });
  host.ask("a", { type: "away", is: true });
  const open = (s: Socket) => {
    s.onopen?.();
    s.onmessage?.({ data: '{"type":"hello","session":"1"}' });
  };
  const [first] = Socket.all;
  open(first!);
  expect(said(first!)).toEqual([]);
  host.ask("b", { type: "away", is: true });
  host.ask("a", { type: "away", is: false });
  host.ask("a", { type: "away", is: true });
  expect(said(first!)).toEqual(["away", "back", "away"]);
  first!.onclose?.();
  for (let n = 0; n < 100 && Socket.all.length < 2; n++) vi.advanceTimersByTime(250);
  open(Socket.all.at(-1)!);
  expect(said(Socket.all.at(-1)!)).toEqual(["away"]);
  host.ask("b", { type: "leave" });
  host.ask("a", { type: "away", is: false });
  expect(said(Socket.all.at(-1)!)).toEqual(["away", "back"]);
});

/** A host whose socket is open, and what it has told and sent. */
function opened(ids: string[]) {
  const host = new Host("ws://perch.test/");
  const told = new Map(ids.map((id) => [id, [] as string[]]));
  for (const id of ids) host.add(id, (t) => t.type !== "state" && told.get(id)!.push(t.type === "frame" ? t.frame.type : t.type));
  host.ask(ids[0]!, { type: "start" });
  const socket = Socket.all.at(-1)!;
  socket.onopen?.();
  socket.onmessage?.({ data: '{"type":"hello","session":"1"}' });
  const sent = (type: string) => socket.sent.map((f) => JSON.parse(f) as { type: string; rooms?: string[] }).filter((f) => f.type === type);
  const hear = (frame: object) => socket.onmessage?.({ data: JSON.stringify(frame) });
  return { host, told, sent, hear };
}

test("windows hear on after a night's sleep", () => {
  const { host, told } = opened(["a", "b"]);
  vi.setSystemTime(Date.now() + 8 * 3600_000);
  vi.advanceTimersByTime(250); // before any window speaks
  vi.advanceTimersByTime(5_000);
  const next = Socket.all.at(-1)!;
  expect(Socket.all.length).toBe(2);
  next.onopen?.();
  next.onmessage?.({ data: '{"type":"hello","session":"2"}' });
  host.ask("a", { type: "alive" });
  for (const id of ["a", "b"]) expect(told.get(id)).toEqual(["hello", "hello"]);
});

test("a window that was frozen is told as after a new connection when it speaks again", () => {
  const { host, told, sent, hear } = opened(["a", "b"]);
  host.ask("b", { type: "show", rooms: ["r"], watch: [] });
  for (let s = 0; s < 240; s += 30) {
    vi.advanceTimersByTime(30_000);
    host.ask("a", { type: "alive" });
    Socket.all.at(-1)!.onmessage?.({ data: '{"type":"pong"}' });
  }
  expect(Socket.all.length).toBe(1);
  expect(sent("part")).toEqual([{ type: "part", rooms: ["r"] }]);
  hear({ type: "message" });
  expect(told.get("a")).toEqual(["hello", "message"]);
  expect(told.get("b")).toEqual(["hello"]);
  host.ask("b", { type: "alive" });
  expect(told.get("b")).toEqual(["hello", "hello", "missed"]);
  expect(sent("join")).toEqual([{ type: "join", rooms: ["r"] }, { type: "join", rooms: ["r"] }]);
  hear({ type: "message" });
  expect(told.get("b")).toEqual(["hello", "hello", "missed", "message"]);
});

test("a room that is followed no longer, but shown, is joined anew", () => {
  const { host, sent, hear } = opened(["a"]);
  host.ask("a", { type: "show", rooms: ["r"], watch: [] });
  host.ask("a", { type: "show", rooms: [], watch: [] }); // it is followed: the server does not part it
  host.ask("a", { type: "show", rooms: ["r"], watch: [] });
  hear({ type: "parted", room: "r" });
  expect(sent("join")).toHaveLength(3);
  host.ask("a", { type: "show", rooms: [], watch: [] });
  hear({ type: "parted", room: "r" });
  expect(sent("join")).toHaveLength(3);
});

test("a room that I was put out of, or may not enter, is asked for again when it is shown anew, and not before", () => {
  for (const frame of [{ type: "removed", room: "r" }, { type: "joined", rooms: [{ room: "r", error: "members only" }] }]) {
    const { host, sent, hear } = opened(["a"]);
    host.ask("a", { type: "show", rooms: ["r"], watch: [] });
    hear(frame);
    host.ask("a", { type: "show", rooms: ["r"], watch: ["somebody"] });
    expect(sent("join")).toHaveLength(1);
    host.ask("a", { type: "show", rooms: [], watch: [] });
    host.ask("a", { type: "show", rooms: ["r"], watch: [] });
    expect(sent("join")).toHaveLength(2);
    expect(sent("part")).toHaveLength(0);
  }
});

test("a window that was killed keeps nobody from being away", () => {
  const { host, sent } = opened(["a", "killed"]);
  host.ask("a", { type: "away", is: true });
  expect(sent("away")).toEqual([]);
  for (let s = 0; s < 240; s += 30) {
    vi.advanceTimersByTime(30_000);
    host.ask("a", { type: "alive" });
    Socket.all.at(-1)!.onmessage?.({ data: '{"type":"pong"}' });
  }
  expect(sent("away")).toEqual([{ type: "away" }]);
});
