// Places the rows of a history under the eye. Own code and not TanStack Virtual, because here the row that is being read
// is the origin: rows are laid out from it outwards, so what is prepended, measured or loaded elsewhere cannot move it,
// and the scroll position is left alone. A list that is laid out from its top must correct the scroll position after
// every measurement above the view, which is late by a frame and ends a finger's momentum.
//
// * The anchor row keeps its place on the canvas, unless `stuck`: then the end of the canvas is the end of the view.
// * The canvas is shifted against the scroll position (rebase) only near its top, where the history begins.
import { range, rangeAtEnd } from "./range";

const overscan = 240; // px
const guess = 34; // px a row, before any was measured
const reach = 1500; // px to the top of the canvas at which it is put right
const mostHeights = 8000; // rows of which the height is known
const mostHeadroom = 4_000_000; // px: browsers have no canvas without end

export interface Goal {
  key: string;
  at: "top" | "middle" | "third";
}

export interface Rows {
  keys: readonly string[];
  older: number; // messages above, about
  newer: number; // messages below, about
}

/** What a view shows. */
export interface Seen {
  first: string; // key of the first row; empty in a part of the canvas where nothing is loaded
  last: string; // of the last row that is wholly there
  above: number; // px that are loaded above the view; less than nothing if it is above what is loaded
  below: number;
}

export class Viewport {
  scroller: HTMLElement | null = null;
  canvas: HTMLElement | null = null;
  flow: HTMLElement | null = null;
  stuck = true;
  dragging = false; // by the scroll bar: only then may the view be where nothing is loaded
  #anchor = { key: "", y: 0 };
  #goal: Goal | undefined;
  #heights = new Map<string, number>();
  #sum = 0;
  #width = 0;
  #expected = -1; // scroll position that was set by this
  #size = 0;
  rows: Rows = { keys: [], older: 0, newer: 0 };
  #start = 0;
  #end = 0;

  #average(): number {
    return this.#heights.size > 5 ? this.#sum / this.#heights.size : guess;
  }

  readonly #height = (i: number): number => this.#heights.get(this.rows.keys[i]!) ?? this.#average();

  #index(key: string): number {
    return this.rows.keys.indexOf(key);
  }

  /** Moves the view to a row, with the next placement. */
  goTo(goal: Goal): void {
    this.stuck = false;
    this.#goal = goal;
  }

  stick(): void {
    this.stuck = true;
    this.#goal = undefined;
  }

  /** The rows that must be in the page now: [start, end). */
  choose(rows: Rows): [number, number] {
    const before = this.rows.keys;
    this.rows = rows;
    const view = this.scroller?.clientHeight || 800;
    const n = rows.keys.length;
    if (this.stuck) return ([this.#start, this.#end] = rangeAtEnd(n, view, overscan, this.#height));
    const scroll = this.scroller?.scrollTop ?? 0;
    let anchor = -1;
    let top = this.#anchor.y - scroll;
    if (this.#goal && (anchor = this.#index(this.#goal.key)) >= 0) {
      top = this.#goal.at === "top" ? 0 : (view - this.#height(anchor)) / (this.#goal.at === "middle" ? 2 : 3);
      this.#anchor = { key: this.#goal.key, y: scroll + Math.max(0, top) };
      this.#goal = undefined;
      top = this.#anchor.y - scroll;
    } else anchor = this.#index(this.#anchor.key);
    if (anchor < 0) anchor = this.#survivor(before); // it was cut away or became another
    if (anchor < 0) return ([this.#start, this.#end] = rangeAtEnd(n, view, overscan, this.#height));
    return ([this.#start, this.#end] = range(n, { anchor, top, height: view, overscan }, this.#height));
  }

  /** A row is in the page, or will be at once. */
  shows(key: string): boolean {
    const i = this.#index(key);
    return i >= this.#start && i < this.#end;
  }

  #survivor(before: readonly string[]): number {
    const was = before.indexOf(this.#anchor.key);
    if (was < 0) return -1;
    for (let d = 1; d < before.length; d++) {
      for (const i of [was + d, was - d]) {
        const at = before[i] === undefined ? -1 : this.#index(before[i]);
        if (at < 0) continue;
        this.#anchor = { key: before[i]!, y: this.#topOf(before[i]!) ?? this.#anchor.y };
        return at;
      }
    }
    return -1;
  }

  /** Where a row of the page is on the canvas. */
  #topOf(key: string): number | undefined {
    const row = this.flow?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (!row || !this.canvas) return undefined;
    return row.getBoundingClientRect().top - this.canvas.getBoundingClientRect().top;
  }

  #measure(): void {
    const width = this.flow!.clientWidth;
    if (width !== this.#width) {
      this.#width = width;
      this.#heights.clear();
      this.#sum = 0;
    }
    for (const row of this.flow!.children as HTMLCollectionOf<HTMLElement>) {
      const key = row.dataset.key!;
      const h = row.getBoundingClientRect().height;
      this.#sum += h - (this.#heights.get(key) ?? 0);
      this.#heights.set(key, h);
    }
    if (this.#heights.size > mostHeights) this.#forget();
  }

  /** Keeps the heights of loaded rows alone. */
  #forget(): void {
    const before = this.#heights;
    this.#heights = new Map();
    this.#sum = 0;
    for (const key of this.rows.keys) {
      const h = before.get(key);
      if (h === undefined) continue;
      this.#heights.set(key, h);
      this.#sum += h;
    }
  }

  #total(from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.#height(i);
    return sum;
  }

  /** Puts the rows of the page where they belong; true if too few are in it. */
  place(): boolean {
    const { scroller, canvas, flow } = this;
    if (!scroller || !canvas || !flow || flow.children.length === 0) return false;
    this.#measure();
    const scroll = scroller.scrollTop;
    const view = scroller.clientHeight;
    const inPage = this.#total(this.#start, this.#end);
    const above = this.#total(0, this.#start);
    const below = this.#total(this.#end, this.rows.keys.length);
    const headroom = Math.min(mostHeadroom, this.rows.older * this.#average());

    let top: number; // of the first row in the page, on the canvas
    let shift = 0;
    const anchor = this.#index(this.#anchor.key);
    if (this.stuck || anchor < 0) {
      top = headroom + above;
      if (!this.stuck) this.#anchor = { key: this.rows.keys[this.#start]!, y: top };
    } else {
      top = this.#anchor.y + this.#total(anchor, this.#start) - this.#total(this.#start, anchor); // one of the two is nothing
      const first = top - above;
      const wrong = first - headroom;
      const near = scroll - first < reach || first < 0;
      if (this.rows.older === 0 ? wrong !== 0 && near : first < 2 * view) shift = -wrong;
      top += shift;
      this.#anchor.y += shift;
      // The view was scrolled by more than what is in the page.
      if (anchor < this.#start || anchor >= this.#end) this.#anchor = { key: this.rows.keys[this.#start]!, y: top };
    }
    const tail = this.stuck ? 0 : Math.min(mostHeadroom, this.rows.newer * this.#average());
    const size = Math.max(top + inPage + below + tail, this.stuck ? 0 : view);
    this.#size = size;
    canvas.style.height = `${size}px`;
    flow.style.transform = `translateY(${Math.max(top, this.stuck ? view - inPage : top)}px)`;
    if (this.stuck) this.#scrollTo(Math.max(0, size - view));
    else if (shift) this.#scrollTo(scroll + shift);
    return this.#tooFew(top, inPage);
  }

  #tooFew(top: number, inPage: number): boolean {
    const s = this.scroller!.scrollTop;
    return (top > s && this.#start > 0) || (top + inPage < s + this.scroller!.clientHeight && this.#end < this.rows.keys.length);
  }

  #scrollTo(y: number): void {
    if (Math.abs(this.scroller!.scrollTop - y) < 0.5) return;
    this.scroller!.scrollTop = y;
    this.#expected = this.scroller!.scrollTop;
  }

  /** The view was scrolled. Tells what it shows now; nothing if it was this that scrolled it, or there are no rows. */
  scrolled(): Seen | undefined {
    const { scroller, canvas, flow } = this;
    if (!scroller || !canvas || !flow || this.rows.keys.length === 0) return undefined;
    const at = scroller.scrollTop;
    const view = scroller.clientHeight;
    const own = Math.abs(at - this.#expected) < 1;
    this.#expected = -1;
    const end = this.#size - at - view < 3;
    if (!own) this.stuck = end && (this.stuck || this.rows.newer === 0); // while a hole before the head is closed it stays so
    const seen = this.#seen(at, view);
    if (!seen) {
      const [first, last] = this.#loaded();
      return { first: "", last: "", above: at - first, below: last - at - view };
    }
    if (!this.stuck) this.#anchor = { key: seen.first, y: seen.y };
    return seen;
  }

  #seen(at: number, view: number) {
    const origin = this.canvas!.getBoundingClientRect().top;
    let first = "";
    let last = "";
    let y = 0;
    let top = Infinity;
    let bottom = -Infinity;
    for (const row of this.flow!.children as HTMLCollectionOf<HTMLElement>) {
      const r = row.getBoundingClientRect();
      const rowTop = r.top - origin;
      const rowBottom = r.bottom - origin;
      top = Math.min(top, rowTop);
      bottom = Math.max(bottom, rowBottom);
      if (!first && rowBottom > at + 1 && rowTop < at + view) {
        first = row.dataset.key!;
        y = rowTop;
      }
      if (rowBottom <= at + view + 2 && rowBottom > at) last = row.dataset.key!;
    }
    if (!first) return undefined;
    // px that are loaded above and below the view, in the page or not
    const above = at - top + this.#total(0, this.#start);
    const below = bottom - at - view + this.#total(this.#end, this.rows.keys.length);
    return { first, last, y, above, below };
  }

  /** From where to where on the canvas there is something. */
  #loaded(): [number, number] {
    const top = this.#topOf(this.rows.keys[this.#start] ?? "") ?? 0;
    return [top - this.#total(0, this.#start), top + this.#total(this.#start, this.rows.keys.length)];
  }

  /** How far down the whole history a blank view is, of 0..1: somebody pulled the scroll bar there. */
  fraction(): { part: number; above: boolean } {
    const s = this.scroller!;
    const [first, bottom] = this.#loaded();
    if (s.scrollTop < first) return { part: s.scrollTop / Math.max(1, first), above: true };
    return { part: (s.scrollTop - bottom) / Math.max(1, this.#size - bottom), above: false };
  }

  /** Keeps the view within what is loaded, where it was scrolled beyond by wheel, key or finger: the way goes on when more is here. */
  hold(): void {
    const s = this.scroller;
    if (!s) return;
    const [first, last] = this.#loaded();
    if (s.scrollTop < first && this.rows.older > 0) this.#scrollTo(first);
    else if (s.scrollTop + s.clientHeight > last && this.rows.newer > 0) this.#scrollTo(Math.max(first, last - s.clientHeight));
  }

  /** px that are loaded above the view. */
  loadedAbove(): number {
    return this.#seen(this.scroller!.scrollTop, this.scroller!.clientHeight)?.above ?? 0;
  }

  /** The last row that is wholly in view. */
  lastSeen(): string | undefined {
    return this.#seen(this.scroller!.scrollTop, this.scroller!.clientHeight)?.last;
  }
}
