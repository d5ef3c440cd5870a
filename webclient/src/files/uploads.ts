// Files on their way up, room by room. A file stays with the composer until it is posted or thrown away.
import { Signal } from "../api/signal";
import { base, get } from "../api/call";
import type { File as Stored, Room } from "../api/types";
import { onForget, session } from "../session/session";

export interface Upload {
  key: number;
  room: string;
  name: string;
  size: number;
  source: File;
  sent: number; // bytes
  state: "uploading" | "done" | "failed";
  file?: Stored; // when it is done
  trouble?: string;
  stop: () => void; // and free what the server has of it
}

/** Why a file is not taken, before a byte is sent. */
export type Objection = { is: "size"; most: number } | { is: "type"; types: readonly string[] } | { is: "empty" } | { is: "forbidden" } | { is: "many" };

export const uploads = new Signal<readonly Upload[]>([]);

const mostFiles = 20; // of one message
let count = 0;

function set(key: number, change: Partial<Upload> | undefined): void {
  uploads.set(uploads.get().flatMap((u) => (u.key !== key ? [u] : change ? [{ ...u, ...change }] : [])));
}

function typeFits(f: { name: string; type: string }, types: readonly string[]): boolean {
  const name = f.name.toLowerCase();
  return types.some((t) => {
    const s = t.toLowerCase();
    if (s.endsWith("/*")) return f.type.startsWith(s.slice(0, -1));
    return s.includes("/") ? f.type === s || f.type === "" : name.endsWith(s.startsWith(".") ? s : "." + s);
  });
}

/** What is against a file in a room; undefined if nothing is known to be. The server has the last word. */
export function objection(f: { name: string; size: number; type: string }, room: Pick<Room, "files" | "file_types" | "may">, most: number): Objection | undefined {
  if (!room.files || !room.may.upload) return { is: "forbidden" };
  if (f.size === 0) return { is: "empty" };
  if (f.size > most) return { is: "size", most };
  if (room.file_types?.length && !typeFits(f, room.file_types)) return { is: "type", types: room.file_types };
  return undefined;
}

/** Begins to upload what may be uploaded; tells what may not, and why. */
export function add(room: Room, files: readonly File[]): { name: string; why: Objection }[] {
  const refused: { name: string; why: Objection }[] = [];
  let n = uploads.get().filter((u) => u.room === room.guid).length;
  for (const f of files) {
    const why = n >= mostFiles ? ({ is: "many" } as const) : objection(f, room, session().limits.file_bytes);
    if (why) refused.push({ name: f.name, why });
    else {
      n++;
      void begin(room.guid, f);
    }
  }
  return refused;
}

async function begin(room: string, source: File): Promise<void> {
  const key = ++count;
  uploads.set([...uploads.get(), { key, room, name: source.name, size: source.size, source, sent: 0, state: "uploading", stop: () => set(key, undefined) }]);
  const { Upload: Tus } = await import("tus-js-client");
  if (!uploads.get().some((u) => u.key === key)) return;
  const tus = new Tus(source, {
    endpoint: `${base}/rooms/${room}/files`,
    chunkSize: 4 << 20,
    retryDelays: [0, 500, 1000, 3000, 5000, 10_000, 20_000],
    metadata: { filename: source.name, filetype: source.type || "application/octet-stream" },
    storeFingerprintForResuming: false, // nothing stays on this device
    onProgress: (sent) => set(key, { sent }),
    onError: (e) => set(key, { state: "failed", trouble: "originalResponse" in e ? said(e.originalResponse?.getBody()) : "" }),
    onSuccess: () => void finish(key, tus.url ?? ""),
  });
  set(key, {
    stop: () => {
      set(key, undefined);
      void tus.abort(true).catch(() => undefined);
    },
  });
  tus.start();
}

function said(body: string | undefined): string {
  try {
    return (JSON.parse(body ?? "") as { error?: string }).error ?? "";
  } catch {
    return "";
  }
}

async function finish(key: number, url: string): Promise<void> {
  const id = decodeURIComponent(url.split("?")[0]!.split("/").filter(Boolean).at(-1) ?? "");
  const u = uploads.get().find((x) => x.key === key);
  if (!u) return;
  let file: Stored = { id, room: u.room, name: u.name, size: u.size, type: u.source.type, state: "waiting", link: "", at: new Date().toISOString(), uploader: "" };
  file = await get<Stored>(`/files/${encodeURIComponent(id)}`).catch(() => file);
  set(key, { state: "done", sent: u.size, file });
}

/** Takes the finished uploads of a room away, to be posted. */
export function takeDone(room: string): Stored[] {
  const done = uploads.get().filter((u) => u.room === room && u.state === "done");
  uploads.set(uploads.get().filter((u) => !done.includes(u)));
  return done.flatMap((u) => (u.file ? [u.file] : []));
}

onForget(() => {
  for (const u of uploads.get()) u.stop();
  uploads.set([]);
});
