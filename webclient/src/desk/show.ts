/** A ref for what comes up as an answer: it is scrolled to where it is seen. */
export function intoView(e: HTMLElement | null): void {
  e?.scrollIntoView({ block: "nearest" });
}
