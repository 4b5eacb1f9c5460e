/**
 * Python as Magnum's clients speak it. They send dictionaries and lists in JSON patches as `str(value)`, and error texts quote values
 * as Python prints them.
 */
export type PythonValue = null | boolean | number | string | readonly PythonValue[] | { readonly [key: string]: PythonValue };

/** `repr(value)` of a value that came as JSON. */
export const pythonRepr = (value: unknown): string => {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`)
      .join(", ")}}`;
  return String(value);
};

/** `str(value)`. */
export const pythonStr = (value: unknown): string => (typeof value === "string" ? value : pythonRepr(value));

const quoted = (text: string): string => {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t");
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replace(/'/g, "\\'")}'`;
};

/** `ast.literal_eval`, for the literals that clients print: None, booleans, numbers, strings, lists, tuples and dictionaries. */
export const parsePythonLiteral = (text: string): PythonValue => {
  const parser = createParser(text);
  const value = parser.value(0);
  parser.end();
  return value;
};

export class PythonSyntaxError extends Error {
  override readonly name = "PythonSyntaxError";
}

const DEEPEST = 50;
const WORDS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ["None", null],
  ["True", true],
  ["False", false],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["0", "\0"],
]);

const createParser = (text: string) => {
  let at = 0;
  const broken = (): PythonSyntaxError =>
    new PythonSyntaxError(`malformed node or string at position ${at}: ${text.slice(0, 100)}`);
  const space = () => {
    while (/\s/.test(text[at] ?? "")) at += 1;
  };
  const take = (character: string): boolean => {
    space();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const string = (): string => {
    const quote = text[at];
    let result = "";
    for (at += 1; text[at] !== quote; at += 1) {
      const character = text[at];
      if (character === undefined || character === "\n") throw broken();
      if (character !== "\\") {
        result += character;
        continue;
      }
      at += 1;
      const letter = text[at] ?? "";
      if (letter === "u" || letter === "x") {
        const digits = text.slice(at + 1, at + (letter === "u" ? 5 : 3));
        if (!/^([0-9a-fA-F]{4}|[0-9a-fA-F]{2})$/.test(digits)) throw broken();
        result += String.fromCharCode(Number.parseInt(digits, 16));
        at += digits.length;
      } else result += ESCAPES.get(letter) ?? `\\${letter}`;
    }
    at += 1;
    return result;
  };
  const sequence = (close: string, depth: number): PythonValue[] => {
    const items: PythonValue[] = [];
    while (!take(close)) {
      items.push(value(depth + 1));
      if (!take(",")) {
        if (take(close)) break;
        throw broken();
      }
    }
    return items;
  };
  const dictionary = (depth: number): { [key: string]: PythonValue } => {
    const entries: [string, PythonValue][] = [];
    while (!take("}")) {
      const key = value(depth + 1);
      if (key !== null && typeof key === "object") throw broken();
      if (!take(":")) throw broken();
      entries.push([pythonStr(key), value(depth + 1)]);
      if (!take(",")) {
        if (take("}")) break;
        throw broken();
      }
    }
    return Object.fromEntries(entries);
  };
  const value = (depth: number): PythonValue => {
    if (depth > DEEPEST) throw broken();
    space();
    const first = text[at];
    if (first === "'" || first === '"') return string();
    if (take("{")) return dictionary(depth);
    if (take("[")) return sequence("]", depth);
    if (take("(")) return sequence(")", depth);
    const word = /^[A-Za-z_]+|^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(text.slice(at))?.[0];
    if (word === undefined) throw broken();
    // Python before 3 marked text with u: u'x'
    if (/^[ubr]$/.test(word) && /['"]/.test(text[at + 1] ?? "")) {
      at += 1;
      return string();
    }
    at += word.length;
    if (/^[A-Za-z_]/.test(word)) {
      const known = WORDS.get(word);
      if (known === undefined) throw broken();
      return known;
    }
    return Number(word);
  };
  const end = () => {
    space();
    if (at < text.length) throw broken();
  };
  return { value, end };
};
