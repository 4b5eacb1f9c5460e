import type { Observe } from "../gc/observer.ts";
import { registryPrefix } from "./keys.ts";
import type { StoredObject } from "./object.ts";

/** Labels and fields that whole controllers and dashboards select by: lists by them cost as much as their result. */
export const indexedLabels: readonly string[] = ["cluster.x-k8s.io/cluster-name", "cluster.x-k8s.io/deployment-name"];
export const indexedFields: readonly string[] = ["spec.nodeName", "involvedObject.uid"];

/** One of those, and the value it must have. */
export interface Pin {
  readonly index: string;
  readonly value: string;
}

export interface Indexes {
  /**
   * Keys of the objects of a resource that have this value, in order, exact at the store's revision of this very moment; undefined when
   * the store moves too fast for that: then look at everything.
   */
  keys(resourcePrefix: string, pin: Pin): Promise<readonly string[] | undefined>;
}

export interface MaintainedIndexes extends Indexes {
  readonly onChange: Observe;
  readonly onStart: () => void;
  settled(): Promise<void>;
  close(): void;
}

const attempts = 5;
const nothing: readonly string[] = [];
/** Each is a field of a field of the object: looked up for every object at a start. */
const fieldPaths = indexedFields.map((field) => {
  const [parent = "", name = ""] = field.split(".");
  return { field, parent, name };
});

export const createIndexes = (source: {
  /** Every change up to the store's present revision has been observed. */
  caughtUp(): Promise<void>;
  /** It is so now. */
  isCurrent(): boolean;
}): MaintainedIndexes => {
  const sets = new Map<string, Set<string>>();

  const names = (key: string, object: StoredObject | undefined): readonly string[] => {
    if (object === undefined) return [];
    let found: string[] | undefined;
    const add = (index: string, value: string): void => {
      found ??= [];
      found.push(`${prefixOf(key)}\n${index}\n${value}`);
    };
    const { labels } = object.metadata;
    if (labels !== undefined)
      for (const label of indexedLabels) {
        const value = labels[label];
        if (value !== undefined) add(label, value);
      }
    for (const { field, parent, name } of fieldPaths) {
      const value = (object[parent] as { readonly [name: string]: unknown } | undefined)?.[name];
      if (typeof value === "string" && value !== "") add(field, value);
    }
    return found ?? nothing;
  };

  return {
    onStart: () => sets.clear(),
    onChange: (key, before, after) => {
      const old = names(key, before);
      const now = names(key, after);
      for (const name of old) {
        if (now.includes(name)) continue;
        const set = sets.get(name);
        set?.delete(key);
        if (set?.size === 0) sets.delete(name);
      }
      for (const name of now) {
        const set = sets.get(name);
        if (set === undefined) sets.set(name, new Set([key]));
        else set.add(key);
      }
    },
    keys: async (resourcePrefix, { index, value }) => {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        if (source.isCurrent()) return [...(sets.get(`${resourcePrefix}\n${index}\n${value}`) ?? [])].sort();
        await source.caughtUp();
      }
      return undefined;
    },
    settled: () => Promise.resolve(),
    close: () => sets.clear(),
  };
};

/** `/registry/<group>/<plural>/` */
const prefixOf = (key: string): string => {
  const group = key.indexOf("/", registryPrefix.length);
  return key.slice(0, key.indexOf("/", group + 1) + 1);
};
