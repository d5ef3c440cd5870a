// The client's own icons, on a grid of 20, drawn with the colour of the text.
const paths = {
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2l3.8 3.8",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12.5 4.5L7 10l5.5 5.5",
  down: "M10 4v11.5M5 11l5 5 5-5",
  chevron: "M6 8l4 4 4-4",
  star: "M10 3l2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6z",
  mute: "M4 8v4h2.5L10 15V5L6.5 8zM13 8l4 4M17 8l-4 4",
  people: "M7.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 16c0-3 2-4.5 4.5-4.5S12 13 12 16M13 5a2.3 2.3 0 0 1 0 4.5M14 11.7c2 .4 3 1.9 3 4.3",
  files: "M6 3h5.5L15 6.5V17H6zM11 3v4h4",
  clip: "M14.5 9.5l-5 5a3 3 0 0 1-4.2-4.2l6-6a2 2 0 0 1 2.9 2.9l-5.7 5.7a1 1 0 0 1-1.4-1.4l5-5",
  send: "M3.5 10L16.5 4l-3.5 12.5-3.2-5.2zM9.8 11.3L16.5 4",
  alert: "M10 3.5L17.5 16h-15zM10 8.5v3.5M10 14v.3",
  story: "M4 4.5h12M4 8.5h12M4 12.5h8M4 16h5",
  calendar: "M4 5.5h12V16H4zM4 8.5h12M7 3.5v3M13 3.5v3",
  link: "M8.5 11.5l3-3M9 6.5l1.7-1.7a3 3 0 0 1 4.3 4.3L13.3 10.8M11 13.5l-1.7 1.7A3 3 0 0 1 5 10.9L6.7 9.2",
  copy: "M7.5 7.5h8.5V16H7.5zM4 12.5V4h8.5",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  clock: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 1.5",
  sealed: "M10 2.8l5.5 2v4.7c0 3.7-2.3 6.2-5.5 7.7-3.2-1.5-5.5-4-5.5-7.7V4.8zM7.5 9.8l2 2 3.3-3.6",
  record: "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  hold: "M6 9V6.5a4 4 0 0 1 8 0V9M5 9h10v7H5z",
  more: "M5 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM10 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4zM15 9.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4z",
  settings: "M4 6h6M14 6h2M4 10h2M10 10h6M4 14h7M15 14h1M12 4.5v3M8 8.5v3M13 12.5v3",
  popout: "M11 4h5v5M16 4l-6.5 6.5M14 11.5V16H4V6h4.5",
  columns: "M3.5 4.5h13v11h-13zM10 4.5v11",
  at: "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM13 7v4.5c0 2 3.5 2 3.5-1.5A6.5 6.5 0 1 0 13 15.7",
  feed: "M4.5 15.5h.1M4.5 10a5.5 5.5 0 0 1 5.5 5.5M4.5 4.5a11 11 0 0 1 11 11",
  room: "M4 5h12v8.5H9.5L6 16.5v-3H4z",
  lock: "M6 9V6.5a4 4 0 0 1 8 0V9M5 9h10v7H5z",
  secret: "M3 10s2.5-4.5 7-4.5 7 4.5 7 4.5-2.5 4.5-7 4.5S3 10 3 10zM4 16L16 4",
  megaphone: "M4 8.5v3h2.5L13 15.5v-11L6.5 8.5zM15.5 8.2a3 3 0 0 1 0 3.6M7 11.5l1 4",
  pencil: "M4 16l.8-3.3L13 4.5l2.5 2.5-8.2 8.2zM11.5 6l2.5 2.5",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5v.1",
  out: "M8.5 4H4v12h4.5M8 10h9M13.5 6.5L17 10l-3.5 3.5",
  addin: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM13.5 11v5M11 13.5h5",
  print: "M6 7V3.5h8V7M6 14H4V7h12v7h-2M6 11.5h8V17H6z",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  retry: "M15.5 10A5.5 5.5 0 1 1 13.5 5.7M14 2.8v3.4h-3.4",
  shield: "M10 2.8l5.5 2v4.7c0 3.7-2.3 6.2-5.5 7.7-3.2-1.5-5.5-4-5.5-7.7V4.8z",
  bot: "M5 8h10v7H5zM10 8V5M8 11v.5M12 11v.5M10 4.5v.1",
  unread: "M4 5.5h6M4 10h8M4 14.5h12M15.5 3.7a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  first: "M5 4h10M10 16.5V7.5M6 11l4-4 4 4",
} as const;

export type IconName = keyof typeof paths;

/** An icon beside words, or within a button that has a label; on its own it needs a title. */
export function Icon({ name, title }: { name: IconName; title?: string }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" role={title ? "img" : undefined} aria-hidden={title ? undefined : true} aria-label={title}>
      <path d={paths[name]} />
    </svg>
  );
}
