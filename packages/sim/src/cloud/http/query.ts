/** The part of a URL after the question mark. */
export interface Query {
  readonly text: string;
  get(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
  names(): readonly string[];
}

const none: readonly string[] = [];
const decode = (text: string): string => {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // not an escape after all
  }
};

export const parseQuery = (text: string): Query => {
  const values = new Map<string, string[]>();
  for (const pair of text === "" ? none : text.split("&")) {
    const cut = pair.indexOf("=");
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    if (name === "") continue;
    const value = cut < 0 ? "" : decode(pair.slice(cut + 1));
    const before = values.get(name);
    if (before) before.push(value);
    else values.set(name, [value]);
  }
  return {
    text,
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? none,
    has: (name) => values.has(name),
    names: () => [...values.keys()],
  };
};

/** OpenStack services take true, True, 1, yes, on. */
export const isTrue = (value: string | undefined): boolean => value !== undefined && /^(true|t|1|yes|y|on)$/i.test(value);
