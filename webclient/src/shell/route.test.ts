import { describe, expect, it } from "vitest";
import { read, write, type Route } from "./route";

const guid = "094f5a4a-c492-4f6b-91c2-385eba134fd3";

describe("route", () => {
  it("reads what it writes", () => {
    const routes: Route[] = [
      { page: "home" }, { page: "browse" }, { page: "settings" },
      { page: "room", room: guid, beside: [], alone: false },
      { page: "room", room: guid, message: 12, beside: ["a", "b"], alone: true },
      { page: "search", q: "from:alice \"two words\" & more" },
      { page: "feed", feed: "a/b" },
      { page: "print", room: guid, from: "2026-01-01", to: "2026-01-02" },
      { page: "manage", path: "/PersistentChat/RM/?room=1" },
      { page: "admin", path: "/admin/users" },
    ];
    for (const r of routes) {
      const [path, search] = write(r).split("?");
      expect(read(path!, search ? "?" + search : "")).toEqual(r);
    }
  });

  it("takes what makes no sense for home, and ids that are none for none", () => {
    expect(read("/nowhere", "")).toEqual({ page: "home" });
    expect(read("/room/" + guid + "/x", "")).toEqual({ page: "room", room: guid, beside: [], alone: false });
  });
});
