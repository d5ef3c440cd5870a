import { afterEach, describe, expect, it, vi } from "vitest";
import { asker } from "./ask";

interface Ops {
  show: { parameters: { path: { who: string } }; responses: { 200: { content: { "application/json": { name: string } } } } };
  list: { parameters: { query?: { limit?: string } }; responses: { 200: { content: { "application/json": string[] } } } };
  make: { parameters: { query?: never }; requestBody: { content: { "application/json": { name: string } } }; responses: { 204: never } };
}

const { ask, askLines } = asker<Ops, { show: string; list: string; make: string }>("/admin", { show: "GET /users/{who}/policy", list: "GET /users", make: "POST /users" });

function server(body: string, status = 200, type = "application/json") {
  const asked = vi.fn((url: string, init?: RequestInit) => Promise.resolve(new Response(status === 204 ? null : body, { status, headers: { "Content-Type": type, "X-Asked": `${init?.method} ${url}` } })));
  vi.stubGlobal("fetch", asked);
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("ask", () => {
  it("calls an operation by its name, with what it is given", async () => {
    let asked = server('{"name":"x"}');
    expect(await ask("show", { path: { who: "a/b c%" } })).toEqual({ name: "x" });
    expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/admin/users/a%2Fb%20c%25/policy");
    asked = server("[]");
    await ask("list", { query: { limit: "5" } });
    expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/admin/users?limit=5");
    asked = server("", 204);
    await ask("make", { body: { name: "y" } });
    expect(asked.mock.calls[0]?.[1]).toMatchObject({ method: "POST", body: '{"name":"y"}' });
  });

  it("refuses with the server's reason", async () => {
    server('{"error":"it takes the duty administrator"}', 403);
    await expect(ask("list")).rejects.toThrow("it takes the duty administrator");
    await expect(askLines("list", {})).rejects.toThrow("it takes the duty administrator");
  });

  it("reads lines", async () => {
    server('{"a":1}\n{"a":2}\n', 200, "application/x-ndjson");
    expect(await askLines("list", {})).toEqual([{ a: 1 }, { a: 2 }]);
  });
});
