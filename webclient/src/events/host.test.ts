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
