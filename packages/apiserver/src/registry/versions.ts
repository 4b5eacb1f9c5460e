import { apiVersionOf, type UnstructuredObject } from "@slipway/api";
import { frozenJson } from "../storage/frozen.ts";
import type { StoredObject } from "./object.ts";
import type { ServedResource } from "./served.ts";

/**
 * Objects are stored in one version and seen in the version asked for, as today's schema knows it: defaults that came and fields
 * that went since an object was written show at once. A view is made once and then shared, as the object itself is.
 */
export const createVersions = () => {
  const views = new WeakMap<object, View>();

  const make = (served: ServedResource, stored: StoredObject): StoredObject => {
    const apiVersion = apiVersionOf(served);
    const converted: UnstructuredObject = served.storage.fromStored?.(stored) ?? stored;
    const named =
      converted.apiVersion === apiVersion && converted.kind === served.kind
        ? converted
        : { ...converted, apiVersion, kind: served.kind };
    // Built-in kinds change only with the program, which reads its own old defaults.
    const known = served.origin === "builtin" ? named : served.schema.default(served.schema.prune(named).object);
    return known === stored ? stored : (frozenJson(known) as StoredObject);
  };

  return {
    view: (served: ServedResource, stored: StoredObject): StoredObject => {
      if (served.origin === "builtin" && served.storage.fromStored === undefined && stored.apiVersion === apiVersionOf(served)) {
        return stored;
      }
      for (let known = views.get(stored); known !== undefined; known = known.other) {
        if (known.served === served) return known.object;
      }
      const object = make(served, stored);
      views.set(stored, { served, object, other: current(views.get(stored)) });
      return object;
    },
    /** It was written through this resource just now: there is nothing to convert or to fill in. */
    written: (served: ServedResource, stored: StoredObject): StoredObject => {
      if (served.storage.fromStored !== undefined || stored.apiVersion !== apiVersionOf(served)) return stored;
      if (served.origin !== "builtin") views.set(stored, { served, object: stored, other: undefined });
      return stored;
    },
    toStored: (served: ServedResource, object: UnstructuredObject): UnstructuredObject => {
      const apiVersion = apiVersionOf(served.storage);
      const converted = served.storage.toStored?.(object) ?? object;
      if (converted.apiVersion === apiVersion && converted.kind === served.storage.kind) return converted;
      return { ...converted, apiVersion, kind: served.storage.kind };
    },
  };
};
export type Versions = ReturnType<typeof createVersions>;

interface View {
  readonly served: ServedResource;
  readonly object: StoredObject;
  readonly other: View | undefined;
}

/** A CRD that changes often must not make its objects' views grow without end. */
const current = (view: View | undefined): View | undefined => (view?.other?.other === undefined ? view : undefined);
