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
