import { parseJson } from "../json/parse.ts";

/**
 * The JSONPath that printer columns, `selectableFields` and `scale` paths are written in: `.a.b`, `['a\.b']`, `[0]`, `[-1]`, `[*]`,
 * slices, `..`, `[?(@.type=="Ready")]`. Parsed once into a function that answers every value found.
 */
export type JsonPath = (value: unknown) => readonly unknown[];

/** @throws Error when the text is not such a path */
export const parseJsonPath = (text: string): JsonPath => {
  const steps = parseSteps(text.trim());
  return (value) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [value]);
};

type Step = (value: unknown) => readonly unknown[];

const parseSteps = (source: string): readonly Step[] => {
  const text = /^\{.*\}$/.test(source) ? source.slice(1, -1) : source;
  const steps: Step[] = [];
  let at = text.startsWith("$") || text.startsWith("@") ? 1 : 0;
  while (at < text.length) {
    const here = text[at];
    if (here === ".") {
      const recursive = text[at + 1] === ".";
      at += recursive ? 2 : 1;
      if (recursive) steps.push(descendants);
      if (text[at] === "[" || at >= text.length) continue;
      const [name, next] = readName(text, at);
      at = next;
      steps.push(name === "*" ? everything : field(name));
    } else if (here === "[") {
      const end = closing(text, at);
      steps.push(bracket(text.slice(at + 1, end)));
      at = end + 1;
    } else if (at === 0) {
      const [name, next] = readName(text, at);
      at = next;
      steps.push(field(name));
    } else throw new Error(`JSONPath ${JSON.stringify(text)}: unexpected ${JSON.stringify(here)} at ${at}`);
  }
  return steps;
};

const readName = (text: string, start: number): [string, number] => {
  let name = "";
  let at = start;
  while (at < text.length && text[at] !== "." && text[at] !== "[") {
    if (text[at] === "\\") at += 1;
    name += text[at] ?? "";
    at += 1;
  }
  return [name, at];
};

const closing = (text: string, open: number): number => {
  let depth = 0;
  let quote: string | undefined;
  for (let at = open; at < text.length; at += 1) {
    const here = text[at];
    if (quote !== undefined) {
      if (here === "\\") at += 1;
      else if (here === quote) quote = undefined;
    } else if (here === "'" || here === '"') quote = here;
    else if (here === "[") depth += 1;
    else if (here === "]") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new Error(`JSONPath ${JSON.stringify(text)}: bracket is not closed`);
};

const bracket = (inside: string): Step => {
  const text = inside.trim();
  if (text === "*") return everything;
  if (text.startsWith("?"))
    return filter(
      text
        .slice(1)
        .trim()
        .replace(/^\(|\)$/g, ""),
    );
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
  if (quoted !== null) return field((quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/g, "$1"));
  if (/^-?\d+$/.test(text)) return index(Number(text));
  const slice = /^(-?\d*):(-?\d*)(?::(\d+))?$/.exec(text);
  if (slice !== null) return range(slice[1] ?? "", slice[2] ?? "", slice[3]);
  throw new Error(`JSONPath: cannot read [${inside}]`);
};

const field =
  (name: string): Step =>
  (value) => {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return [];
    return [value[name]];
  };

const index =
  (wanted: number): Step =>
  (value) => {
    if (!Array.isArray(value)) return [];
    const at = wanted < 0 ? value.length + wanted : wanted;
    return at in value ? [value[at]] : [];
  };

const range =
  (from: string, to: string, step: string | undefined): Step =>
  (value) => {
    if (!Array.isArray(value)) return [];
    const part = value.slice(from === "" ? 0 : Number(from), to === "" ? undefined : Number(to));
    const every = step === undefined ? 1 : Number(step);
    return every <= 1 ? part : part.filter((_, at) => at % every === 0);
  };

const everything: Step = (value) => (Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []);

const descendants: Step = (value) => [value, ...everything(value).flatMap(descendants)];

const filter = (condition: string): Step => {
  const comparison = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(condition);
  const left = operand(comparison?.[1] ?? condition);
  if (comparison === null) return (value) => everything(value).filter((item) => left(item) !== undefined);
  const right = operand(comparison[3] ?? "");
  const holds = comparisons[comparison[2] ?? "=="];
  return (value) => everything(value).filter((item) => holds?.(left(item), right(item)) === true);
};

const operand = (text: string): ((item: unknown) => unknown) => {
  const trimmed = text.trim();
  if (trimmed.startsWith("@")) {
    const path = parseJsonPath(trimmed);
    return (item) => path(item)[0];
  }
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(trimmed);
  const literal =
    quoted !== null ? (quoted[1] ?? quoted[2]) : trimmed === "true" ? true : trimmed === "false" ? false : numberOf(trimmed);
  return () => literal;
};

const numberOf = (text: string): unknown => (/^-?[1-9]\d*$/.test(text) ? parseJson(text) : Number(text));

const comparisons: { readonly [operator: string]: (left: unknown, right: unknown) => boolean } = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => ordered(left, right) && (left as number) < (right as number),
  ">": (left, right) => ordered(left, right) && (left as number) > (right as number),
  "<=": (left, right) => ordered(left, right) && (left as number) <= (right as number),
  ">=": (left, right) => ordered(left, right) && (left as number) >= (right as number),
};

const ordered = (left: unknown, right: unknown): boolean =>
  (isNumber(left) && isNumber(right)) || (typeof left === "string" && typeof right === "string");

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
