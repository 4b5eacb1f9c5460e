import { isObject, type Json, pythonRepr, quotedNames } from "../http/json.ts";
import { badRequest } from "./versions.ts";

/** Nova words what breaks its JSON schema so. */
export const invalid = (field: string, value: unknown, why: string) =>
  badRequest(`Invalid input for field/attribute ${field}. Value: ${pythonRepr(value).replace(/^'(.*)'$/s, "$1")}. ${why}`);

export const required = (field: string, value: unknown, name: string) =>
  invalid(field, value, `'${name}' is a required property`);

/** @throws when the body has no object of that name, lacks a property, or has one that is not known. */
export const bodyObject = (
  body: unknown,
  name: string,
  { needed = [], known }: { needed?: readonly string[]; known?: readonly string[] } = {},
): Json => {
  const all = isObject(body) ? body : {};
  const given = all[name];
  if (given === undefined) throw required("body", all, name);
  if (!isObject(given)) throw invalid(name, given, `${pythonRepr(given)} is not of type 'object'`);
  for (const one of needed) if (given[one] === undefined) throw required(name, given, one);
  const extra = known ? Object.keys(given).filter((one) => !known.includes(one)) : [];
  if (extra.length > 0) {
    throw invalid(
      name,
      given,
      `Additional properties are not allowed (${quotedNames(extra)} ${extra.length > 1 ? "were" : "was"} unexpected)`,
    );
  }
  return given;
};

export const stringField = (given: Json, name: string, limits: { min?: number; max?: number } = {}): string | undefined => {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(name, value, `${pythonRepr(value)} is not of type 'string'`);
  const { min = 0, max = 255 } = limits;
  if (value.length < min) throw invalid(name, value, `'${value}' is too short`);
  if (value.length > max) throw invalid(name, value, `'${value}' is too long`);
  return value;
};

export const metadataOf = (value: unknown, field = "metadata"): { readonly [key: string]: string } => {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalid(field, value, `${pythonRepr(value)} is not of type 'object'`);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string") throw invalid(key, item, `${pythonRepr(item)} is not of type 'string'`);
    if (item.length > 255) throw invalid(key, item, `'${item}' is too long`);
    if (key.length === 0 || key.length > 255)
      throw invalid(field, value, `'${key}' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'`);
  }
  return value as { readonly [key: string]: string };
};

export const tagsOf = (value: unknown): readonly string[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid("tags", value, `${pythonRepr(value)} is not of type 'array'`);
  if (value.length > 50) throw invalid("tags", value, `${pythonRepr(value)} is too long`);
  for (const [i, tag] of value.entries()) {
    if (typeof tag !== "string") throw invalid(String(i), tag, `${pythonRepr(tag)} is not of type 'string'`);
    if (tag.length === 0 || tag.length > 60)
      throw invalid(String(i), tag, `'${tag}' is too ${tag.length === 0 ? "short" : "long"}`);
    if (/[,/]/.test(tag)) throw invalid(String(i), tag, `'${tag}' does not match '^[^,/]*$'`);
  }
  return [...new Set(value as string[])];
};
