// What the mock server keeps: people, rooms and their messages. A long room's messages are made when they are asked for.
const guid = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const people = ["alice|Alice Archer", "bob|Bob Baker", "carol|Carol Çelik", "dmitri|Дмитрий Орлов", "leila|ليلى حداد", "news|News wire"].map((s, i) => {
  const [name, display_name] = s.split("|");
  return { guid: guid(i + 1), uri: `sip:${name}@example.test`, name, display_name, kind: "user", company: i % 2 ? "Example Bank" : "", bot: name === "news" };
});

const minute = 60_000;
const now = Date.now();
const age = (r) => (r.base > 1000 ? 400 : 2) * 24 * 60 * minute;
const says = [
  "Morning all.", "Gilts opened two ticks lower; the long end is heavy.", "Anyone seen the auction calendar for next week?", "It is at https://example.test/calendar (internal).",
  "VOD.L printing 71.4, block of 2m went through just now.", "Thanks.", "Can somebody confirm the settlement instructions for the Acme trade before noon? Legal want them on record, with the counterparty's reference and the name of whoever checked them.",
  "@alice did you call them?", "On it.", "Done: 14:05, spoke to Jones.", "Note that the desk closes at 16:30 today.",
  "مرحبا، هل وصل التقرير؟", "Пришлю через час.", "Line one\nline two\nline three, with <b>no markup</b> & nothing run.",
];

export const rooms = new Map();

function room(n, name, o = {}) {
  const r = {
    guid: guid(1000 + n), uri: `ma-chan://example.test/${guid(1000 + n)}`, name, description: "", category: "Trading", category_guid: guid(500), privacy: "closed", type: "normal", invitations: "inherit",
    disabled: false, participants: 6, head: 60, version: 1, files: true, may: { join: true, read: true, post: true, manage: n === 1, upload: true, download: true },
    recording: { history: true, archived: true, sealed: true, strict: false, held: false }, ...o,
  };
  rooms.set(r.guid, { view: r, own: [], read: Math.max(0, r.head - (o.unread ?? 0)), mentions: o.mentions ?? 0, followed: o.followed ?? true, favourite: !!o.favourite, muted: !!o.muted, group: "", position: 0, draft: undefined, clients: new Map() });
  delete r.unread;
}

room(1, "Gilts desk", { description: "Prices, flows and the day's business of the gilts desk", favourite: true, unread: 5, mentions: 1, recording: { history: true, archived: true, sealed: true, strict: true, held: true, retention: "MiFID II", keep_days: 1825 } });
room(2, "One million", { head: 1_000_000, unread: 30 });
room(3, "Equities", { privacy: "open", unread: 12 });
room(4, "Announcements", { type: "auditorium", category: "Company", category_guid: guid(501), may: { join: true, read: true, post: false, manage: false, upload: false, download: true } });
room(5, "Quiet room", { head: 0, category: "Company", category_guid: guid(501), recording: { history: true, archived: false, sealed: false, strict: false, held: false } });
room(6, "FX with dashboard", { addin: { guid: guid(700), name: "Dashboard", url: "http://127.0.0.1:1/" }, muted: true, unread: 3 });
room(7, "Canteen", { followed: false, privacy: "open", category: "Company", category_guid: guid(501), description: "What there is to eat" });
for (let i = 0; i < Number(process.env.MOCK_ROOMS ?? 12); i++) room(100 + i, `Client ${String(i + 1).padStart(3, "0")}`, { category: `Clients ${1 + (i % 4)}`, category_guid: guid(510 + (i % 4)), unread: i % 5 });

/** Message id of a room, the same each time it is asked for. */
export function message(r, id) {
  const made = id - (r.view.head - r.own.length) - 1;
  if (made >= 0) return r.own[made];
  const who = people[Math.floor(id / 2.5) % people.length];
  r.base ??= r.view.head;
  const at = new Date(now - minute - ((r.base - id) * age(r)) / Math.max(60, r.base)).toISOString();
  const m = { room: r.view.guid, id, author: who.guid, author_uri: who.uri, author_name: who.display_name, at, text: `${says[(id * 7) % says.length]}${r.base > 1000 ? ` (${id})` : ""}`, ...(who.bot && { bot: true }) };
  if (id % 41 === 17) Object.assign(m, { title: "Minutes of the morning meeting", text: says.join("\n\n") });
  if (id % 37 === 20) Object.assign(m, { alert: true, text: "Trading in ACME is suspended. Do not quote." });
  if (id % 53 === 21) Object.assign(m, { changed: "replaced", text: "This message was replaced by the Persistent Chat administrator." });
  if (id % 29 === 25) m.files = [file(r, id, id % 2 ? "clean" : "waiting")];
  if (id % 61 === 50) m.files = [file(r, id, "quarantined")];
  return m;
}

function file(r, id, state) {
  const f = { id: `${guid(id)}.png`, room: r.view.guid, name: state === "clean" ? "curve.png" : "figures.xlsx", size: 48_213, type: state === "clean" ? "image/png" : "application/octet-stream", state, link: `ma-filelink:${guid(id)}.png`, at: new Date().toISOString(), uploader: "Bob Baker", message: id };
  return state === "quarantined" ? { ...f, reason: "Eicar-Test-Signature found" } : f;
}

export function mine(r) {
  const { view, read, mentions, followed, favourite, muted, group, position } = r;
  return { room: view, read, unread: Math.max(0, view.head - read), mentions, followed, favourite, muted, group, position };
}

export function post(r, who, body) {
  const m = { room: r.view.guid, id: r.view.head + 1, author: who.guid, author_uri: who.uri, author_name: who.display_name, at: new Date().toISOString(), text: body.text, ...(body.title && { title: body.title }), ...(body.alert && { alert: true }), ...(body.files && { files: body.files }), ...(body.client_id && { client_id: body.client_id }) };
  r.base ??= r.view.head;
  r.own.push(m);
  r.view.head++;
  return m;
}
