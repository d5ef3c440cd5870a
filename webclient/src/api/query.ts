import { QueryClient } from "@tanstack/react-query";
import { Refusal } from "./refusal";

/** What was asked of the server and is kept in this window's memory, never on disk. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (n, e) => e instanceof Refusal && e.unreachable && n < 3,
      refetchOnWindowFocus: false,
    },
  },
});
