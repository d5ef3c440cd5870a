// Nobody has used any window for a while: others see that one is away; and the client locks itself after as long as the server says.
import { sayAway } from "../events/events";
import { lock, standing } from "./session";

const check = 5_000; // ms
const grace = 500; // ms
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
  const over = () => {
    const s = standing.get();
    return s.is === "in" && s.session.idle_minutes > 0 && Date.now() - last > s.session.idle_minutes * 60_000;
  };
  const used = () => {
    if (over()) return; // it is not forgiven: the next look locks
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
    const late = Date.now() - looked > 3 * check;
    looked = Date.now();
    rest();
    if (standing.get().is !== "in") last = Date.now();
    else if (!over()) return;
    else if (!late) lock();
    else setTimeout(() => over() && lock(), grace); // this window was frozen or slowed, and may not have heard yet that another was used
  }, check);
}
