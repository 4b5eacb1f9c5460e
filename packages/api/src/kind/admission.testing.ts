import type { KubeObject } from "../meta/object.ts";
import type { AdmissionContext, Kind } from "./kind.ts";

/** For tests: what an API server does with a kind's own rules. */
export const admissionOf = <T extends KubeObject>(kind: Kind<T>) => {
  const context = (old: T | undefined, extra: Partial<AdmissionContext<T>>): AdmissionContext<T> => ({
    operation: old ? "UPDATE" : "CREATE",
    dryRun: false,
    ...(old ? { old } : {}),
    ...extra,
  });
  return {
    defaulted: (object: T, old?: T): T => kind.default?.(object, context(old, {})) ?? object,
    /** `field: message` of each error. */
    errors: (object: T, old?: T, extra: Partial<AdmissionContext<T>> = {}): readonly string[] =>
      (kind.validate?.(object, context(old, extra)) ?? []).map(({ field, message }) => `${field}: ${message}`),
  };
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
