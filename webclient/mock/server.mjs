// A server for developing the client without one: it speaks api/openapi.yaml from memory, and forgets. Not shipped.
//   node mock/server.mjs [port]    then sign in as alice, bob or carol, with any password.
// POST /mock {room, user, n, text} posts in somebody's name; POST /mock {bye: "disabled"} cuts everybody off; {drop: true} drops sockets; {refuse: 500} refuses the next post.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { WebSocketServer } from "ws";
import { message, mine, people, post, rooms } from "./world.mjs";

const built = new URL("../dist/built/", import.meta.url);
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html" };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; frame-src http: https:; base-uri 'none'; form-action 'self'";
const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC", "base64");
const sockets = new Set();
const uploads = new Map();
const prefs = { version: 1, values: {} };
const feeds = [{ id: "mentions", name: "mentions", keywords: [], authors: [], rooms: [], version: 1 }];
let position = 5_000_000;
let refuse = 0;

class Refused extends Error {
  constructor(status, code, text) {
    super(text);
    Object.assign(this, { status, code });
  }
}

const tell = (frame, to = () => true) => {
  for (const s of sockets) if (to(s)) s.send(JSON.stringify(frame));
};

function find(g) {
  const r = rooms.get(g);
  if (!r) throw new Refused(404, "no-such-room", "There is no such room.");
  return r;
}

function page(r, q) {
  const limit = Number(q.get("limit") ?? 50);
  const { head } = r.view;
  let from = head - limit + 1;
  let to = head;
  const n = (k) => Number(q.get(k));
  if (q.has("before")) [from, to] = [n("before") - limit, n("before") - 1];
  else if (q.has("after")) [from, to] = [n("after") + 1, n("after") + limit];
  else if (q.has("around")) [from, to] = [n("around") - limit / 2 + 1, n("around") + limit / 2];
  else if (q.has("at")) {
    let low = 1;
    let high = head + 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (message(r, mid).at < q.get("at")) low = mid + 1;
      else high = mid;
    }
    [from, to] = [low, low + limit - 1];
  }
  from = Math.max(1, Math.ceil(from));
  to = Math.min(head, to);
  const messages = [];
  for (let id = from; id <= to; id++) messages.push(message(r, id));
  return { messages, head, first: head ? 1 : 0, revised: 0, before: from > 1, after: to < head };
}

function posted(r, who, body) {
  const known = body.client_id && r.clients.get(who.guid + body.client_id);
  if (known) return known;
  const files = body.files?.map((id) => uploads.get(id)?.file).filter(Boolean);
  const m = post(r, who, { ...body, files });
  if (body.client_id) r.clients.set(who.guid + body.client_id, m);
  const bare = { ...m };
  delete bare.client_id;
  tell({ type: "message", message: m }, (s) => s.me === who);
  tell({ type: "message", message: bare }, (s) => s.me !== who);
  const hit = { position: ++position, room_name: r.view.name, message: bare };
  tell({ type: "gathered", feed: "mentions", hit, mentions: r.mentions }, (s) => s.me !== who && m.text.toLowerCase().includes(s.me.name));
  for (const f of feeds.slice(1)) if (f.keywords.some((k) => m.text.includes(k))) tell({ type: "gathered", feed: f.id, hit });
  return m;
}

function search(body) {
  const hits = [];
  for (const r of rooms.values()) {
    if (body.rooms && !body.rooms.includes(r.view.guid)) continue;
    for (let id = r.view.head; id > Math.max(0, r.view.head - 200); id--) {
      const m = message(r, id);
      if (body.text && !m.text.toLowerCase().includes(body.text.toLowerCase())) continue;
      if (body.authors && !body.authors.some((a) => a === m.author || a === m.author_uri)) continue;
      if (body.has?.includes("alert") && !m.alert) continue;
      if (body.has?.includes("file") && !m.files) continue;
      hits.push({ position: Date.parse(m.at) * 10 + (id % 10), room_name: r.view.name, message: m });
    }
  }
  hits.sort((a, b) => b.position - a.position);
  return { hits: hits.filter((h) => !body.before || h.position < body.before).slice(0, body.limit ?? 50), total: hits.length };
}

const session = (me) => ({ me, expires: new Date(Date.now() + 4e7).toISOString(), idle_minutes: Number(process.env.MOCK_IDLE ?? 0), store: "mock", version: "mock", duties: ["administrator"], limits: { message_bytes: 2000, story_bytes: 32000, file_bytes: 20 << 20, history: 500, large_room: 75 } });

// Method and path (* is any part) to what is answered; undefined is 204.
const routes = {
  "GET /sign-in": () => ({ domain: "example.test", name: "Perch at Example Bank", notice: "This system is for business use. What is said here is kept and may be read by Compliance.", password: true, providers: [{ name: "Example ID", url: "/api/v1/oidc/example" }] }),
  "GET /session": ({ me }) => session(me),
  "DELETE /session": ({ me }) => void setTimeout(() => tell({ type: "bye", reason: "signed-out" }, (s) => s.me === me)),
  "GET /sessions": () => [{ id: "1", at: new Date().toISOString(), last: new Date().toISOString(), address: "192.0.2.7", client: "Chromium on Linux", current: true, connected: true }, { id: "2", at: new Date().toISOString(), last: new Date(Date.now() - 9e6).toISOString(), address: "192.0.2.9", client: "Safari on iPhone", current: false, connected: false }],
  "DELETE /sessions/*": () => undefined,
  "GET /preferences": () => prefs,
  "PUT /preferences": ({ body }) => {
    if (body.version !== prefs.version) throw new Refused(409, "collision", "Somebody else changed them.");
    prefs.version++;
    prefs.values = body.values;
    tell({ type: "preferences", version: prefs.version });
    return prefs;
  },
  "GET /tokens": () => [{ id: "1", name: "price robot", created: new Date().toISOString(), scope: "post" }],
  "GET /my/rooms": () => [...rooms.values()].filter((r) => r.followed).map(mine),
  "PATCH /my/rooms/*": ({ parts, body }) => {
    const r = Object.assign(find(parts[2]), body);
    tell({ type: "mine", my_room: mine(r) });
    return mine(r);
  },
  "GET /my/drafts": () => [...rooms.values()].flatMap((r) => (r.draft ? [{ room: r.view.guid, ...r.draft }] : [])),
  "GET /my/invitations": () => [{ id: 1, room: [...rooms.values()][6].view }],
  "GET /rooms": ({ q }) => ({ rooms: [...rooms.values()].map((r) => r.view).filter((r) => r.name.toLowerCase().includes((q.get("search") ?? "").toLowerCase()) && (!q.get("category") || r.category_guid === q.get("category"))), more: false }),
  "GET /rooms/*": ({ parts }) => find(parts[1]).view,
  "GET /rooms/*/participants": () => people,
  "GET /categories": () => [{ guid: "00000000-0000-4000-8000-000000000500", name: "Trading", description: "", may_create: true, files: true, history: true, invitations: false }, { guid: "00000000-0000-4000-8000-000000000501", name: "Company", description: "", may_create: false, files: true, history: true, invitations: false }],
  "GET /rooms/*/messages": ({ parts, q }) => page(find(parts[1]), q),
  "POST /rooms/*/messages": ({ parts, body, me }) => {
    if (refuse) {
      const status = refuse;
      refuse = 0;
      throw new Refused(status, "internal", "The disk is full. Ask your administrator.");
    }
    return posted(find(parts[1]), me, body);
  },
  "GET /rooms/*/messages/*/proof": () => "proof",
  "POST /rooms/*/read": ({ parts, body, me }) => {
    const r = find(parts[1]);
    r.read = Math.max(r.read, body.up_to || r.view.head);
    if (r.read >= r.view.head) r.mentions = 0;
    tell({ type: "read", room: r.view.guid, read: r.read, unread: r.view.head - r.read, mentions: r.mentions }, (s) => s.me === me);
  },
  "PUT /rooms/*/draft": ({ parts, body }) => {
    find(parts[1]).draft = body.text ? { text: body.text, caret: body.caret } : undefined;
    tell({ type: "draft", draft: { room: parts[1], ...body } });
  },
  "GET /rooms/*/files": ({ parts }) => page(find(parts[1]), new URLSearchParams("limit=100")).messages.flatMap((m) => m.files ?? []).reverse(),
  "GET /files/*": ({ parts }) => uploads.get(parts[1])?.file ?? {},
  "POST /search": ({ body }) => search(body),
  "GET /feeds": () => feeds,
  "POST /feeds": ({ body }) => (feeds.push({ id: String(feeds.length), version: 1, keywords: [], rooms: [], ...body, authors: [] }), feeds.at(-1)),
  "GET /feeds/*/messages": ({ parts }) => search({ text: parts[1] === "mentions" ? "alice" : feeds.find((f) => f.id === parts[1])?.keywords[0], limit: 20 }).hits,
  "GET /people": ({ q }) => ({ people: people.filter((p) => [p.name, p.display_name].some((n) => n.toLowerCase().startsWith((q.get("prefix") ?? "").toLowerCase()))), more: false }),
  "GET /people/presence": ({ q }) => q.getAll("user").map((guid) => ({ guid, state: ["available", "busy", "do-not-disturb", "away", "offline", "unknown"][Number(guid.slice(-2)) % 6] })),
};

const read = (req) => new Promise((done) => { const all = []; req.on("data", (c) => all.push(c)); req.on("end", () => done(Buffer.concat(all))); });
const who = (req) => people.find((p) => p.name === /perch_session=(\w+)/.exec(req.headers.cookie ?? "")?.[1]);
const json = (res, status, body) => res.writeHead(status, { "Content-Type": "application/json" }).end(body === undefined ? undefined : JSON.stringify(body));

function tus(req, res, parts, bytes) {
  res.setHeader("Tus-Resumable", "1.0.0");
  if (req.method === "POST") {
    const id = `00000000-0000-4000-9000-${String(uploads.size).padStart(12, "0")}.bin`;
    const meta = Object.fromEntries((req.headers["upload-metadata"] ?? "").split(",").map((p) => p.trim().split(" ")).map(([k, v]) => [k, Buffer.from(v ?? "", "base64").toString()]));
    uploads.set(id, { length: Number(req.headers["upload-length"]), offset: 0, file: { id, room: parts[1], name: meta.filename, size: Number(req.headers["upload-length"]), type: meta.filetype, state: "clean", link: `ma-filelink:${id}`, at: new Date().toISOString(), uploader: "me" } });
    return res.writeHead(201, { Location: `/api/v1/files/${id}` }).end();
  }
  const u = uploads.get(parts[1]);
  if (!u) return res.writeHead(404).end();
  if (req.method === "DELETE") uploads.delete(parts[1]);
  if (req.method === "PATCH") u.offset += bytes.length;
  res.writeHead(req.method === "HEAD" ? 200 : 204, { "Upload-Offset": u.offset, "Upload-Length": u.length }).end();
}

async function api(req, res, path, q) {
  const parts = path.split("/").filter(Boolean);
  const bytes = await read(req);
  if (path === "/session" && req.method === "POST") {
    const me = people.find((p) => p.name === JSON.parse(bytes).user);
    if (!me) throw new Refused(403, "forbidden", "This name and password do not fit.");
    res.setHeader("Set-Cookie", `perch_session=${me.name}; HttpOnly; Path=/; SameSite=Lax`);
    return json(res, 200, session(me));
  }
  const me = who(req);
  if (!me && path !== "/sign-in") throw new Refused(401, "signed-out", "Sign in first.");
  if (path === "/session" && req.method === "DELETE") res.setHeader("Set-Cookie", "perch_session=; Max-Age=0; Path=/");
  if (/^\/rooms\/[^/]+\/files$/.test(path) && req.method === "POST") return tus(req, res, parts, bytes);
  if (/^\/files\/[^/]+$/.test(path) && ["HEAD", "PATCH", "DELETE"].includes(req.method)) return tus(req, res, parts, bytes);
  if (path.endsWith("/content")) return res.writeHead(200, { "Content-Type": "image/png" }).end(pixel);
  const key = Object.keys(routes).find((k) => new RegExp(`^${k.replaceAll("*", "[^/]+")}$`).test(`${req.method} ${path}`));
  if (!key) throw new Refused(404, "no-such-object", "There is nothing here.");
  const out = routes[key]({ me, parts, q, body: bytes.length ? JSON.parse(bytes) : undefined });
  json(res, out === undefined ? 204 : req.method === "POST" ? 201 : 200, out);
}

function control(c) {
  if (c.bye) tell({ type: "bye", reason: c.bye });
  if (c.drop) for (const s of sockets) s.terminate();
  refuse = c.refuse ?? refuse;
  for (let i = 0; c.room && i < (c.n ?? 1); i++) posted(find(c.room), people.find((p) => p.name === (c.user ?? "bob")), { text: `${c.text ?? "mock"} ${i + 1}`, alert: c.alert });
  return { sockets: sockets.size };
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, "http://mock");
  res.setHeader("Content-Security-Policy", policy);
  try {
    if (url.pathname === "/mock") return json(res, 200, control(JSON.parse(await read(req))));
    if (url.pathname.startsWith("/api/v1/")) return await api(req, res, url.pathname.slice(7), url.searchParams);
    const name = url.pathname.startsWith("/assets/") ? url.pathname.slice(1) : "index.html";
    res.writeHead(200, { "Content-Type": types[extname(name)] ?? "text/plain" }).end(await readFile(new URL(name, built)));
  } catch (e) {
    if (!(e instanceof Refused)) console.error(e);
    if (!res.headersSent) json(res, e.status ?? 500, { error: e.message, code: e.code ?? "internal" });
  }
});

const ws = new WebSocketServer({ noServer: true });
server.on("upgrade", (req, socket, head) => {
  const me = who(req);
  if (!me) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
  ws.handleUpgrade(req, socket, head, (s) => {
    s.me = me;
    sockets.add(s);
    s.on("close", () => sockets.delete(s));
    s.on("message", (m) => {
      const f = JSON.parse(m);
      if (f.type === "ping") s.send('{"type":"pong"}');
      if (f.type === "join") s.send(JSON.stringify({ type: "joined", rooms: f.rooms.map((g) => ({ room: g, head: rooms.get(g)?.view.head })) }));
    });
    s.send(JSON.stringify({ type: "hello", session: String(Math.random()), sealed_until: new Date(Date.now() - 36e5).toISOString() }));
    s.send(JSON.stringify({ type: "joined", rooms: [...rooms.values()].filter((r) => r.followed).map((r) => ({ room: r.view.guid, head: r.view.head, read: r.read })) }));
  });
});
setInterval(() => tell({ type: "sealed", sealed_until: new Date().toISOString() }), 5000);
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
