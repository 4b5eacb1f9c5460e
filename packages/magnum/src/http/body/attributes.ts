import { badRequest, invalidInput, MagnumError } from "../errors.ts";
import { pythonRepr, pythonStr } from "./python.ts";

/** One attribute of a resource as the API takes it: its type, its limits, and who may write it. */
export interface Attribute {
  readonly type: "text" | "enum" | "integer" | "boolean" | "labels" | "dictionary" | "list";
  readonly mandatory?: true;
  /** Read by clients, refused from them. */
  readonly readOnly?: true;
  /** What `remove` in a patch puts back, and what an absent value means on create. */
  readonly default?: unknown;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
}

export interface Attributes {
  readonly [name: string]: Attribute;
}

/** What a body says, attribute by attribute, in wire names; attributes that are absent or null are not there. */
export interface Values {
  readonly [name: string]: unknown;
}

/**
 * Reads a JSON object as WSME would: unknown and read-only attributes are refused, numbers and booleans may be text, null means
 * "not given". `argument` is the name that WSME gives the body in its messages. @throws MagnumError 400
 */
export const readAttributes = (attributes: Attributes, body: unknown, argument: string): Values => {
  if (body === null || typeof body !== "object" || Array.isArray(body))
    throw invalidInput(argument, pythonStr(body), "Value not a valid dict: the body must be a JSON object");
  const values: { [name: string]: unknown } = {};
  for (const [name, raw] of Object.entries(body)) {
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (attribute === undefined) throw badRequest(`Unknown attribute for argument ${argument}: ${name}`);
    if (attribute.readOnly && raw !== null) throw invalidInput(name, pythonStr(raw), "Cannot set read only field.");
    if (raw === null) continue;
    try {
      values[name] = readValue(name, attribute, raw);
    } catch (error) {
      if (error instanceof MagnumError) throw error;
      // WSME blames the whole body when a value is of the wrong type.
      throw invalidInput(argument, pythonRepr(body), error instanceof Error ? error.message : String(error));
    }
  }
  for (const [name, attribute] of Object.entries(attributes))
    if (attribute.mandatory && values[name] === undefined) throw invalidInput(name, "None", "Mandatory field missing.");
  return values;
};

class WrongType extends Error {}

const readValue = (name: string, attribute: Attribute, raw: unknown): unknown => {
  switch (attribute.type) {
    case "text":
      return text(name, attribute, raw);
    case "enum":
      return choice(name, attribute, raw);
    case "integer":
      return integer(name, attribute, raw);
    case "boolean":
      return boolean(raw);
    case "labels":
      return labels(raw);
    case "dictionary":
      return dictionary(raw);
    case "list":
      if (!Array.isArray(raw)) throw new WrongType(`Value not a valid list: ${pythonStr(raw)}`);
      return raw;
  }
};

const text = (name: string, { minLength, maxLength, pattern }: Attribute, raw: unknown): string => {
  if (typeof raw !== "string")
    throw invalidInput(name, pythonStr(raw), `Wrong type. Expected '<class 'str'>', got '${pythonType(raw)}'`);
  if (minLength !== undefined && raw.length < minLength)
    throw invalidInput(name, raw, `Value should have a minimum character requirement of ${minLength}`);
  if (maxLength !== undefined && raw.length > maxLength)
    throw invalidInput(name, raw, `Value should have a maximum character requirement of ${maxLength}`);
  if (pattern !== undefined && !pattern.test(raw))
    throw invalidInput(name, raw, `Value should match the pattern ${pattern.source}`);
  return raw;
};

const choice = (name: string, { values = [] }: Attribute, raw: unknown): string => {
  if (typeof raw !== "string" || !values.includes(raw))
    throw invalidInput(name, pythonStr(raw), `Value should be one of: ${values.join(", ")}`);
  return raw;
};

const integer = (name: string, { minimum, maximum }: Attribute, raw: unknown): number => {
  const value = typeof raw === "string" && /^\s*[+-]?\d+\s*$/.test(raw) ? Number(raw) : raw;
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    throw new WrongType(`invalid literal for int() with base 10: ${pythonRepr(raw)}`);
  if (minimum !== undefined && value < minimum)
    throw invalidInput(name, String(value), `Value should be greater or equal to ${minimum}`);
  if (maximum !== undefined && value > maximum)
    throw invalidInput(name, String(value), `Value should be lower or equal to ${maximum}`);
  return value;
};

const TRUE = new Set(["1", "t", "true", "on", "y", "yes"]);
const FALSE = new Set(["0", "f", "false", "off", "n", "no"]);

/** The strict words of oslo.utils, in any letter case; undefined for any other. */
export const strictBoolean = (value: unknown): boolean | undefined => {
  const word = pythonStr(value).trim().toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : undefined;
};

const boolean = (raw: unknown): boolean => {
  const value = strictBoolean(raw);
  if (value === undefined)
    throw new WrongType(
      `Unrecognized value ${pythonRepr(raw)}, acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'`,
    );
  return value;
};

/** Labels are text everywhere: JSON true becomes "True", as Python prints it. */
const labels = (raw: unknown): { readonly [key: string]: string } =>
  Object.fromEntries(
    Object.entries(dictionary(raw)).map(([key, value]) => {
      if (value === null || typeof value === "object") throw new WrongType(`Value not a valid label: ${pythonStr(value)}`);
      return [key, pythonStr(value)];
    }),
  );

const dictionary = (raw: unknown): { readonly [key: string]: unknown } => {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw))
    throw new WrongType(`Value not a valid dict: ${pythonStr(raw)}`);
  return raw as { readonly [key: string]: unknown };
};

const pythonType = (raw: unknown): string => {
  if (typeof raw === "boolean") return "<class 'bool'>";
  if (typeof raw === "number") return Number.isInteger(raw) ? "<class 'int'>" : "<class 'float'>";
  return Array.isArray(raw) ? "<class 'list'>" : "<class 'dict'>";
};

export { pythonType };

/** Attributes that have a default and were not given get it. */
export const withDefaults = (attributes: Attributes, values: Values): Values => ({
  ...Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  ),
  ...values,
});
