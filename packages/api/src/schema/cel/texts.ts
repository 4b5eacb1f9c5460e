import type { Environment } from "@marcbachmann/cel-js";

/** The rest of the strings library: `format`, `quote`, `replace` with a limit. */
export const registerTexts = (environment: Environment): void => {
  environment
    .registerFunction("string.format(list): string", (pattern: string, args: readonly unknown[]) => formatted(pattern, args))
    .registerFunction("string.replace(string, string, int): string", (text: string, from: string, to: string, limit: bigint) =>
      replaced(text, from, to, Number(limit)),
    )
    .registerType("StringsNamespace", { ctor: StringsNamespace, fields: {} })
    .registerConstant("strings", "StringsNamespace", new StringsNamespace())
    .registerFunction("StringsNamespace.quote(string): string", (_of: StringsNamespace, text: string) => quoted(text));
};

class StringsNamespace {}

const replaced = (text: string, from: string, to: string, limit: number): string => {
  if (limit < 0) return text.replaceAll(from, to);
  let result = "";
  let rest = text;
  for (let done = 0; done < limit; done += 1) {
    const at = rest.indexOf(from);
    if (at < 0) break;
    result += rest.slice(0, at) + to;
    rest = rest.slice(at + from.length);
  }
  return result + rest;
};

const escapes: { readonly [letter: string]: string } = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const quoted = (text: string): string => `"${[...text].map((letter) => escapes[letter] ?? letter).join("")}"`;

const mostPrecise = 100;

/** `"%s has %d".format(["x", 5])`. @throws Error for a clause that does not fit its argument */
const formatted = (pattern: string, args: readonly unknown[]): string => {
  let next = 0;
  return pattern.replaceAll(/%(?:%|(?:\.(\d+))?([a-zA-Z])|(.?))/g, (clause, precision: string | undefined, verb?: string) => {
    if (clause === "%%") return "%";
    if (verb === undefined)
      throw new Error(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(clause)}`);
    if (next >= args.length) throw new Error(`index ${next} out of range`);
    const value = args[next];
    next += 1;
    return clauseOf(verb, value, Math.min(Number(precision ?? "6"), mostPrecise));
  });
};

const clauseOf = (verb: string, value: unknown, precision: number): string => {
  const wrong = (what: string): Error => new Error(`error during formatting: ${what} clause can not be used on this value`);
  switch (verb) {
    case "s":
      return shown(value);
    case "d":
      if (typeof value === "bigint") return value.toString();
      if (typeof value === "number" && !Number.isFinite(value)) return special(value);
      if (isUnsigned(value)) return value.toString();
      throw wrong("decimal");
    case "f":
      if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(precision) : special(value);
      if (typeof value === "bigint") return Number(value).toFixed(precision);
      throw wrong("fixed-point");
    case "e":
      if (typeof value === "number" || typeof value === "bigint") {
        return Number(value)
          .toExponential(precision)
          .replace(/e([+-])(\d)$/, "e$10$2");
      }
      throw wrong("scientific");
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      if (typeof value === "bigint") return value.toString(2);
      throw wrong("binary");
    case "o":
      if (typeof value === "bigint") return value.toString(8);
      throw wrong("octal");
    case "x":
    case "X": {
      const text = hexOf(value);
      if (text === undefined) throw wrong("hexadecimal");
      return verb === "X" ? text.toUpperCase() : text;
    }
    default:
      throw new Error(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`);
  }
};

const special = (value: number): string => (Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");

const isUnsigned = (value: unknown): value is { toString(): string } =>
  typeof value === "object" && value !== null && value.constructor?.name === "UnsignedInt";

const hexOf = (value: unknown): string | undefined => {
  if (typeof value === "bigint") return value.toString(16);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value instanceof Uint8Array ? value : undefined;
  return bytes === undefined ? undefined : [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Any value as people read it. */
const shown = (value: unknown, nested = false): string => {
  if (typeof value === "string") return nested ? quoted(value) : value;
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : special(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, true)).join(", ")}]`;
  const entries = value instanceof Map ? [...value.entries()] : value.constructor === Object ? Object.entries(value) : undefined;
  if (entries === undefined) return String(value);
  return `{${entries
    .map(([key, item]) => `${shown(key, true)}: ${shown(item, true)}`)
    .sort()
    .join(", ")}}`;
};
