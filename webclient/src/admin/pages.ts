// The pages of administration, in the order of their list.
import type { ComponentType } from "react";
import { Addins } from "./Addins";
import { Archive } from "./Archive";
import { Categories } from "./Categories";
import type { Key } from "./catalogue";
import { Compliance } from "./Compliance";
import { Duties } from "./Duties";
import type { Duty } from "./duty";
import { Explain } from "./Explain";
import { Files } from "./Files";
import { Groups } from "./Groups";
import { Import } from "./Import";
import { Messages } from "./Messages";
import { Overview } from "./Overview";
import { Policies } from "./Policies";
import { Pool } from "./Pool";
import { Records } from "./Records";
import { Rights } from "./Rights";
import { Rooms } from "./Rooms";
import { Settings } from "./Settings";
import { Usage } from "./Usage";
import { Users } from "./Users";
import { Walls } from "./Walls";
import { Webhooks } from "./Webhooks";

export interface PageProps {
  /** What is open of the page's list; "+" is something new. */
  item: string | undefined;
  query: string;
  /** Opens something of the list, or closes it. */
  open: (item?: string) => void;
}

export interface PageOf {
  path: string;
  title: Key;
  page: ComponentType<PageProps>;
  /** Without one of these duties nothing on it can be seen; none: every duty will do. */
  duty?: readonly Duty[];
}

export const groups: readonly { title: Key; pages: readonly PageOf[] }[] = [
  { title: "serverGroup", pages: [
    { path: "", title: "overview", page: Overview },
    { path: "pool", title: "pool", page: Pool },
    { path: "settings", title: "settings", page: Settings },
    { path: "files", title: "filesPage", page: Files },
  ] },
  { title: "peopleGroup", pages: [
    { path: "users", title: "users", page: Users },
    { path: "groups", title: "groups", page: Groups },
    { path: "policies", title: "policies", page: Policies },
    { path: "walls", title: "walls", page: Walls },
    { path: "import", title: "import", page: Import },
  ] },
  { title: "roomsGroup", pages: [
    { path: "categories", title: "categories", page: Categories },
    { path: "rooms", title: "rooms", page: Rooms },
    { path: "messages", title: "messages", page: Messages },
    { path: "addins", title: "addins", page: Addins },
    { path: "webhooks", title: "webhooks", page: Webhooks },
  ] },
  { title: "recordGroup", pages: [
    { path: "archive", title: "archive", page: Archive },
    { path: "records", title: "records", page: Records, duty: ["officer", "auditor"] },
    { path: "compliance", title: "compliance", page: Compliance },
    { path: "duties", title: "duties", page: Duties },
  ] },
  { title: "reportsGroup", pages: [
    { path: "explain", title: "explain", page: Explain },
    { path: "rights", title: "rights", page: Rights },
    { path: "usage", title: "usage", page: Usage },
  ] },
];
