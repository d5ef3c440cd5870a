// English between marks, from right to left: what is cut off, or is in no catalogue, shows.
import { en, type Catalogue, type Key } from "./en";

const mark = (s: string) => `\u2067\u00ab${s}\u00bb\u2069`;

export const qps = Object.fromEntries(
  (Object.keys(en) as Key[]).map((k) => {
    const e = en[k];
    return [k, typeof e === "string" ? mark(e) : Object.fromEntries(Object.entries(e).map(([p, s]) => [p, mark(s)]))];
  }),
) as Catalogue;
