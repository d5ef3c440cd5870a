// A window's line to the host of the socket.
import type { Ask, Tell } from "./host";
import { leaderLine } from "./leader";

export interface Line {
  ask(a: Ask): void;
}

export function openLine(hear: (t: Tell) => void): Line {
  if (!("SharedWorker" in globalThis)) return leaderLine(hear);
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "perch-events" });
  worker.port.onmessage = (m: MessageEvent<Tell>) => hear(m.data);
  worker.port.start();
  return { ask: (a) => worker.port.postMessage(a) };
}
