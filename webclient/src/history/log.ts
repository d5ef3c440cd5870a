// One room's history as this window has it: pages are fetched, events come in, holes are closed.
//
// * A view hangs on one stretch: the one around `focus`. It is never empty once something was loaded.
// * What was posted since the room was opened has no hole, or the hole is being closed and `missed` tells how long it is.
import { get, lifetime } from "../api/call";
import { Refusal } from "../api/refusal";
import { Signal } from "../api/signal";
import type { Message, Page } from "../api/types";
import { addLive, addPage, coverage, find, none, setHead, trim, type Asked, type Segments, type Stretch } from "./segments";

const pageSize = 150;
const kept = 700; // messages on each side of what is in view
const again = 2000; // ms before a hole that could not be closed is tried again
const longest = 2500; // messages that are fetched to close a hole; a longer one stays in the view until somebody scrolls there

export interface LogState {
  segments: Segments;
  focus: number; // id that the view is at
  loading: "" | "older" | "newer" | "jump";
  refused?: Refusal; // why nothing can be read
  loaded: boolean;
}

export class RoomLog {
  readonly state = new Signal<LogState>({ segments: none, focus: 0, loading: "", loaded: false });
  readonly #fetching = new Map<string, Promise<Page | undefined>>();
  #closing = false;
  #early = 0; // a head that was told before the first page came
  #edge = 0; // up to here nothing that was posted since the room was opened is missing
  #revised = 0; // what is here is not older than this (see Page)
  #renewals = 0;
  readonly #session = lifetime(); // of who reads it: afterwards nothing more is asked for

  constructor(readonly room: string) {}

  #set(change: Partial<LogState>): void {
    const s = this.state.get();
    if (Object.entries(change).some(([k, v]) => s[k as keyof LogState] !== v)) this.state.set({ ...s, ...change });
  }

  #segments(f: (s: Segments) => Segments): void {
    const s = this.state.get().segments;
    const next = f(s);
    if (next !== s) this.#set({ segments: next });
  }

  /** The stretch that the view hangs on. */
  stretch(): Stretch | undefined {
    const { segments, focus } = this.state.get();
    return find(segments, focus) ?? segments.stretches.at(-1);
  }

  /** The view has the newest message. */
  atHead(): boolean {
    const { segments } = this.state.get();
    const t = this.stretch();
    return !t || t.to >= segments.head;
  }

  setFocus(id: number): void {
    const s = this.state.get();
    if (s.focus === id) return;
    this.#set({ focus: id });
    const t = this.stretch();
    if (t && t.messages.length > 3 * kept) this.#segments((g) => trim(g, id, kept));
  }

  #page(asked: Asked, limit = pageSize): Promise<Page | undefined> {
    const key = JSON.stringify(asked);
    const running = this.#fetching.get(key);
    if (running) return running;
    const fetching = this.#fetch(asked, limit).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  /** A page that was read before a change which is known by now is read again. */
  async #get(asked: Asked, limit: number): Promise<Page> {
    for (let tries = 3; ; tries--) {
      const renewals = this.#renewals;
      const page = await get<Page>(`/rooms/${this.room}/messages`, { ...(asked === "newest" ? {} : asked), limit });
      if (renewals === this.#renewals && page.revised >= this.#revised) return page;
      if (tries > 0) continue;
      this.#revised = page.revised; // the server knows less than it did: an older copy of its store was put back
      return page;
    }
  }

  async #fetch(asked: Asked, limit: number): Promise<Page | undefined> {
    try {
      const page = await this.#get(asked, limit);
      if (this.#session.aborted) return undefined;
      const { refused: _, ...rest } = this.state.get();
      if (!rest.loaded || asked === "newest") this.#edge = Math.max(this.#edge, page.head);
      this.state.set({ ...rest, segments: addPage(rest.segments, page, asked), loaded: true, loading: rest.loading === "jump" ? "jump" : "" });
      if (rest.loaded) {
        this.learnRevised(page.revised);
      } else {
        this.#revised = Math.max(this.#revised, page.revised);
        this.learnHead(this.#early);
      }
      return page;
    } catch (e) {
      if (this.#session.aborted) return undefined;
      if (e instanceof Refusal && !e.passing) this.refuse(e);
      if (this.state.get().loaded) return undefined;
      await new Promise((done) => setTimeout(done, again)); // a room that shows nothing yet is asked for until it comes
      return this.#session.aborted || this.state.get().loaded ? undefined : this.#fetch(asked, limit);
    }
  }

  /** Loads where a room is to be opened: at an id, or at its end. */
  async open(at?: number): Promise<void> {
    if (at !== undefined) return void (await this.jump(at));
    const { loaded, segments } = this.state.get();
    if (loaded && segments.stretches.some((t) => t.to === segments.head)) return this.toHead();
    await this.toHead();
  }

  /** Moves the view to an id; false if it could not be loaded. */
  async jump(id: number): Promise<boolean> {
    const here = find(this.state.get().segments, id);
    if (here && here.messages.some((m) => m.id === id)) {
      this.#set({ focus: id });
      return true;
    }
    this.#set({ loading: "jump" });
    const page = await this.#page({ around: id });
    this.#set({ loading: "" });
    const to = page?.messages.find((m) => m.id >= id) ?? page?.messages.at(-1);
    if (!to) return false;
    this.#set({ focus: to.id });
    return true;
  }

  /** Moves the view to the first message of a time; its id, or undefined if there is none. */
  async jumpToTime(at: Date): Promise<number | undefined> {
    this.#set({ loading: "jump" });
    const page = await this.#page({ at: at.toISOString() });
    this.#set({ loading: "" });
    const to = page?.messages[0];
    if (to) this.#set({ focus: to.id });
    return to?.id;
  }

  async toHead(): Promise<void> {
    const { segments } = this.state.get();
    const last = segments.stretches.at(-1);
    if (last && last.to >= segments.head && last.messages.length > 0) return this.#set({ focus: last.to });
    this.#set({ loading: "jump" });
    await this.#page("newest");
    const s = this.state.get().segments;
    this.#set({ loading: "", focus: s.stretches.at(-1)?.to ?? 0 });
  }

  hasOlder(): boolean {
    const t = this.stretch();
    const { first } = this.state.get().segments;
    return !!t && t.from > Math.max(1, first);
  }

  async older(): Promise<void> {
    const t = this.stretch();
    if (!t || !this.hasOlder() || this.state.get().loading) return;
    this.#set({ loading: "older" });
    await this.#page({ before: t.from });
    this.#set({ loading: "" });
  }

  async newer(): Promise<void> {
    const t = this.stretch();
    if (!t || this.atHead() || this.state.get().loading) return;
    this.#set({ loading: "newer" });
    await this.#page({ after: t.to });
    this.#set({ loading: "" });
  }

  /** A message came in, or came anew because it was changed. */
  take(m: Message): void {
    if (!this.state.get().loaded) return this.learnHead(m.id);
    this.#segments((s) => addLive(s, m));
    this.#advance();
    void this.#close();
  }

  /** The server says how far the room goes. */
  learnHead(head: number): void {
    if (!this.state.get().loaded) return void (this.#early = Math.max(this.#early, head));
    this.#segments((s) => setHead(s, head));
    void this.#close();
  }

  /** The server says when something was taken out or replaced last. Who was away then was not told of it. */
  learnRevised(revised: number): void {
    if (revised <= this.#revised) return;
    this.#revised = revised;
    if (this.state.get().loaded) void this.renew();
  }

  /** After time away: asks for what came since, whether or not anything is known to be missing. */
  async catchUp(): Promise<void> {
    if (!this.state.get().loaded) return;
    const page = await this.#page({ after: this.#edge }, 500);
    if (page) this.#advance();
    await this.#close();
  }

  /** What was posted was replaced or taken out: what is here is fetched anew, where the view is. */
  async renew(): Promise<void> {
    this.#renewals++; // whatever is on its way
    const { loaded, refused, focus } = this.state.get();
    if (!loaded || refused || this.#session.aborted) return;
    const asked: Asked = this.atHead() || !focus ? "newest" : { around: focus };
    let page: Page;
    try {
      page = await this.#get(asked, pageSize);
    } catch (e) {
      if (this.#session.aborted) return;
      if (e instanceof Refusal && !e.passing) this.refuse(e);
      else setTimeout(() => void this.renew(), again);
      return;
    }
    if (this.#session.aborted) return;
    const now = this.state.get().focus;
    const covered = coverage(page, asked);
    if (now !== focus && !(covered && covered[0] <= now && now <= covered[1])) return this.renew(); // the view has moved meanwhile
    this.#revised = Math.max(this.#revised, page.revised);
    this.#edge = page.head;
    this.#set({ segments: setHead(addPage(none, page, asked), this.state.get().segments.head) });
    await this.#close();
  }

  /** The room is gone, or I have no right to it any more: nothing of it stays here. */
  refuse(why: Refusal): void {
    this.state.set({ segments: none, focus: 0, loading: "", loaded: true, refused: why });
  }

  /** I am in the room: what was refused may be opened now. */
  admit(): void {
    if (!this.state.get().refused) return;
    this.#edge = 0;
    this.state.set({ segments: none, focus: 0, loading: "", loaded: false });
  }

  /** How many messages are known to have been missed. */
  missed(): number {
    return Math.max(0, this.state.get().segments.head - this.#edge);
  }

  #advance(): void {
    const s = this.state.get().segments;
    this.#edge = find(s, this.#edge + 1)?.to ?? this.#edge;
  }

  /** Closes the hole before the head, page by page, until it is closed or the server cannot be reached. */
  async #close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    try {
      while (this.missed() > 0) {
        const tooLong = this.missed() > longest;
        const page = await this.#page(tooLong ? "newest" : { after: this.#edge }, 500);
        if (!page) {
          if (!this.state.get().refused && !this.#session.aborted) setTimeout(() => void this.#close(), again);
          return;
        }
        const before = this.#edge;
        if (tooLong) this.#edge = page.head;
        else this.#advance();
        this.state.set({ ...this.state.get() }); // missed has changed
        if (this.#edge === before) return; // the server has less than it said
      }
    } finally {
      this.#closing = false;
    }
  }
}
