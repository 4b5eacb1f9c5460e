import { apiVersionOf, type UnstructuredObject } from "@slipway/api";
import type { StoredObject } from "./object.ts";
import type { ServedResource } from "./served.ts";

/**
 * Objects are stored in one version and seen in the version asked for. A stored object's view in another version is made once and
 * then shared, as the object itself is.
 */
export const createVersions = () => {
  const views = new WeakMap<object, Map<string, StoredObject>>();
  return {
    view: (served: ServedResource, stored: StoredObject): StoredObject => {
      const apiVersion = apiVersionOf(served);
      if (stored.apiVersion === apiVersion && stored.kind === served.kind && served.storage.fromStored === undefined)
        return stored;
      const known = views.get(stored)?.get(apiVersion);
      if (known !== undefined) return known;
      const converted = served.storage.fromStored?.(stored) ?? stored;
      const view = Object.freeze({ ...converted, apiVersion, kind: served.kind }) as StoredObject;
      const ofObject = views.get(stored) ?? new Map<string, StoredObject>();
      views.set(stored, ofObject.set(apiVersion, view));
      return view;
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
