// The icons of a browser's tab: plain, with a count of what is unread, and with one of what names me.

const bird =
  '<path d="M6 20c0-7 5-12 12-12 3 0 5 1 6 3l4 1-4 2c-1 7-6 11-12 11H7c3-1 4-2 5-3-3 0-5-1-6-2z" fill="#1f6f78"/>' +
  '<circle cx="20.5" cy="12.5" r="1.3" fill="#fff"/>';

const svg = (inner: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${inner}</svg>`;

function badge(text: string, colour: string): string {
  const x = text.length > 1 ? 15 : 19;
  return (
    `<rect x="${x - 3}" y="15" width="${35 - x}" height="17" rx="8" fill="${colour}"/>` +
    `<text x="${(x + 29) / 2}" y="28.5" font-family="sans-serif" font-size="14" font-weight="700" text-anchor="middle" fill="#fff">${text}</text>`
  );
}

/** Their names and contents. A name ends in what it shows: u3 is three unread, m3 three that name me, "more" is above nine. */
export function favicons(): [string, string][] {
  const out: [string, string][] = [["icon.svg", svg(bird)]];
  for (const [kind, colour] of [["u", "#4a5a63"], ["m", "#c02f1d"]] as const) {
    for (let n = 1; n <= 9; n++) out.push([`icon-${kind}${n}.svg`, svg(bird + badge(String(n), colour))]);
    out.push([`icon-${kind}more.svg`, svg(bird + badge("9+", colour))]);
  }
  return out;
}
