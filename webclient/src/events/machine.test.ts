import { describe, expect, it } from "vitest";
import { backoff, initial, step, times, type Effect, type Event, type State } from "./machine";

/** Runs a script of [seconds, event] and tells the effects of each. */
function run(script: [number, Event][], from: State = initial): { state: State; effects: Effect[][] } {
  let state = from;
  const effects: Effect[][] = [];
  for (const [t, e] of script) {
    const [next, f] = step(state, e, t * 1000, 0.5);
    state = next;
    effects.push(f);
  }
  return { state, effects };
}

const hello: Event = { type: "heard", frame: "hello" };
const opened: [number, Event][] = [[0, { type: "start" }], [0.1, { type: "opened" }], [0.2, hello]];

describe("connection", () => {
  it("comes back ever more slowly when it is sent away again and again, and at once after that has long been over", () => {
    const bye: Event = { type: "heard", frame: "bye", reason: "slow" };
    let state = run(opened).state;
    const waits: number[] = [];
    let now = 1;
    for (let n = 0; n < 6; n++) {
      state = run([[now, bye]], state).state;
      waits.push(state.retryAt / 1000 - now);
      now = state.retryAt / 1000;
      state = run([[now, { type: "tick" }], [now, { type: "opened" }], [now, hello]], state).state;
    }
    for (let n = 1; n < waits.length; n++) expect(waits[n]!).toBeGreaterThan(waits[n - 1]!);
    state = run([[now + times.settled / 1000, { type: "tick" }]], state).state;
    state = run([[now + 40, bye]], state).state;
    expect(state.retryAt / 1000 - now - 40).toBeCloseTo(waits[0]!);
  });

  it("opens once, however many windows start it", () => {
    const r = run([...opened, [1, { type: "start" }]]);
    expect(r.effects).toEqual([["dial"], [], [], []]);
    expect(r.state.phase).toBe("open");
  });

  it("waits longer after each attempt, by chance, and not without bound", () => {
    for (const chance of [0, 0.999]) {
      const waits = Array.from({ length: 20 }, (_, i) => backoff(i, chance));
      expect(Math.max(...waits)).toBeLessThanOrEqual(times.longest);
      expect(waits[5]!).toBeGreaterThan(waits[1]!);
    }
    expect(backoff(5, 0.1)).not.toBe(backoff(5, 0.9));
  });

  it("dials again after a loss, and begins to count anew once it is open", () => {
    let r = run([...opened, [5, { type: "closed" }], [5.1, { type: "tick" }], [5.4, { type: "tick" }]]);
    expect(r.effects.slice(3)).toEqual([[], [], ["dial"]]);
    expect(r.state.attempt).toBe(1);
    r = run([[6, hello]], r.state);
    expect(r.state).toMatchObject({ phase: "open", attempt: 0 });
  });

  it("asks a silent server, and takes it for dead when it does not answer", () => {
    let r = run([...opened, [26, { type: "tick" }]]);
    expect(r.effects.at(-1)).toEqual(["ping"]);
    r = run([[27, { type: "heard", frame: "pong" }], [40, { type: "tick" }]], r.state);
    expect(r.state.phase).toBe("open");
    r = run([[53, { type: "tick" }], [62, { type: "tick" }]], r.state);
    expect(r.effects).toEqual([["ping"], ["hangup"]]);
    expect(r.state.phase).toBe("waiting");
  });

  it("finds out within two seconds whether a line survived sleep", () => {
    const r = run([...opened, [9, { type: "nudge" }], [10, { type: "tick" }], [11, { type: "tick" }]]);
    expect(r.effects.slice(3)).toEqual([["ping"], [], ["hangup"]]);
  });

  it("does not wait out its time when the network is back", () => {
    const r = run([...opened, [5, { type: "closed" }], [5.01, { type: "nudge" }]]);
    expect(r.effects.at(-1)).toEqual(["dial"]);
  });

  it("stays away from a server that sent it away, until somebody signs in", () => {
    let r = run([...opened, [5, { type: "heard", frame: "bye", reason: "disabled" }], [6, { type: "closed" }], [600, { type: "tick" }], [601, { type: "nudge" }]]);
    expect(r.effects.slice(3)).toEqual([["hangup"], [], [], []]);
    expect(r.state).toMatchObject({ phase: "ended", ending: "disabled" });
    r = run([[700, { type: "start" }]], r.state);
    expect(r.effects).toEqual([["dial"]]);
  });

  it("comes back to a server that restarts", () => {
    const r = run([...opened, [5, { type: "heard", frame: "bye", reason: "shutdown" }], [6, { type: "tick" }]]);
    expect(r.effects.slice(3)).toEqual([["hangup"], ["dial"]]);
  });

  it("gives up an attempt that hangs", () => {
    const r = run([[0, { type: "start" }], [11, { type: "tick" }]]);
    expect(r.effects).toEqual([["dial"], ["hangup"]]);
  });
});
