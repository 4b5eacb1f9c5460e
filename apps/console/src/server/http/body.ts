import type { IncomingMessage } from "node:http";
import { Fault, invalid } from "./fault.ts";

/** The largest thing anybody sends is a cluster with its labels, or a public key. */
export const largestBodyBytes = 256 * 1024;

/** @throws Fault tooLarge */
export const readBody = async (request: IncomingMessage): Promise<Uint8Array> => {
  const tooLarge = () => new Fault("tooLarge", `The body may have ${largestBodyBytes} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > largestBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** JSON and nothing else: a form of another site cannot send that type without asking first. @throws Fault invalid */
export const readJson = (body: Uint8Array, contentType: string | undefined): unknown => {
  if (body.length === 0) return undefined;
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? ""))
    throw new Fault("invalid", "The body must be application/json.", { status: 415 });
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) as unknown;
  } catch {
    throw invalid("", "The body is not JSON.");
  }
};

/** Reads a body's fields one by one, so that nothing but what a door knows goes further. @throws Fault invalid with the field */
export const createFields = (json: unknown, prefix = "") => {
  if (json === null || typeof json !== "object" || Array.isArray(json)) throw invalid(prefix, "A JSON object is needed.");
  const given = json as { readonly [name: string]: unknown };
  const at = (name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
  const text = (name: string, most = 1024): string | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw invalid(at(name), "Must be text.");
    if (value.length > most) throw invalid(at(name), `Must have at most ${most} characters.`);
    return value;
  };
  const integer = (name: string, least: number, most: number): number | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
      throw invalid(at(name), `Must be a whole number from ${least} to ${most}.`);
    return value;
  };
  const list = (name: string, most: number): readonly unknown[] | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) throw invalid(at(name), "Must be a list.");
    if (value.length > most) throw invalid(at(name), `Must have at most ${most} entries.`);
    return value as readonly unknown[];
  };
  return {
    text,
    needText: (name: string, most = 1024): string => {
      const value = text(name, most);
      if (value === undefined || value === "") throw invalid(at(name), "Is needed.");
      return value;
    },
    integer,
    flag: (name: string): boolean | undefined => {
      const value = given[name];
      if (value === undefined || value === null) return undefined;
      if (typeof value !== "boolean") throw invalid(at(name), "Must be true or false.");
      return value;
    },
    texts: (name: string, most = 100): readonly string[] | undefined =>
      list(name, most)?.map((value, index) => {
        if (typeof value !== "string" || value.length > 1024) throw invalid(`${at(name)}.${index}`, "Must be text.");
        return value;
      }),
    objects: (name: string, most = 50) => list(name, most)?.map((value, index) => createFields(value, `${at(name)}.${index}`)),
    map: (name: string, most = 200): { readonly [key: string]: string } | undefined => {
      const value = given[name];
      if (value === undefined || value === null) return undefined;
      if (typeof value !== "object" || Array.isArray(value)) throw invalid(at(name), "Must be an object of texts.");
      const entries = Object.entries(value);
      if (entries.length > most) throw invalid(at(name), `Must have at most ${most} entries.`);
      for (const [key, one] of entries)
        if (typeof one !== "string" || one.length > 4096 || key.length > 255)
          throw invalid(`${at(name)}.${key}`, "Must be text.");
      return value as { readonly [key: string]: string };
    },
    has: (name: string): boolean => given[name] !== undefined,
    isNull: (name: string): boolean => given[name] === null,
  };
};

export type Fields = ReturnType<typeof createFields>;
