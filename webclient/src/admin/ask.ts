import { asker } from "../desk/ask";
import { calls } from "./operations.json";
import type { components, operations } from "./schema";

export type Schemas = components["schemas"];

export const { ask, asked, askLines, useAsked, useWatched, stale } = asker<operations, typeof calls>("/admin", calls);
