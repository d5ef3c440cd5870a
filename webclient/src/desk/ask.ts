// Calls of an API by the names of its operations: which there are, and where they are, says a list (operations.json) that a
// test compares with the perch command, so that pages can do nothing that the command cannot.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { address, call, type CallOptions } from "../api/call";
import { queries } from "../api/query";
import { Refusal } from "../api/refusal";

type PathOf<O> = O extends { parameters: { path: infer P extends object } } ? { path: P } : { path?: never };
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? { body: B } : { body?: never };
type QueryOf<O> = O extends { parameters: { query: infer Q extends object } }
  ? { query: Q }
  : O extends { parameters: { query?: infer Q } } ? { query?: Exclude<Q, undefined> } : { query?: never };

/** What an operation is given. */
export type Given<O> = PathOf<O> & BodyOf<O> & QueryOf<O>;
type Args<O> = object extends Given<O> ? [given?: Given<O>] : [given: Given<O>];
type Json<R> = R extends { content: { "application/json": infer A } } ? A : undefined;
/** What an operation answers. */
export type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : undefined
  : never;

interface Loose {
  path?: Record<string, string>;
  query?: object;
  body?: unknown;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Makes the functions by which pages call an API.
 * @param under where the API's paths begin, behind the web API's own
 * @param calls the operations that pages may name: method and path of each
 */
export function asker<Ops, Calls extends Record<string, string>>(under: string, calls: Calls) {
  type Op = Extract<keyof Calls, keyof Ops>;

  function where(op: Op, given: Loose = {}): [Method, string] {
    const [method, pattern] = calls[op]!.split(" ") as [Method, string];
    return [method, under + pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given.path?.[name] ?? ""))];
  }

  function options(given: Loose = {}): CallOptions {
    return { ...(given.query && { query: given.query as NonNullable<CallOptions["query"]> }), ...(given.body !== undefined && { body: given.body }) };
  }

  function ask<K extends Op>(op: K, ...[given]: Args<Ops[K]>): Promise<Answer<Ops[K]>> {
    const [method, path] = where(op, given as Loose | undefined);
    return call(method, path, options(given as Loose | undefined));
  }

  const key = (op: Op, given: unknown) => [under, op, given ?? null];

  /** As ask, but an answer that is there already will do. */
  function asked<K extends Op>(op: K, ...[given]: Args<Ops[K]>): Promise<Answer<Ops[K]>> {
    const [method, path] = where(op, given as Loose | undefined);
    return queries.fetchQuery({ queryKey: key(op, given), queryFn: () => call<Answer<Ops[K]>>(method, path, options(given as Loose | undefined)) });
  }

  /** What an operation that changes nothing answers, kept and asked for anew when stale() is called. */
  function useAsked<K extends Op>(op: K, ...[given]: Args<Ops[K]>): UseQueryResult<Answer<Ops[K]>> {
    const [method, path] = where(op, given as Loose | undefined);
    return useQuery({
      queryKey: key(op, given),
      queryFn: ({ signal }) => call<Answer<Ops[K]>>(method, path, { ...options(given as Loose | undefined), signal }),
    });
  }

  /** As useAsked, and asked for anew every few seconds while the page is looked at: of what goes on by itself. */
  function useWatched<K extends Op>(op: K): UseQueryResult<Answer<Ops[K]>> {
    const [method, path] = where(op);
    return useQuery({ queryKey: key(op, undefined), queryFn: ({ signal }) => call<Answer<Ops[K]>>(method, path, { signal }), refetchInterval: 5_000 });
  }

  /** An answer that is a line of JSON a thing, and may be long. */
  async function askLines<T, K extends Op = Op>(op: K, query: Record<string, string>): Promise<T[]> {
    const answer = await fetch(address(where(op)[1], query), { credentials: "same-origin" });
    if (!answer.ok) {
      const body = (await answer.json().catch(() => ({}))) as { error?: string; code?: string };
      throw new Refusal(body.error ?? answer.statusText, body.code ?? "", answer.status);
    }
    return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line) as T);
  }

  /** Something has changed: everything that is shown is asked for anew. */
  const stale = () => queries.invalidateQueries({ queryKey: [under] });

  return { ask, asked, askLines, useAsked, useWatched, stale };
}
