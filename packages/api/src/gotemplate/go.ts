import { equal, integerFrom, isTruthy, printed, type TemplateFunction, textOf } from "./values.ts";

/** Functions that every Go template has (`and` and `or` are the executor's own). */

const ordered = (left: unknown, right: unknown): number => {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new Error("incompatible types for comparison");
};
/** Basic kinds of one sort only: `"1"` is no number. */
const sameKind = (left: unknown, right: unknown): boolean => {
  if (left === undefined || left === null || right === undefined || right === null) return equal(left, right);
  if (typeof left !== typeof right) throw new Error("incompatible types for comparison");
  if (typeof left === "object") throw new Error("non-comparable type");
  return left === right;
};

const indexed: TemplateFunction = (value, ...keys) =>
  keys.reduce<unknown>((found, key) => {
    if (Array.isArray(found)) {
      const at = integerFrom(key);
      if (at < 0 || at >= found.length) throw new Error(`index out of range: ${at}`);
      return found[at];
    }
    if (typeof found === "object" && found !== null) {
      const name = textOf(key);
      return Object.hasOwn(found, name) ? (found as { readonly [name: string]: unknown })[name] : undefined;
    }
    if (typeof found === "string") return new TextEncoder().encode(found)[integerFrom(key)];
    throw new Error("index of untyped nil");
  }, value);

const sliced: TemplateFunction = (value, from, to) => {
  const [start, end] = [from === undefined ? 0 : integerFrom(from), to === undefined ? undefined : integerFrom(to)];
  if (typeof value === "string" || Array.isArray(value)) return value.slice(start, end);
  throw new Error("can't slice item of this type");
};

const lengthOf: TemplateFunction = (value) => {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new Error("len of untyped nil");
};

/** Go puts blanks between operands that are no texts. */
const print: TemplateFunction = (...values) =>
  values
    .map((value, index) => {
      const blank = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string";
      return `${blank ? " " : ""}${printed(value, true)}`;
    })
    .join("");

export const formatted: TemplateFunction = (format, ...values) => {
  let at = 0;
  return textOf(format).replaceAll(
    /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (whole, flags: string, width, precision, verb) => {
      if (verb === "%") return "%";
      if (at >= values.length) return `%!${verb}(MISSING)`;
      const value = values[at];
      at += 1;
      const text = verbs[verb as string]?.(value, precision === undefined ? undefined : Number(precision));
      if (text === undefined) return `%!${whole.slice(1)}(${printed(value, true)})`;
      const wide = Number(width ?? 0);
      if (flags.includes("-")) return text.padEnd(wide);
      return flags.includes("0") && typeof value === "number" ? text.padStart(wide, "0") : text.padStart(wide);
    },
  );
};
const verbs: { readonly [verb: string]: (value: unknown, precision: number | undefined) => string | undefined } = {
  v: (value) => printed(value, true),
  s: (value, precision) => printed(value, true).slice(0, precision),
  d: (value) => (typeof value === "number" ? String(Math.trunc(value)) : undefined),
  t: (value) => (typeof value === "boolean" ? String(value) : undefined),
  q: (value) => (typeof value === "string" ? JSON.stringify(value) : undefined),
  f: (value, precision) => (typeof value === "number" ? value.toFixed(precision ?? 6) : undefined),
  x: (value) => (typeof value === "number" ? Math.trunc(value).toString(16) : undefined),
};

const html: { readonly [letter: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

export const goFunctions: readonly (readonly [string, TemplateFunction])[] = [
  ["not", (value) => !isTruthy(value)],
  ["eq", (left, ...rights) => rights.some((right) => sameKind(left, right))],
  ["ne", (left, right) => !sameKind(left, right)],
  ["lt", (left, right) => ordered(left, right) < 0],
  ["le", (left, right) => ordered(left, right) <= 0],
  ["gt", (left, right) => ordered(left, right) > 0],
  ["ge", (left, right) => ordered(left, right) >= 0],
  ["len", lengthOf],
  ["index", indexed],
  ["slice", sliced],
  ["print", print],
  ["println", (...values) => `${values.map((value) => printed(value, true)).join(" ")}\n`],
  ["printf", formatted],
  ["html", (...values) => textOf(print(...values)).replaceAll(/[&<>"']/g, (letter) => html[letter] ?? letter)],
  [
    "js",
    (...values) =>
      JSON.stringify(print(...values))
        .slice(1, -1)
        .replaceAll("'", "\\'"),
  ],
  ["urlquery", (...values) => encodeURIComponent(textOf(print(...values))).replaceAll("%20", "+")],
];
