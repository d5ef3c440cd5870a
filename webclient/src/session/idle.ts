// Nobody has used any window for a while: others see that one is away; and the client locks itself after as long as the server says.
import { sayAway } from "../events/events";
import { lock, standing } from "./session";

const check = 5_000; // ms
const awayAfter = 300_000; // ms, as old clients have it

export function watchIdle(): void {
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("perch-activity") : undefined;
  let last = Date.now();
  let told = 0;
  let away = false;
  const rest = () => {
    const is = Date.now() - last >= awayAfter;
    if (is !== away) sayAway(is);
    away = is;
  };
  const used = () => {
    last = Date.now();
    rest();
    if (last - told < check) return;
    told = last;
    channel?.postMessage(0);
  };
  if (channel)
    channel.onmessage = () => {
      last = Date.now();
      rest();
    };
  for (const e of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(e, used, { passive: true, capture: true });
  let looked = Date.now();
  setInterval(() => {
    const late = Date.now() - looked > 3 * check; // this window was frozen, and may not have heard yet that another was used
    looked = Date.now();
    rest();
    const s = standing.get();
    if (s.is !== "in") last = Date.now();
    else if (!late && s.session.idle_minutes > 0 && Date.now() - last > s.session.idle_minutes * 60_000) lock();
  }, check);
}
