import type { Catalog } from "../../registry/registry.ts";
import type { ServedResource } from "../../registry/served.ts";
import { groupVersionPath } from "./schemas.ts";

/** What is served, by group version. */
export type Groups = () => ReadonlyMap<string, readonly ServedResource[]>;

export const createGroups = (catalog: Catalog): Groups => {
  let known: ReadonlyMap<string, readonly ServedResource[]> | undefined;
  catalog.onChange(() => {
    known = undefined;
  });
  return () => {
    if (known !== undefined) return known;
    const groups = new Map<string, ServedResource[]>();
    for (const resource of catalog.all()) {
      const name = groupVersionPath(resource);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [resource]);
      else group.push(resource);
    }
    known = groups;
    return groups;
  };
};

/** What is made of a group version, kept as long as its resources are the same; undefined for one that is not served. */
export const keptByGroup = <T>(
  groups: Groups,
  make: (resources: readonly ServedResource[]) => T,
): ((name: string) => T | undefined) => {
  const kept = new Map<string, { readonly from: readonly ServedResource[]; readonly made: T }>();
  let seen: ReturnType<Groups> | undefined;
  return (name) => {
    const served = groups();
    if (seen !== served) for (const known of kept.keys()) if (!served.has(known)) kept.delete(known);
    seen = served;
    const resources = served.get(name);
    if (resources === undefined) return undefined;
    const before = kept.get(name);
    if (before !== undefined && isSame(before.from, resources)) return before.made;
    const made = make(resources);
    kept.set(name, { from: resources, made });
    return made;
  };
};

/** A resource that changed is another object. */
const isSame = (a: readonly ServedResource[], b: readonly ServedResource[]): boolean =>
  a === b || (a.length === b.length && a.every((resource, at) => resource === b[at]));
