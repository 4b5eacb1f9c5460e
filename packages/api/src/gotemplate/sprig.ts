import { satisfies } from "semver";
import {
  anyText,
  equal,
  integerFrom,
  isTruthy,
  listOf,
  mapOf,
  numberFrom,
  printed,
  type TemplateFunction,
  textOf,
} from "./values.ts";

/**
 * sprig's functions that give the same for the same, as far as ClusterClasses use them. Those that make keys, hash passwords, tell the
 * time or read paths are not here: a template that calls one of them says so.
 */

const trimmed = (side: "start" | "end" | "both", letters: string, text: string): string => {
  const set = new Set(letters);
  let [from, to] = [0, text.length];
  if (side !== "end") while (from < to && set.has(text[from] ?? "")) from += 1;
  if (side !== "start") while (to > from && set.has(text[to - 1] ?? "")) to -= 1;
  return text.slice(from, to);
};
const indented = (spaces: unknown, text: unknown): string => {
  const pad = " ".repeat(integerFrom(spaces));
  return pad + textOf(text).replaceAll("\n", `\n${pad}`);
};
const capital = (text: string): string =>
  text.replaceAll(/(^|\s)(\S)/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
const words = (text: string): readonly string[] =>
  text
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[\s_-]+/)
    .filter(Boolean);
const quoted =
  (quote: (text: string) => string): TemplateFunction =>
  (...values) =>
    values
      .filter((value) => value !== undefined && value !== null)
      .map((value) => quote(anyText(value)))
      .join(" ");

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const fromBase64 = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));

const merged =
  (overwrites: boolean): TemplateFunction =>
  (first, ...others) =>
    others.reduce<unknown>((into, from) => mergeTwo(mapOf(into), mapOf(from), overwrites), first);
const mergeTwo = (
  into: { readonly [key: string]: unknown },
  from: { readonly [key: string]: unknown },
  overwrites: boolean,
): { readonly [key: string]: unknown } => {
  const made: { [key: string]: unknown } = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const known = made[key];
    const both = [known, value].every((one) => typeof one === "object" && one !== null && !Array.isArray(one));
    if (both) made[key] = mergeTwo(mapOf(known), mapOf(value), overwrites);
    else if (overwrites || !isTruthy(known)) made[key] = value;
  }
  return made;
};

const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return "invalid";
  if (Array.isArray(value)) return "slice";
  return { object: "map", number: "float64", boolean: "bool", string: "string" }[typeof value as "object"] ?? typeof value;
};

const json = (value: unknown, indent?: number): string => JSON.stringify(value ?? null, sortedKeys, indent);
const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
/** Go escapes what HTML could mistake. */
const escapedJson = (value: unknown, indent?: number): string =>
  json(value, indent).replaceAll(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);

const pattern = (text: unknown, flags = "u"): RegExp => new RegExp(textOf(text), flags);
const folded =
  (start: number, combine: (left: number, right: number) => number): TemplateFunction =>
  (...values) =>
    values.map(integerFrom).reduce(combine, start);
const reduced =
  (combine: (left: number, right: number) => number): TemplateFunction =>
  (first, ...values) =>
    values.map(integerFrom).reduce(combine, integerFrom(first));
const until = (from: number, to: number, step: number): readonly number[] => {
  const count = step === 0 ? 0 : Math.max(0, Math.ceil((to - from) / step));
  if (count > 10_000) throw new Error("too many numbers");
  return Array.from({ length: count }, (_, index) => from + index * step);
};
const picked =
  (keeps: (named: boolean) => boolean): TemplateFunction =>
  (map, ...names) =>
    Object.fromEntries(Object.entries(mapOf(map)).filter(([key]) => keeps(names.includes(key))));

const functions: readonly (readonly [string, TemplateFunction])[] = [
  // texts
  ["trim", (text) => textOf(text).trim()],
  ["upper", (text) => textOf(text).toUpperCase()],
  ["lower", (text) => textOf(text).toLowerCase()],
  ["title", (text) => capital(textOf(text))],
  [
    "untitle",
    (text) => textOf(text).replaceAll(/(^|\s)(\S)/gu, (_, before: string, letter: string) => before + letter.toLowerCase()),
  ],
  [
    "substr",
    (from, to, text) => {
      const [start, end] = [integerFrom(from), integerFrom(to)];
      return start < 0 ? textOf(text).slice(0, end) : textOf(text).slice(start, end < 0 ? undefined : end);
    },
  ],
  [
    "repeat",
    (count, text) => {
      if (integerFrom(count) * textOf(text).length > 100_000) throw new Error("too long");
      return textOf(text).repeat(integerFrom(count));
    },
  ],
  ["trimAll", (letters, text) => trimmed("both", textOf(letters), textOf(text))],
  ["trimall", (letters, text) => trimmed("both", textOf(letters), textOf(text))],
  [
    "trimSuffix",
    (end, text) => (textOf(text).endsWith(textOf(end)) ? textOf(text).slice(0, textOf(text).length - textOf(end).length) : text),
  ],
  ["trimPrefix", (start, text) => (textOf(text).startsWith(textOf(start)) ? textOf(text).slice(textOf(start).length) : text)],
  ["nospace", (text) => textOf(text).replaceAll(/\s/g, "")],
  [
    "trunc",
    (count, text) =>
      integerFrom(count) < 0 ? textOf(text).slice(integerFrom(count)) : textOf(text).slice(0, integerFrom(count)),
  ],
  ["snakecase", (text) => words(textOf(text)).join("_").toLowerCase()],
  ["kebabcase", (text) => words(textOf(text)).join("-").toLowerCase()],
  [
    "camelcase",
    (text) =>
      words(textOf(text))
        .map((word) => capital(word))
        .join(""),
  ],
  ["contains", (part, text) => textOf(text).includes(textOf(part))],
  ["hasPrefix", (start, text) => textOf(text).startsWith(textOf(start))],
  ["hasSuffix", (end, text) => textOf(text).endsWith(textOf(end))],
  ["quote", quoted((text) => JSON.stringify(text))],
  ["squote", quoted((text) => `'${text}'`)],
  [
    "cat",
    (...values) =>
      values
        .filter((value) => value !== undefined && value !== null)
        .map((value) => printed(value, true))
        .join(" "),
  ],
  ["indent", indented],
  ["nindent", (spaces, text) => `\n${indented(spaces, text)}`],
  ["replace", (before, after, text) => textOf(text).replaceAll(textOf(before), () => textOf(after))],
  ["plural", (one, many, count) => (integerFrom(count) === 1 ? one : many)],
  ["toString", anyText],
  ["join", (separator, values) => (Array.isArray(values) ? values.map(anyText) : [anyText(values)]).join(textOf(separator))],
  ["splitList", (separator, text) => textOf(text).split(textOf(separator))],
  [
    "split",
    (separator, text) =>
      Object.fromEntries(
        textOf(text)
          .split(textOf(separator))
          .map((part, index) => [`_${index}`, part]),
      ),
  ],
  [
    "splitn",
    (separator, count, text) => {
      const parts = textOf(text).split(textOf(separator));
      const [n, by] = [integerFrom(count), textOf(separator)];
      const kept = parts.length <= n ? parts : [...parts.slice(0, n - 1), parts.slice(n - 1).join(by)];
      return Object.fromEntries(kept.map((part, index) => [`_${index}`, part]));
    },
  ],
  ["toStrings", (values) => listOf(values).map(anyText)],
  ["sortAlpha", (values) => listOf(values).map(anyText).toSorted()],
  ["b64enc", (text) => base64(textOf(text))],
  ["b64dec", (text) => fromBase64(textOf(text))],
  [
    "fail",
    (text) => {
      throw new Error(textOf(text));
    },
  ],
  ["regexMatch", (regex, text) => pattern(regex).test(textOf(text))],
  ["regexFind", (regex, text) => pattern(regex).exec(textOf(text))?.[0] ?? ""],
  [
    "regexFindAll",
    (regex, text, count) => {
      const all = textOf(text).match(pattern(regex, "gu")) ?? [];
      return integerFrom(count) < 0 ? all : all.slice(0, integerFrom(count));
    },
  ],
  [
    "regexReplaceAll",
    (regex, text, by) =>
      textOf(text).replaceAll(pattern(regex, "gu"), (...found: readonly unknown[]) =>
        textOf(by).replaceAll(/\$\{?(\d+)\}?/g, (_, group: string) => String(found[Number(group)] ?? "")),
      ),
  ],
  ["regexReplaceAllLiteral", (regex, text, by) => textOf(text).replaceAll(pattern(regex, "gu"), () => textOf(by))],
  [
    "regexSplit",
    (regex, text, count) => {
      const parts = textOf(text).split(pattern(regex));
      return integerFrom(count) < 0 ? parts : parts.slice(0, integerFrom(count));
    },
  ],
  // numbers
  ["atoi", (text) => (/^[+-]?\d+$/.test(textOf(text)) ? Number(text) : 0)],
  ["int", integerFrom],
  ["int64", integerFrom],
  ["float64", numberFrom],
  ["add", folded(0, (left, right) => left + right)],
  ["add1", (value) => integerFrom(value) + 1],
  ["sub", (left, right) => integerFrom(left) - integerFrom(right)],
  ["mul", reduced((left, right) => left * right)],
  [
    "div",
    (left, right) => {
      if (integerFrom(right) === 0) throw new Error("integer divide by zero");
      return Math.trunc(integerFrom(left) / integerFrom(right));
    },
  ],
  [
    "mod",
    (left, right) => {
      if (integerFrom(right) === 0) throw new Error("integer divide by zero");
      return integerFrom(left) % integerFrom(right);
    },
  ],
  ["max", reduced(Math.max)],
  ["biggest", reduced(Math.max)],
  ["min", reduced(Math.min)],
  ["ceil", (value) => Math.ceil(numberFrom(value))],
  ["floor", (value) => Math.floor(numberFrom(value))],
  ["until", (count) => until(0, integerFrom(count), integerFrom(count) < 0 ? -1 : 1)],
  ["untilStep", (from, to, step) => until(integerFrom(from), integerFrom(to), integerFrom(step))],
  // choices
  ["default", (fallback, value) => (isTruthy(value) ? value : fallback)],
  ["empty", (value) => !isTruthy(value)],
  ["coalesce", (...values) => values.find(isTruthy)],
  ["all", (...values) => values.every(isTruthy)],
  ["any", (...values) => values.some(isTruthy)],
  ["ternary", (yes, no, condition) => (condition === true ? yes : no)],
  ["kindOf", kindOf],
  ["kindIs", (kind, value) => kindOf(value) === kind],
  ["typeOf", kindOf],
  ["typeIs", (kind, value) => kindOf(value) === kind],
  ["deepEqual", equal],
  ["deepCopy", (value) => value],
  // JSON
  ["toJson", (value) => escapedJson(value)],
  ["toPrettyJson", (value) => escapedJson(value, 2)],
  ["toRawJson", (value) => json(value)],
  [
    "fromJson",
    (text) => {
      try {
        return JSON.parse(textOf(text));
      } catch {
        return undefined;
      }
    },
  ],
  ["mustToJson", (value) => escapedJson(value)],
  ["mustFromJson", (text) => JSON.parse(textOf(text))],
  // lists
  ["list", (...values) => values],
  ["tuple", (...values) => values],
  ["first", (values) => listOf(values)[0]],
  ["last", (values) => listOf(values).at(-1)],
  ["rest", (values) => listOf(values).slice(1)],
  ["initial", (values) => listOf(values).slice(0, -1)],
  ["append", (values, value) => [...listOf(values), value]],
  ["push", (values, value) => [...listOf(values), value]],
  ["prepend", (values, value) => [value, ...listOf(values)]],
  ["concat", (...lists) => lists.flatMap(listOf)],
  ["reverse", (values) => listOf(values).toReversed()],
  ["uniq", (values) => listOf(values).filter((value, index, all) => all.findIndex((one) => equal(one, value)) === index)],
  ["without", (values, ...others) => listOf(values).filter((value) => !others.some((one) => equal(one, value)))],
  ["has", (value, values) => values !== undefined && listOf(values).some((one) => equal(one, value))],
  ["compact", (values) => listOf(values).filter(isTruthy)],
  [
    "slice",
    (values, from, to) =>
      listOf(values).slice(from === undefined ? 0 : integerFrom(from), to === undefined ? undefined : integerFrom(to)),
  ],
  // maps
  [
    "dict",
    (...pairs) => {
      const made: { [key: string]: unknown } = {};
      for (let at = 0; at < pairs.length; at += 2) made[anyText(pairs[at])] = pairs[at + 1] ?? "";
      return made;
    },
  ],
  ["get", (map, key) => (Object.hasOwn(mapOf(map), textOf(key)) ? mapOf(map)[textOf(key)] : "")],
  ["hasKey", (map, key) => Object.hasOwn(mapOf(map), textOf(key))],
  ["keys", (...maps) => maps.flatMap((map) => Object.keys(mapOf(map))).toSorted()],
  ["values", (map) => Object.values(mapOf(map))],
  ["pick", picked((named) => named)],
  ["omit", picked((named) => !named)],
  ["pluck", (key, ...maps) => maps.filter((map) => Object.hasOwn(mapOf(map), textOf(key))).map((map) => mapOf(map)[textOf(key)])],
  ["merge", merged(false)],
  ["mergeOverwrite", merged(true)],
  [
    "dig",
    (...path) => {
      const keys = path.slice(0, -2).map(textOf);
      let found: unknown = path.at(-1);
      for (const key of keys) {
        if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return path.at(-2);
        found = (found as { readonly [key: string]: unknown })[key];
      }
      return found;
    },
  ],
  // versions
  [
    "semverCompare",
    (range, version) =>
      satisfies(textOf(version).replace(/^v/, ""), textOf(range).replaceAll(/\bv(?=\d)/g, ""), {
        includePrerelease: /-/.test(textOf(range)),
      }),
  ],
  [
    "semver",
    (version) => {
      const [, major = "0", minor = "0", patch = "0", prerelease = "", build = ""] =
        /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([^+]*))?(?:\+(.*))?$/.exec(textOf(version)) ?? [];
      return {
        Major: Number(major),
        Minor: Number(minor),
        Patch: Number(patch),
        Prerelease: prerelease,
        Metadata: build,
        Original: version,
      };
    },
  ],
];

const hasTwin = new Set(
  `regexMatch regexFind regexFindAll regexReplaceAll regexReplaceAllLiteral regexSplit first last rest initial append push prepend
  reverse uniq without has compact slice merge mergeOverwrite deepCopy toPrettyJson toRawJson`.split(/\s+/),
);

/** Those above, and their `must` twins: a failure is an error either way. */
export const sprigFunctions: readonly (readonly [string, TemplateFunction])[] = functions.flatMap(([name, call]) => {
  const twin = `must${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return hasTwin.has(name) ? [[name, call] as const, [twin, call] as const] : [[name, call] as const];
});
