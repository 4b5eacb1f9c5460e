import type { Observe } from "../gc/observer.ts";
import { registryPrefix } from "./keys.ts";
import { atPath, type StoredObject } from "./object.ts";

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

export const createIndexes = (source: {
  /** Every change up to the store's present revision has been observed. */
  caughtUp(): Promise<void>;
  /** It is so now. */
  isCurrent(): boolean;
}): MaintainedIndexes => {
  const sets = new Map<string, Set<string>>();

  const names = (key: string, object: StoredObject | undefined): readonly string[] => {
    if (object === undefined) return [];
    const prefix = prefixOf(key);
    const found: string[] = [];
    for (const label of indexedLabels) {
      const value = object.metadata.labels?.[label];
      if (value !== undefined) found.push(`${prefix}\n${label}\n${value}`);
    }
    for (const field of indexedFields) {
      const value = atPath(object, field);
      if (typeof value === "string" && value !== "") found.push(`${prefix}\n${field}\n${value}`);
    }
    return found;
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
