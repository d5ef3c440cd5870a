// Files whose state has changed since the message that links to them came.
import { useEffect } from "react";
import { get } from "../api/call";
import { queries } from "../api/query";
import { Signal } from "../api/signal";
import type { File } from "../api/types";
import { useSignal } from "../api/use";
import { listen } from "../events/events";
import { onForget } from "../session/session";

const changed = new Signal<ReadonlyMap<string, File>>(new Map());
const waiting = new Map<string, number>(); // files that are shown while they wait to be scanned

function learn(f: File): void {
  const known = changed.get().get(f.id);
  if (f.state === "waiting" && known && known.state !== "waiting") return;
  changed.set(new Map(changed.get()).set(f.id, f));
}

/** A file as it is now. That it waits is older than what came of it, whichever was told last. */
export function useFile(f: File): File {
  const now = useSignal(changed).get(f.id);
  const file = now && (now.state !== "waiting" || f.state === "waiting") ? now : f;
  const waits = file.state === "waiting";
  useEffect(() => {
    if (!waits) return;
    waiting.set(f.id, (waiting.get(f.id) ?? 0) + 1);
    return () => {
      const n = waiting.get(f.id)! - 1;
      if (n > 0) waiting.set(f.id, n);
      else waiting.delete(f.id);
    };
  }, [f.id, waits]);
  return file;
}

export function watchFiles(): void {
  listen("file", (e) => e.file && learn(e.file));
  const ask = () => {
    for (const id of waiting.keys()) void get<File>(`/files/${encodeURIComponent(id)}`).then(learn).catch(() => undefined);
  };
  listen("hello", ask); // nobody told what has become of them before
  const list = (room: string | undefined) => room && void queries.invalidateQueries({ queryKey: ["files", room] });
  listen("message", (e) => e.message?.files?.length && list(e.message.room));
  listen("history", (e) => list(e.room));
  onForget(() => changed.set(new Map()));
}

export const contentPath = (id: string, inline = false) => `/api/v1/files/${encodeURIComponent(id)}/content${inline ? "?inline=1" : ""}`;

/** Types that a browser shows as a picture and that cannot act. */
export const isPicture = (type: string) => /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(type);
