// What the browser's tab says: its title and icon, and what it says aloud.
import { i18n } from "../i18n/i18n";
import { listen } from "../events/events";
import { inert, plain } from "../history/parse";
import { attentive } from "../history/useScrolling";
import { mine, totals } from "../rooms/mine";
import { onForget, standing } from "../session/session";
import { activeRoom, columnsOf, openRoom } from "./columns";
import { preferences } from "./preferences";
import { here, watchRoute } from "./route";

function show(): void {
  const all = mine.get();
  const { unread, mentions } = totals(all);
  const active = activeRoom.get();
  const room = columnsOf(here()).includes(active) ? all.get(active)?.room.name : undefined;
  const counts = [mentions ? `@${mentions}` : "", unread ? String(unread) : ""].filter(Boolean).join(" · ");
  document.title = (counts ? `(${counts}) ` : "") + (room ? `${room} – ` : "") + "Perch";
  const n = mentions || unread;
  const name = n === 0 ? "icon" : `icon-${mentions ? "m" : "u"}${n > 9 ? "more" : n}`;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = `/assets/${name}.svg`;
  if (link && link.getAttribute("href") !== href) link.href = href;
}

/** Two short tones, made here: there is no file for them. */
function chime(): void {
  try {
    const a = new AudioContext();
    for (const [at, hz] of [[0, 660], [0.15, 880]] as const) {
      const o = a.createOscillator();
      const g = a.createGain();
      o.frequency.value = hz;
      g.gain.setValueAtTime(0.15, a.currentTime + at);
      g.gain.exponentialRampToValueAtTime(0.001, a.currentTime + at + 0.14);
      o.connect(g).connect(a.destination);
      o.start(a.currentTime + at);
      o.stop(a.currentTime + at + 0.15);
    }
    setTimeout(() => void a.close(), 600);
  } catch {
    // A browser that makes no sound.
  }
}

export function watchTab(): void {
  mine.subscribe(show);
  activeRoom.subscribe(show);
  watchRoute(show);
  onForget(() => queueMicrotask(show));
  const told = new Set<string>();
  const tell = (room: string, id: number, title: string, body: string) => {
    const key = `${room}/${id}`;
    if (told.has(key) || !("Notification" in globalThis) || Notification.permission !== "granted" || attentive()) return;
    told.add(key);
    // The same tag in all windows: it is shown once.
    const n = new Notification(title, { body: body.slice(0, 200), tag: key });
    n.onclick = () => {
      window.focus();
      openRoom(room);
      n.close();
    };
  };
  listen("message", (f) => {
    const m = f.message;
    const s = standing.get();
    const my = m && mine.get().get(m.room);
    if (!m || !my || s.is !== "in" || m.author === s.session.me.guid || my.muted) return;
    if (m.alert && preferences.get().sound) chime();
    if (m.alert || preferences.get().notify === "all") tell(m.room, m.id, `${m.alert ? i18n().t("alert") + ": " : ""}${my.room.name}`, `${inert(m.author_name)}: ${plain(m.text)}`);
  });
  listen("gathered", (f) => {
    const m = f.hit?.message;
    if (f.feed !== "mentions" || !m || mine.get().get(m.room)?.muted || !preferences.get().notify) return;
    tell(m.room, m.id, f.hit!.room_name, `${inert(m.author_name)}: ${plain(m.text)}`);
  });
}
