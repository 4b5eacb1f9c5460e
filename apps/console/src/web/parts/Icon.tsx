/** The console's own pictures: strokes on a 24-point field, in the colour of the text around them. */
const paths = {
  cluster: "M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  template: "M5 4h14v16H5zM5 9h14M9 9v11",
  gauge: "M4 17a8 8 0 1 1 16 0M12 17l4-5",
  key: "M15 4a5 5 0 1 0-3.9 8.1L4 19v2h4v-2h2v-2h2l1.4-1.4A5 5 0 0 0 15 4zm1.5 3.5v.01",
  fleet: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4",
  building: "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3",
  broom: "M14 4 20 10M17 7l-6 6M6 12l6 6M6 12c-1 3-2 5-3 6l5 3c2-1 3-2 4-3",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  check: "M5 12.5 10 17 19 7",
  cross: "M6 6l12 12M18 6 6 18",
  warning: "M12 4 2.5 20h19zM12 10v5M12 17.5v.01",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  refresh: "M20 11a8 8 0 0 0-14-4.5L4 9M4 4v5h5M4 13a8 8 0 0 0 14 4.5l2-2.5M20 20v-5h-5",
  question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 16.5v.01",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8v.01",
  pause: "M8 5v14M16 5v14",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  resize: "M4 14v6h6M20 10V4h-6M4 20l7-7M20 4l-7 7",
  up: "M12 20V5M6 11l6-6 6 6",
  down: "M12 4v15M6 13l6 6 6-6",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  menu: "M4 7h16M4 12h16M4 17h16",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
  exit: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  server: "M4 5h16v6H4zM4 13h16v6H4zM8 8v.01M8 16v.01",
  balance: "M12 4v16M5 8h14M12 4l-7 4v4M12 4l7 4v4M3 12h4M17 12h4M8 20h8",
  port: "M7 4h10v9H7zM10 13v7M14 13v7M10 7v2M14 7v2",
  network: "M12 3v6M12 9H6v5M12 9h6v5M3 14h6v6H3zM15 14h6v6h-6z",
  shield: "M12 3 5 6v6c0 5 3 7.5 7 9 4-1.5 7-4 7-9V6z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  offline:
    "M3 3l18 18M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-6-3M8.5 15.5a5 5 0 0 1 6 0M12 19v.01M2 8.5a15 15 0 0 1 4-2.6M22 8.5A15 15 0 0 0 11 5",
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.8}
    strokeLinecap="round"
    strokeLinejoin="round"
    className="icon"
    aria-hidden="true"
    focusable="false"
  >
    <path d={paths[name]} />
  </svg>
);
