import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { endAsking } from "../api/call";
import type { Message } from "../api/types";
import { RoomLog } from "./log";

const message = (id: number, text = `text ${id}`): Message => ({ room: "r", id, author: "a", author_uri: "", author_name: "A", at: "2026-01-01T00:00:00Z", text });

/** A room on a server that can be cut off, and held back. */
class FakeServer {
  down = false;
  asked: string[] = [];
  gate: Promise<void> = Promise.resolve();
  revised = 0;
  replaced = new Set<number>();

  replace(id: number): number {
    this.replaced.add(id);
    return ++this.revised;
  }

  constructor(public head: number) {}

  readonly fetch = async (address: string): Promise<Response> => {
    const q = new URL(address, "http://test").searchParams;
    this.asked.push(q.toString());
    if (this.down) throw new TypeError("no network");
    const body = this.page(q);
    await this.gate;
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  };

  private page(q: URLSearchParams) {
    const limit = Number(q.get("limit"));
    const n = (k: string) => Number(q.get(k));
    const [low, high] = q.has("after") ? [n("after") + 1, n("after") + limit] : q.has("before") ? [n("before") - limit, n("before") - 1] : q.has("around") ? [n("around") - limit / 2, n("around") + limit / 2] : [this.head - limit + 1, this.head];
    const from = Math.max(1, low);
    const to = Math.min(this.head, high);
    const messages = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => (this.replaced.has(from + i) ? message(from + i, "replaced") : message(from + i)));
    return { messages, head: this.head, first: 1, revised: this.revised, before: from > 1, after: to < this.head };
  }
}

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer(1000);
  vi.stubGlobal("fetch", server.fetch);
});
afterEach(() => vi.unstubAllGlobals());

const shown = (log: RoomLog) => log.stretch()?.messages.map((m) => m.id) ?? [];
const textOf = (log: RoomLog, id: number) => log.stretch()?.messages.find((m) => m.id === id)?.text;
const dense = (ids: number[]) => ids.every((x, i) => i === 0 || x === ids[i - 1]! + 1);

describe("log", () => {
  it("loses nothing that is posted while its first page is on its way", async () => {
    let open!: () => void;
    server.gate = new Promise((done) => (open = done));
    const log = new RoomLog("r");
    const opening = log.open();
    await vi.waitFor(() => expect(server.asked).toHaveLength(1));
    server.head = 1001;
    log.take(message(1001));
    open();
    await opening;
    await vi.waitFor(() => expect(shown(log).at(-1)).toBe(1001));
    expect(dense(shown(log))).toBe(true);
  });

  it("fetches anew what was replaced, where the view is", async () => {
    const log = new RoomLog("r");
    await log.jump(300);
    const before = shown(log);
    server.asked = [];
    await log.renew();
    expect(server.asked[0]).toContain("around=300");
    expect(shown(log)).toContain(300);
    expect(dense(shown(log))).toBe(true);
    expect(before).toContain(300);
    expect(log.missed()).toBe(0);
  });

  it("fetches anew what was replaced while nobody told of it: when the server says so, or a page does", async () => {
    const log = new RoomLog("r");
    await log.open();
    log.learnRevised(0);
    expect(server.asked).toHaveLength(1);
    log.learnRevised(server.replace(1000));
    await vi.waitFor(() => expect(textOf(log, 1000)).toBe("replaced"));
    log.learnRevised(server.revised);
    expect(server.asked).toHaveLength(2);
    server.replace(999);
    await log.jump(20); // its page tells
    await vi.waitFor(() => expect(log.stretch()?.to).toBeLessThan(999));
    await new Promise((r) => setTimeout(r, 20));
    expect(shown(log)).toContain(20); // and the view stays where it went
    await log.toHead();
    expect(textOf(log, 999)).toBe("replaced");
  });

  it("does not show a page that was read before a change it is told of", async () => {
    for (const tell of [(log: RoomLog) => log.learnRevised(server.revised), (log: RoomLog) => void log.renew()]) {
      let open!: () => void;
      server.gate = new Promise((done) => (open = done));
      server.asked = [];
      const log = new RoomLog("r");
      const opening = log.open();
      await vi.waitFor(() => expect(server.asked).toHaveLength(1));
      server.replace(server.head - server.replaced.size);
      tell(log);
      open();
      await opening;
      expect([...server.replaced].map((id) => textOf(log, id))).toEqual([...server.replaced].map(() => "replaced"));
    }
  });

  it("closes the hole before a message, and says how long it is until then", async () => {
    const log = new RoomLog("r");
    await log.open();
    server.head = 1700;
    server.down = true;
    log.take(message(1700));
    expect(log.missed()).toBe(700);
    expect(shown(log).at(-1)).toBe(1000);
    await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(1));
    server.down = false;
    await log.catchUp();
    await vi.waitFor(() => expect(log.missed()).toBe(0));
    expect(shown(log).at(-1)).toBe(1700);
    expect(dense(shown(log))).toBe(true);
  });

  it("asks after time away although nobody told of anything", async () => {
    const log = new RoomLog("r");
    await log.open();
    server.head = 1003;
    await log.catchUp();
    expect(shown(log).at(-1)).toBe(1003);
  });

  it("does not fetch a hole of days, but keeps the view and lets it be scrolled through", async () => {
    const log = new RoomLog("r");
    await log.open();
    server.head = 900_000;
    log.learnHead(900_000);
    await vi.waitFor(() => expect(log.missed()).toBe(0));
    expect(shown(log).at(-1)).toBe(1000);
    expect(log.atHead()).toBe(false);
    expect(server.asked.length).toBeLessThan(4);
    await log.newer();
    expect(shown(log).at(-1)).toBe(1150);
    await log.toHead();
    expect(shown(log).at(-1)).toBe(900_000);
  });

  it("takes what is posted while the view is far back, and finds it at the end", async () => {
    const log = new RoomLog("r");
    await log.open(20);
    log.take(message((server.head = 1001)));
    await vi.waitFor(() => expect(log.missed()).toBe(0));
    expect(shown(log).includes(20)).toBe(true);
    await log.toHead();
    expect(shown(log).at(-1)).toBe(1001);
    expect(dense(shown(log))).toBe(true);
  });

  it("shows nothing of a room that I was put out of", async () => {
    const log = new RoomLog("r");
    await log.open();
    vi.stubGlobal("fetch", async () => new Response('{"error":"no such room","code":"no-such-room"}', { status: 404 }));
    await log.jump(5);
    expect(log.state.get().refused?.code).toBe("no-such-room");
    expect(shown(log)).toEqual([]);
    vi.stubGlobal("fetch", server.fetch);
    server.head = 1002;
    log.admit(); // I am let in again
    void log.open();
    await vi.waitFor(() => expect(shown(log).at(-1)).toBe(1002));
    expect(log.state.get().refused).toBeUndefined();
  });

  it("asks for nothing any more when whoever read it has signed out", async () => {
    vi.useFakeTimers();
    const [log, blank] = [new RoomLog("r"), new RoomLog("r")];
    await log.open();
    server.down = true;
    void log.renew();
    void blank.open();
    await vi.advanceTimersByTimeAsync(5000);
    endAsking();
    const { length } = server.asked;
    server.down = false;
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(server.asked).toHaveLength(length);
  });

  it("asks until the first page comes", async () => {
    vi.useFakeTimers();
    const log = new RoomLog("r");
    server.down = true;
    const opening = log.open();
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.asked.length).toBeGreaterThan(1);
    server.down = false;
    await vi.advanceTimersByTimeAsync(2000);
    await opening;
    vi.useRealTimers();
    expect(shown(log).at(-1)).toBe(1000);
  });
});
