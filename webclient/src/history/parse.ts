// What stands in a message's text: words, links, files, rooms, people who are named. Never markup: a message is text.

export type Part =
  | { is: "text"; text: string }
  | { is: "link"; href: string; text: string }
  | { is: "file"; id: string; name: string; size: number }
  | { is: "room"; room: string; text: string }
  | { is: "me"; text: string };

const guid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const anchor = /<a href="([^"<>]{1,2048})">([^<>]{0,2048})<\/a>/gi; // how clients of the original write a link
const fileLink = new RegExp(`^ma-filelink:[^\\s?]*?(${guid}(?:\\.[a-z0-9]{1,16})?)(?:\\?\\S*)?$`, "i");
const roomLink = new RegExp(`^ma-chan://\\S*?(${guid})$`, "i");
const token = /(?:https?:\/\/|ma-filelink:|ma-chan:\/\/)[^\s<>"\u0000-\u001f]+/gi;
const endings = /[.,;:!?'\u2019\u201d\u00bb]+$/; // that belong to the sentence
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const overrides = /[\u202d\u202e]/g;
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text in which nothing acts: controls and direction overrides are shown as what they are, broken characters as such. */
export function inert(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(lone, "\ufffd")
    .replace(controls, (c) => (c === "\u007f" ? "\u2421" : String.fromCharCode(0x2400 + c.charCodeAt(0))))
    .replace(overrides, (c) => (c === "\u202e" ? "[RLO]" : "[LRO]"));
}

/** The link without what belongs to the sentence around it. */
function trimLink(s: string): string {
  let out = s.replace(endings, "");
  while (out.endsWith(")") && out.split("(").length < out.split(")").length) out = out.slice(0, -1).replace(endings, "");
  return out;
}

function fileOf(link: string): Part | undefined {
  const m = fileLink.exec(link);
  if (!m) return undefined;
  const q = new URLSearchParams(link.split("?")[1] ?? "");
  return { is: "file", id: m[1]!.toLowerCase(), name: inert(q.get("name") ?? m[1]!), size: Number(q.get("size")) || 0 };
}

function special(link: string): Part | undefined {
  if (/^ma-filelink:/i.test(link)) return fileOf(link);
  if (/^ma-chan:/i.test(link)) {
    const m = roomLink.exec(link);
    return m ? { is: "room", room: m[1]!.toLowerCase(), text: link } : undefined;
  }
  try {
    const u = new URL(link);
    return u.protocol === "http:" || u.protocol === "https:" ? { is: "link", href: u.href, text: link } : undefined;
  } catch {
    return undefined;
  }
}

function links(text: string, out: Part[]): void {
  let end = 0;
  for (const m of text.matchAll(token)) {
    const link = /^ma-filelink:/i.test(m[0]) ? m[0] : trimLink(m[0]);
    const part = special(link);
    if (!part) continue;
    if (m.index > end) out.push({ is: "text", text: text.slice(end, m.index) });
    out.push(part);
    end = m.index + link.length;
  }
  if (end < text.length) out.push({ is: "text", text: text.slice(end) });
}

function named(parts: Part[], names: readonly string[]): Part[] {
  const wanted = names.filter((n) => n.length > 1).map((n) => n.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return parts;
  const re = new RegExp(`(?<![\\p{L}\\p{N}])@?(?:${wanted.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return parts.flatMap((p) => {
    if (p.is !== "text") return [p];
    const out: Part[] = [];
    let end = 0;
    for (const m of p.text.matchAll(re)) {
      if (m.index > end) out.push({ is: "text", text: p.text.slice(end, m.index) });
      out.push({ is: "me", text: m[0] });
      end = m.index + m[0].length;
    }
    if (end < p.text.length) out.push({ is: "text", text: p.text.slice(end) });
    return out;
  });
}

/** The parts of a message's text; me are the names that I go by. */
export function parse(raw: string, me: readonly string[] = []): Part[] {
  const out: Part[] = [];
  let end = 0;
  for (const m of raw.matchAll(anchor)) {
    const href = m[1]!;
    const label = m[2]!;
    const part = special(href);
    if (!part) continue;
    links(inert(raw.slice(end, m.index)), out);
    // A label may say another address than it leads to: both are shown, then.
    if (part.is === "link" && label && label !== href) out.push({ is: "text", text: inert(label) + " " });
    out.push(part);
    end = m.index + m[0].length;
  }
  links(inert(raw.slice(end)), out);
  return named(out, me);
}

/** The text without links to files, for where files are shown by themselves. */
export function plain(raw: string): string {
  return parse(raw)
    .map((p) => (p.is === "file" ? p.name : p.text))
    .join("")
    .trim();
}
