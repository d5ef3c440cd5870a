// Files whose state has changed since the message that links to them came.
import { Signal } from "../api/signal";
import type { File } from "../api/types";
import { useSignal } from "../api/use";
import { listen } from "../events/events";
import { onForget } from "../session/session";

const changed = new Signal<ReadonlyMap<string, File>>(new Map());

export function useFile(f: File): File {
  return useSignal(changed).get(f.id) ?? f;
}

export function watchFiles(): void {
  listen("file", (e) => e.file && changed.set(new Map(changed.get()).set(e.file.id, e.file)));
  onForget(() => changed.set(new Map()));
}

export const contentPath = (id: string, inline = false) => `/api/v1/files/${encodeURIComponent(id)}/content${inline ? "?inline=1" : ""}`;

/** Types that a browser shows as a picture and that cannot act. */
export const isPicture = (type: string) => /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(type);
