import { catalogue } from "../desk/words";
import { de } from "./de";
import { en } from "./en";

export type Key = keyof typeof en;

export const useWords = catalogue<Key>(en, de);
export type W = ReturnType<typeof useWords>;
