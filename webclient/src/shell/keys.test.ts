import { describe, expect, it } from "vitest";
import { bindings, commandOf, type Pressed } from "./keys";

const press = (key: string, o: Partial<Pressed> = {}): Pressed => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...o });

describe("keys", () => {
  it("are told apart by what is held with them", () => {
    expect(commandOf(press("k", { ctrlKey: true }), true, false)).toBe("switcher");
    expect(commandOf(press("k", { metaKey: true }), true, true)).toBe("switcher");
    expect(commandOf(press("k", { ctrlKey: true }), true, true)).toBeUndefined();
    expect(commandOf(press("ArrowUp", { altKey: true }), true, false)).toBe("previousRoom");
    expect(commandOf(press("ArrowUp", { altKey: true, shiftKey: true }), true, false)).toBe("previousUnread");
    expect(commandOf(press("ArrowUp"), false, false)).toBeUndefined();
  });

  it("leave letters and signs to whoever writes", () => {
    expect(commandOf(press("?", { shiftKey: true }), false, false)).toBe("help");
    expect(commandOf(press("?", { shiftKey: true }), true, false)).toBeUndefined();
    expect(commandOf(press("w"), true, false)).toBeUndefined();
    expect(commandOf(press("w"), false, false)).toBe("write");
  });

  it("are each bound once in a place", () => {
    const all = bindings.map((b) => b.where + " " + b.keys);
    expect(new Set(all).size).toBe(all.length);
  });
});
