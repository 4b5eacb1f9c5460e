import type { KubeObject, UnstructuredObject } from "../meta/object.ts";
import { schemaTools } from "../schema/tools.ts";
import type { AdmissionContext, Kind, Read } from "./kind.ts";

/** For tests: what an API server does with a kind's own rules. */
export const admissionOf = <T extends KubeObject>(kind: Kind<T>) => {
  const context = (old: T | undefined, extra: Partial<AdmissionContext<T>>): AdmissionContext<T> => ({
    operation: old ? "UPDATE" : "CREATE",
    dryRun: false,
    ...(old ? { old } : {}),
    ...extra,
  });
  return {
    defaulted: (object: T, old?: T, extra: Partial<AdmissionContext<T>> = {}): T =>
      kind.default?.(object, context(old, extra)) ?? object,
    /** `field: message` of each error. */
    errors: (object: T, old?: T, extra: Partial<AdmissionContext<T>> = {}): readonly string[] =>
      (kind.validate?.(object, context(old, extra)) ?? []).map(({ field, message }) => `${field}: ${message}`),
  };
};

/** These objects are all there are; only what the kind said it would read is found. */
export const relatedOf = <T extends KubeObject>(
  kind: Kind<T>,
  objects: readonly KubeObject[],
  object: T,
  old?: T,
): Pick<AdmissionContext<T>, "related" | "schemas"> => {
  const about = { operation: old ? "UPDATE" : "CREATE", dryRun: false, ...(old ? { old } : {}) } as const;
  const asked = new Set((kind.reads?.(object, about) ?? []).map((read) => JSON.stringify(read)));
  const known = objects as readonly UnstructuredObject[];
  const matches = (read: Read): readonly UnstructuredObject[] =>
    asked.has(JSON.stringify(read))
      ? known.filter(
          ({ apiVersion, kind: name, metadata }) =>
            apiVersion.startsWith(`${read.group}/`) &&
            name === read.kind &&
            (read.namespace === undefined || read.namespace === metadata.namespace) &&
            (read.name === undefined || read.name === metadata.name) &&
            Object.entries(read.labels ?? {}).every(([key, value]) => metadata.labels?.[key] === value),
        )
      : [];
  return { related: { find: (read) => matches(read)[0], list: matches }, schemas: schemaTools };
};

type Deep = { readonly [field: string]: unknown };

/** `object` with `changes` merged in; `undefined` removes a field. */
export const changed = <T>(object: T, changes: object): T => {
  const result: { [field: string]: unknown } = { ...(object as Deep) };
  for (const [field, change] of Object.entries(changes)) {
    const plain = typeof change === "object" && change !== null && !Array.isArray(change);
    if (change === undefined) delete result[field];
    else result[field] = plain && typeof result[field] === "object" ? changed(result[field], change) : change;
  }
  return result as T;
};
