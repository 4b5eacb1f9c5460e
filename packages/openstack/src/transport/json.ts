import { CloudError } from "./error.ts";

/** A JSON object of which nothing is known yet. Readers below name its fields, and throw where the answer makes no sense. */
export type Json = { readonly [name: string]: unknown };

export const object = (value: unknown, what: string): Json => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new CloudError("unavailable", `the cloud's answer has no ${what}`);
};

export const text = (json: Json, name: string): string => {
  const value = json[name];
  if (typeof value === "string") return value;
  throw new CloudError("unavailable", `the cloud's answer has no text "${name}"`);
};

/** "" for null and for what is not there: services differ in which they send. */
export const textOr = (json: Json, name: string, otherwise = ""): string => {
  const value = json[name];
  return typeof value === "string" ? value : otherwise;
};

export const optionalText = (json: Json, name: string): string | undefined => {
  const value = json[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

export const numberOr = (json: Json, name: string, otherwise: number): number => {
  const value = json[name];
  return typeof value === "number" ? value : otherwise;
};

export const flag = (json: Json, name: string): boolean => json[name] === true;

export const texts = (json: Json, name: string): readonly string[] => {
  const value = json[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
};

export const objects = (json: Json, name: string): readonly Json[] => {
  const value = json[name];
  return Array.isArray(value) ? value.map((item) => object(item, `object in "${name}"`)) : [];
};

/** Leaves out what is undefined, so that a body holds exactly what was asked for. */
export const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
