// The words of api/openapi.yaml, by their names there.
import type { components } from "./schema";

type S = components["schemas"];

export type SignIn = S["SignIn"];
export type Session = S["Session"];
export type SignedIn = S["SignedIn"];
export type Preferences = S["Preferences"];
export type Token = S["Token"];
export type TokenScope = S["TokenScope"];
export type Person = S["Person"];
export type People = S["People"];
export type Presence = S["Presence"];
export type Category = S["Category"];
export type Room = S["Room"];
export type RoomList = S["RoomList"];
export type MyRoom = S["MyRoom"];
export type MyRoomChange = S["MyRoomChange"];
export type Invitation = S["Invitation"];
export type Decision = S["Decision"];
export type Recording = S["Recording"];
export type Message = S["Message"];
export type NewMessage = S["NewMessage"];
export type Page = S["Page"];
export type Draft = S["Draft"];
export type Search = S["Search"];
export type Found = S["Found"];
export type Hit = S["Hit"];
export type Feed = S["Feed"];
export type FeedChange = S["FeedChange"];
export type File = S["File"];
export type ServerFrame = S["ServerFrame"];
export type ClientFrame = S["ClientFrame"];
export type JoinedRoom = S["JoinedRoom"];
