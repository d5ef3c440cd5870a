import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { endAsking } from "../api/call";
import type { MyRoom, ServerFrame } from "../api/types";

const frames = vi.hoisted(() => new Map<string, ((f: ServerFrame) => void)[]>());
const ends = vi.hoisted(() => [] as (() => void)[]);
vi.mock("../events/events", () => ({ listen: (type: string, l: (f: ServerFrame) => void) => frames.set(type, [...(frames.get(type) ?? []), l]) }));
vi.mock("../session/session", () => ({ onForget: (f: () => void) => ends.push(f) }));
vi.stubGlobal("addEventListener", () => undefined);

const { loadMine, mine, needMine, setMine, watchMine } = await import("./mine");
watchMine();

const signOut = () => {
  endAsking();
  for (const end of ends) end();
};
const told = (f: ServerFrame) => frames.get(f.type)?.forEach((l) => l(f));
const room = (head: number, read: number, mentions = 0) => ({ room: { guid: "r", name: "Rates", head }, followed: true, read, unread: head - read, mentions }) as unknown as MyRoom;

/** A server whose answers wait until they are let go; each says what was true when it was asked. */
const server = { rooms: [] as MyRoom[], asked: 0, held: [] as (() => void)[] };

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(server, { rooms: [room(5, 5)], asked: 0, held: [] });
  vi.stubGlobal("fetch", async (address: string) => {
    if (address.includes("invitations")) return Response.json([]);
    server.asked++;
    const then = structuredClone(server.rooms);
    await new Promise<void>((go) => server.held.push(go));
    return Response.json(then);
  });
});
afterEach(() => {
  signOut();
  vi.useRealTimers();
});

const answer = async () => {
  await vi.waitFor(() => expect(server.held.length).toBeGreaterThan(0));
  server.held.shift()!();
  await vi.advanceTimersByTimeAsync(40);
};
const shown = () => {
  const m = mine.get().get("r");
  return m && [m.room.head, m.read, m.unread, m.mentions];
};

describe("my rooms", () => {
  it("are asked for again when something was told that an answer on its way may not know", async () => {
    const loading = loadMine();
    await vi.waitFor(() => expect(server.asked).toBe(1));
    server.rooms = [room(9, 9)];
    told({ type: "read", room: "r", read: 9, mentions: 0 });
    await answer();
    expect(shown()).toEqual([5, 5, 0, 0]);
    await vi.advanceTimersByTimeAsync(600);
    await answer();
    await loading;
    expect(shown()).toEqual([9, 9, 0, 0]);
    expect(server.asked).toBe(2);
  });

  it("are not asked for again for what is no part of them, and ever more slowly in a storm", async () => {
    void loadMine();
    await vi.waitFor(() => expect(server.asked).toBe(1));
    told({ type: "gathered", feed: "f" });
    await answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(1);
    void loadMine();
    for (let s = 0; s < 60; s++) {
      await vi.advanceTimersByTimeAsync(1000);
      told({ type: "invited" });
      server.held.shift()?.();
    }
    expect(server.asked).toBeLessThan(10);
    for (let s = 0; s < 40; s++) {
      await vi.advanceTimersByTimeAsync(1000);
      server.held.shift()?.();
    }
  });

  it("keep a head that was told, and count mentions as the server does", async () => {
    void needMine();
    void needMine();
    await vi.waitFor(() => expect(server.asked).toBe(1));
    await answer();
    told({ type: "message", message: { room: "r", id: 7 } } as ServerFrame);
    told({ type: "gathered", feed: "mentions", mentions: 2, hit: { message: { room: "r", id: 7 } } } as ServerFrame);
    told({ type: "gathered", feed: "mentions", mentions: 2, hit: { message: { room: "r", id: 7 } } } as ServerFrame);
    await vi.advanceTimersByTimeAsync(40);
    expect(shown()).toEqual([7, 5, 2, 2]);
    told({ type: "read", room: "r", read: 7, mentions: 0 });
    told({ type: "gathered", feed: "mentions", mentions: 1, hit: { message: { room: "r", id: 7 } } } as ServerFrame); // counted before it was read
    await vi.advanceTimersByTimeAsync(40);
    expect(shown()).toEqual([7, 7, 0, 0]);
  });

  it("are asked for until they come", async () => {
    let down = true;
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", async (address: string) => {
      if (down) throw new TypeError("no network");
      return fetch(address);
    });
    const loading = loadMine();
    await vi.advanceTimersByTimeAsync(1000);
    down = false;
    await vi.advanceTimersByTimeAsync(2000);
    await answer();
    await loading;
    expect(shown()).toEqual([5, 5, 0, 0]);
  });

  it("are changed one after another, and an answer undoes nothing that was done or told after it", async () => {
    void loadMine();
    await answer();
    const patches: { body: MyRoom; go: () => void }[] = [];
    vi.stubGlobal("fetch", async (_: string, o: { body: string }) => {
      const body = { ...room(5, 5), ...(JSON.parse(o.body) as object) };
      await new Promise<void>((go) => patches.push({ body, go }));
      return Response.json(body);
    });
    const [one, two] = [setMine("r", { position: 1 }), setMine("r", { position: 2 })];
    await vi.advanceTimersByTimeAsync(40);
    expect(patches).toHaveLength(1);
    told({ type: "message", message: { room: "r", id: 6 } } as ServerFrame);
    told({ type: "mine", my_room: { ...room(5, 5), position: 0 } } as ServerFrame);
    patches[0]!.go();
    await one;
    expect([mine.get().get("r")!.position, ...shown()!]).toEqual([2, 6, 5, 1, 0]);
    await vi.waitFor(() => expect(patches).toHaveLength(2));
    patches[1]!.go();
    await two;
    expect([mine.get().get("r")!.position, ...shown()!]).toEqual([2, 6, 5, 1, 0]);
  });

  it("of somebody who has signed out are nobody's, though the answer comes", async () => {
    void loadMine();
    await vi.waitFor(() => expect(server.asked).toBe(1));
    signOut();
    await answer();
    expect(mine.get().size).toBe(0);
  });
});
