import { describe, expect, it } from "vitest";
import type { Room } from "../api/types";
import { objection } from "./uploads";

const room = (o: Partial<Room> = {}, upload = true) => ({ files: true, may: { upload } as Room["may"], ...o });
const file = (name: string, size = 10, type = "") => ({ name, size, type });

describe("objection", () => {
  it("refuses by size, type and right before anything is sent", () => {
    expect(objection(file("a.txt", 11), room(), 10)).toEqual({ is: "size", most: 10 });
    expect(objection(file("a.txt", 10), room(), 10)).toBeUndefined();
    expect(objection(file("a.txt", 0), room(), 10)).toEqual({ is: "empty" });
    expect(objection(file("a.txt"), room({ files: false }), 10)).toEqual({ is: "forbidden" });
    expect(objection(file("a.txt"), room({}, false), 10)).toEqual({ is: "forbidden" });
  });

  it("takes types by media type, family or ending", () => {
    const r = room({ file_types: ["image/*", "application/pdf", ".TXT", "csv"] });
    for (const f of [file("x", 1, "image/png"), file("x", 1, "application/pdf"), file("a.txt"), file("b.CSV")]) expect(objection(f, r, 10), f.name).toBeUndefined();
    expect(objection(file("a.exe", 1, "application/x-msdownload"), r, 10)?.is).toBe("type");
  });
});
