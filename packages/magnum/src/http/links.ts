export interface Link {
  readonly href: string;
  readonly rel: string;
}

/** `self` below `/v1`, and `bookmark`, which stays when versions change. */
export const links = (base: string, path: string): readonly Link[] => [
  { href: `${base}/v1/${path}`, rel: "self" },
  { href: `${base}/${path}`, rel: "bookmark" },
];
