import type { operations } from "../api/schema";
import { asker } from "../desk/ask";
import { calls } from "./operations.json";

export const { ask, useAsked, stale } = asker<operations, typeof calls>("", calls);
