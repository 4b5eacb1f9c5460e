import { parseJson } from "@slipway/api/json/index.ts";
/**
 * Paths of keys that stand twice in one JSON object (`spec.a`, `spec.list[0].b`). `JSON.parse` keeps the last and says nothing; Kubernetes
 * warns or refuses. The text is known to be valid JSON.
 */
export const findDuplicates = (text: string): readonly string[] => {
  const found: string[] = [];
  let depth = 0;
  let at = 0;

  const skipBlank = () => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      at += 1;
    }
  };

  /** Leaves `at` after the closing quote; answers the raw text between the quotes. */
  const string = (): string => {
    const start = at + 1;
    at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 92) at += 2;
      else if (code === 34) break;
      else at += 1;
    }
    at += 1;
    return text.slice(start, at - 1);
  };

  const value = (path: () => string): void => {
    skipBlank();
    const first = text.charCodeAt(at);
    if (first === 123 || first === 91) {
      depth += 1;
      if (depth > deepestNesting) throw new Error(tooDeep);
      if (first === 123) object(path);
      else array(path);
      depth -= 1;
    } else if (first === 34) string();
    else while (at < text.length && !",]} \n\r\t".includes(text.charAt(at))) at += 1;
    skipBlank();
  };

  const object = (path: () => string): void => {
    at += 1;
    skipBlank();
    const seen = new Set<string>();
    while (text.charCodeAt(at) !== 125) {
      const raw = string();
      const key = raw.includes("\\") ? (parseJson(`"${raw}"`) as string) : raw;
      const here = () => (path() === "" ? key : `${path()}.${key}`);
      if (seen.has(key)) {
        const duplicate = here();
        if (!found.includes(duplicate)) found.push(duplicate);
      }
      seen.add(key);
      skipBlank();
      at += 1; // the colon
      value(here);
      if (text.charCodeAt(at) === 44) at += 1;
      skipBlank();
    }
    at += 1;
  };

  const array = (path: () => string): void => {
    at += 1;
    skipBlank();
    let index = 0;
    while (text.charCodeAt(at) !== 93) {
      const here = index;
      value(() => `${path()}[${here}]`);
      index += 1;
      if (text.charCodeAt(at) === 44) at += 1;
      skipBlank();
    }
    at += 1;
  };

  value(() => "");
  return found;
};

/** Objects within objects: more is nobody's, and would cost the stack. */
const deepestNesting = 300;
const tooDeep = `exceeded max depth of ${deepestNesting}`;

/**
 * YAML may name a part and mean it again elsewhere, even within itself: a few bytes would unfold into gigabytes. Counts the parts as they
 * would be written out. @throws Error beyond `most` parts, or too deep
 */
export const checkUnfolded = (value: unknown, most: number): void => {
  let parts = 0;
  const walk = (each: unknown, depth: number): void => {
    parts += 1;
    if (parts > most) throw new Error("document contains excessive aliasing");
    if (typeof each !== "object" || each === null) return;
    if (depth >= deepestNesting) throw new Error(tooDeep);
    for (const child of Array.isArray(each) ? each : Object.values(each)) walk(child, depth + 1);
  };
  walk(value, 0);
};
