import { expect, it } from "vitest";
import { whereOf } from "./where";

const g = "094F5A4A-c492-4f6b-91c2-385eba134fd3";
const room = { is: "room", room: g.toLowerCase() };

it("reads our addresses and old ones", () => {
  expect(whereOf("/manage")).toEqual({ is: "list" });
  expect(whereOf("/manage/new")).toEqual({ is: "new" });
  expect(whereOf(`/manage/${g}`)).toEqual(room);
  expect(whereOf("/PersistentChat/RM/")).toEqual({ is: "list" });
  expect(whereOf("/PersistentChat/RM/default.aspx?lang=en-US")).toEqual({ is: "list" });
  expect(whereOf(`/PersistentChat/RM/default.aspx?RoomId=${g}&x=1`)).toEqual(room);
  expect(whereOf(`/PersistentChat/RM/?uri=ma-chan%3A%2F%2Fexample.test%2F${g}`)).toEqual(room);
  expect(whereOf("/PersistentChat/RM/?x=%E0%A4%A")).toEqual({ is: "list" });
});
