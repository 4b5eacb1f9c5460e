import type { ManagedFieldsEntry } from "@slipway/api";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { freezeFresh } from "../storage/frozen.ts";
import type { StoreOptions } from "../storage/storage.ts";
import { stampObject } from "./core.ts";
import type { StoredObject } from "./object.ts";

const keptSets = 4096;

/** What a store of objects is opened with. One for each store. */
export type ObjectOptions = Required<Pick<StoreOptions<StoredObject>, "stamp" | "read">>;

/**
 * Puts revisions into objects, and keeps one copy of what many objects say alike: the sets of fields in `managedFields` are two
 * thirds of an object's memory, and a thousand Machines have the same ones.
 */
export const createObjectOptions = (): ObjectOptions => {
  const sets = new Map<string, object>();
  const shared = new WeakSet<object>();

  const keep = (text: string, fields: object): object => {
    if (sets.size >= keptSets) sets.delete(sets.keys().next().value ?? "");
    sets.set(text, fields);
    shared.add(fields);
    return fields;
  };
  const share = (fields: object): object => {
    if (shared.has(fields)) return fields;
    const text = jsonText(fields);
    return sets.get(text) ?? keep(text, fields);
  };
  const shareEntry = (entry: ManagedFieldsEntry): ManagedFieldsEntry => {
    if (entry.fieldsV1 === undefined) return entry;
    const fieldsV1 = share(entry.fieldsV1) as ManagedFieldsEntry["fieldsV1"] & object;
    return fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 };
  };
  const stamp = (object: StoredObject, revision: number): StoredObject => {
    const stamped = stampObject(object, revision);
    const entries = stamped.metadata.managedFields;
    if (entries === undefined) return stamped;
    const same = entries.map(shareEntry);
    if (same.every((entry, index) => entry === entries[index])) return stamped;
    return { ...stamped, metadata: { ...stamped.metadata, managedFields: same } };
  };

  /** A piece of text as JSON; sets that are known already are not parsed again. */
  const fieldsOf = (text: string): object => sets.get(text) ?? keep(text, freezeFresh(parseJson(text) as object));
  const parse = (text: string): Fresh => {
    const found: object[] = [];
    let rest = "";
    let from = 0;
    for (let at = text.indexOf(setField); at >= 0; at = text.indexOf(setField, from)) {
      const start = at + setField.length;
      if (text.charCodeAt(start) !== open) return parseJson(text) as Fresh;
      const end = endOfObject(text, start);
      // Its place is taken by its number.
      rest += `${text.slice(from, start)}${found.length}`;
      found.push(fieldsOf(text.slice(start, end)));
      from = end;
    }
    if (found.length === 0) return parseJson(text) as Fresh;
    const object = parseJson(rest + text.slice(from)) as Fresh;
    let placed = 0;
    for (const entry of object.metadata?.managedFields ?? []) {
      if (entry.fieldsV1 === undefined) continue;
      if (entry.fieldsV1 !== placed) return parseJson(text) as Fresh;
      entry.fieldsV1 = found[placed];
      placed += 1;
    }
    // Objects may carry others, with sets of their own, anywhere.
    return placed === found.length ? object : (parseJson(text) as Fresh);
  };

  return {
    stamp,
    read: (text, revision) => {
      const object = parse(text);
      object.metadata ??= {};
      object.metadata.resourceVersion = String(revision);
      return object as unknown as StoredObject;
    },
  };
};

/** Parsed just now, and nobody else's yet. */
interface Fresh {
  metadata?: { resourceVersion?: string; managedFields?: { fieldsV1?: unknown }[] };
}

/** Within a JSON text these can stand in no string: their quotes would be escaped. */
const setField = '"fieldsV1":';

/** Behind the object that begins there. */
const endOfObject = (text: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === open) depth += 1;
    else if (code === close) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
};

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== quote && at < text.length; code = text.charCodeAt(at))
    at += code === backslash ? 2 : 1;
  return at;
};

const [quote, backslash, open, close] = ['"', "\\", "{", "}"].map((character) => character.charCodeAt(0));
