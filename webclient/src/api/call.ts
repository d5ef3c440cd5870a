// Calls of the API. A session that has ended is told to whoever listens, once for every call that finds out.
import { Refusal } from "./refusal";

export const base = "/api/v1";

const callTimeout = 20_000; // ms

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
  signal?: AbortSignal;
  /** It may outlive the page, as the last draft must. At most 64 KiB. */
  keepalive?: boolean;
}

let life = new AbortController(); // of a session

/** Aborted when the session of now ends: what is answered later is for nobody. */
export const lifetime = (): AbortSignal => life.signal;

/** Gives up everything that is asked for somebody who has signed out; what is sent for him goes on. */
export function endAsking(): void {
  life.abort();
  life = new AbortController();
}

let signedOut: () => void = () => undefined;

/** Names who is told that the server knows no session of ours. */
export function onSignedOut(f: () => void): void {
  signedOut = f;
}

export function address(path: string, query: CallOptions["query"] = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) {
    if (Array.isArray(v)) for (const one of v) q.append(k, one);
    else if (v !== undefined) q.set(k, String(v));
  }
  const s = q.toString();
  return base + path + (s ? "?" + s : "");
}

/** Calls the API; throws a Refusal. */
export async function call<T>(method: Method, path: string, o: CallOptions = {}): Promise<T> {
  const signals = [AbortSignal.timeout(callTimeout), ...(o.signal ? [o.signal] : []), ...(method === "GET" && path !== "/session" ? [life.signal] : [])];
  let answer: Response;
  try {
    answer = await fetch(address(path, o.query), {
      method,
      headers: o.body === undefined ? {} : { "Content-Type": "application/json" },
      body: o.body === undefined ? null : JSON.stringify(o.body),
      credentials: "same-origin",
      keepalive: o.keepalive ?? false,
      signal: AbortSignal.any(signals),
    });
  } catch (e) {
    if (o.signal?.aborted) throw e;
    throw new Refusal("", "unreachable", 0);
  }
  if (!answer.ok) throw await refusal(answer, path);
  if (answer.status === 204) return undefined as T;
  const type = answer.headers.get("Content-Type") ?? "";
  try {
    return (type.includes("json") ? await answer.json() : await answer.text()) as T;
  } catch (e) {
    if (o.signal?.aborted) throw e;
    throw new Refusal("", "unreachable", 0); // it was cut off
  }
}

async function refusal(answer: Response, path: string): Promise<Refusal> {
  let body: { error?: string; code?: string; retry_after?: number } = {};
  try {
    body = (await answer.json()) as typeof body;
  } catch {
    // A proxy's page: the status says enough.
  }
  if (answer.status === 401 && path !== "/session") signedOut();
  return new Refusal(body.error ?? answer.statusText, body.code ?? "", answer.status, body.retry_after, body);
}

export const get = <T>(path: string, query?: CallOptions["query"], signal?: AbortSignal) =>
  call<T>("GET", path, { ...(query && { query }), ...(signal && { signal }) });
export const post = <T>(path: string, body?: unknown) => call<T>("POST", path, { body });
export const put = <T>(path: string, body: unknown, keepalive = false) => call<T>("PUT", path, { body, keepalive });
export const patch = <T>(path: string, body: unknown) => call<T>("PATCH", path, { body });
export const del = <T>(path: string, query?: CallOptions["query"]) => call<T>("DELETE", path, { ...(query && { query }) });
