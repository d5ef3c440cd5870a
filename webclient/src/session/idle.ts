// Locks the client when nobody has used any of its windows for as long as the server says.
import { lock, standing } from "./session";

const check = 5_000; // ms

export function watchIdle(): void {
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("perch-activity") : undefined;
  let last = Date.now();
  let told = 0;
  const used = () => {
    last = Date.now();
    if (last - told < check) return;
    told = last;
    channel?.postMessage(0);
  };
  if (channel) channel.onmessage = () => (last = Date.now());
  for (const e of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(e, used, { passive: true, capture: true });
  setInterval(() => {
    const s = standing.get();
    if (s.is !== "in") last = Date.now();
    else if (s.session.idle_minutes > 0 && Date.now() - last > s.session.idle_minutes * 60_000) lock();
  }, check);
}
