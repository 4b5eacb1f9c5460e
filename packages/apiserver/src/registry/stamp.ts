import type { ManagedFieldsEntry } from "@slipway/api";
import { jsonText } from "@slipway/api/json/index.ts";
import { stampObject } from "./core.ts";
import type { StoredObject } from "./object.ts";

const keptSets = 4096;

/**
 * Puts revisions into objects, and keeps one copy of what many objects say alike: the sets of fields in `managedFields` are two
 * thirds of an object's memory, and a thousand Machines have the same ones. One for each store.
 */
export const createObjectStamp = (): ((object: StoredObject, revision: number) => StoredObject) => {
  const sets = new Map<string, object>();
  const shared = new WeakSet<object>();

  const share = (fields: object): object => {
    if (shared.has(fields)) return fields;
    const text = jsonText(fields);
    const known = sets.get(text);
    if (known !== undefined) return known;
    if (sets.size >= keptSets) sets.delete(sets.keys().next().value ?? "");
    sets.set(text, fields);
    shared.add(fields);
    return fields;
  };
  const shareEntry = (entry: ManagedFieldsEntry): ManagedFieldsEntry => {
    if (entry.fieldsV1 === undefined) return entry;
    const fieldsV1 = share(entry.fieldsV1) as ManagedFieldsEntry["fieldsV1"] & object;
    return fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 };
  };

  return (object, revision) => {
    const stamped = stampObject(object, revision);
    const entries = stamped.metadata.managedFields;
    if (entries === undefined) return stamped;
    const same = entries.map(shareEntry);
    if (same.every((entry, index) => entry === entries[index])) return stamped;
    return { ...stamped, metadata: { ...stamped.metadata, managedFields: same } };
  };
};
