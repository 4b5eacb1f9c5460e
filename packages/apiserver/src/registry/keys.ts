import type { StoredAs } from "./served.ts";

/** Keys as in etcd: their order is the order of lists, so that continue tokens mean the same everywhere. */
export const registryPrefix = "/registry/";

export const resourcePrefix = (stored: Pick<StoredAs, "group" | "plural">, namespace?: string): string => {
  const resource = `${registryPrefix}${stored.group === "" ? "core" : stored.group}/${stored.plural}/`;
  return namespace === undefined ? resource : `${resource}${namespace}/`;
};

export const objectKey = (stored: Pick<StoredAs, "group" | "plural">, namespace: string | undefined, name: string): string =>
  `${resourcePrefix(stored, namespace)}${name}`;
