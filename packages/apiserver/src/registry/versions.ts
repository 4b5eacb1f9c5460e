import { ApiError, apiVersionOf, parseApiVersion, type UnstructuredObject } from "@slipway/api";
import { frozenJson } from "../storage/frozen.ts";
import type { StoredObject } from "./object.ts";
import type { ServedResource, StoredAs } from "./served.ts";

/**
 * Objects are stored in one version and seen in the version asked for, as today's schema knows it: defaults that came and fields
 * that went since an object was written show at once. A view is made once and then shared, as the object itself is.
 *
 * Who asks a webhook to convert must wait for it; so `prepare` comes before `view`, and answers at once for all that is at hand.
 */
export const createVersions = () => {
  const views = new WeakMap<object, View>();
  /** What a conversion webhook made of a stored object, by version. */
  const answers = new WeakMap<object, Map<string, UnstructuredObject>>();

  const converted = (served: ServedResource, stored: StoredObject): UnstructuredObject => {
    const { storage } = served;
    if (storage.fromStored !== undefined) return storage.fromStored(stored);
    if (stored.apiVersion === apiVersionOf(served)) return stored;
    if (storage.convertAll !== undefined) {
      const answer = answers.get(stored)?.get(served.version);
      if (answer !== undefined) return answer;
      throw new ApiError(
        "InternalError",
        `Internal error occurred: ${stored.metadata.name} was not converted before it was shown`,
      );
    }
    const known = asStored(storage, stored);
    return storage.convert === undefined ? known : storage.convert(known, served.version);
  };

  const make = (served: ServedResource, stored: StoredObject): StoredObject => {
    const apiVersion = apiVersionOf(served);
    const object = converted(served, stored);
    const named =
      object.apiVersion === apiVersion && object.kind === served.kind ? object : { ...object, apiVersion, kind: served.kind };
    // Built-in kinds change only with the program, which reads its own old defaults.
    const known = served.origin === "builtin" ? named : served.schema.default(served.schema.prune(named).object);
    return known === stored ? stored : (frozenJson(known) as StoredObject);
  };

  /** Undefined when `view` can show all of these already. @throws ApiError when the webhook cannot convert them */
  const prepare = (served: ServedResource, stored: readonly StoredObject[]): Promise<void> | undefined => {
    const { storage } = served;
    const { convertAll } = storage;
    if (convertAll === undefined) return undefined;
    const apiVersion = apiVersionOf(served);
    const missing = stored.filter((one) => one.apiVersion !== apiVersion && answers.get(one)?.get(served.version) === undefined);
    if (missing.length === 0) return undefined;
    return convertAll(
      missing.map((one) => asStored(storage, one)),
      served.version,
    ).then((made) => {
      missing.forEach((one, index) => {
        const object = made[index];
        if (object === undefined) return;
        const known = answers.get(one) ?? new Map<string, UnstructuredObject>();
        answers.set(one, known.set(served.version, object));
      });
    });
  };

  const converse = async (from: ServedResource, to: StoredAs, object: UnstructuredObject): Promise<UnstructuredObject> => {
    const { storage } = from;
    if (storage.convertAll !== undefined) return (await storage.convertAll([object], to.version))[0] ?? object;
    return storage.convert?.(object, to.version) ?? object;
  };

  return {
    prepare,
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
    /** @throws ApiError when the webhook cannot convert it */
    toStored: (served: ServedResource, object: UnstructuredObject): UnstructuredObject | Promise<UnstructuredObject> => {
      const { storage } = served;
      const apiVersion = apiVersionOf(storage);
      const named = (made: UnstructuredObject): UnstructuredObject =>
        made.apiVersion === apiVersion && made.kind === storage.kind ? made : { ...made, apiVersion, kind: storage.kind };
      if (storage.toStored !== undefined) return named(storage.toStored(object));
      if (storage.version === served.version) return named(object);
      if (storage.convertAll === undefined) return named(storage.convert?.(object, storage.version) ?? object);
      return converse(served, storage, object).then(named);
    },
    /** The object of one served version as another served version of the resource shows it. */
    converted: async (from: ServedResource, to: ServedResource, object: UnstructuredObject): Promise<UnstructuredObject> => {
      if (from === to) return object;
      const made = await converse(from, { ...to.storage, version: to.version }, object);
      const named = { ...made, apiVersion: apiVersionOf(to), kind: to.kind };
      return to.schema.default(to.schema.prune(named).object);
    },
  };
};
export type Versions = ReturnType<typeof createVersions>;

/** As the schema of the version that it is stored in knows it today. */
const asStored = (storage: StoredAs, stored: StoredObject): UnstructuredObject => {
  const schema = storage.schemaOf?.(parseApiVersion(stored.apiVersion).version);
  return schema === undefined ? stored : schema.default(schema.prune(stored).object);
};

interface View {
  readonly served: ServedResource;
  readonly object: StoredObject;
  readonly other: View | undefined;
}

/** A CRD that changes often must not make its objects' views grow without end. */
const current = (view: View | undefined): View | undefined => (view?.other?.other === undefined ? view : undefined);
