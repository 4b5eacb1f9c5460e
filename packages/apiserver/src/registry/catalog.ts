import type { Catalog } from "./registry.ts";
import type { ServedResource } from "./served.ts";

/** The served resources; only the registry changes it. */
export interface ChangingCatalog extends Catalog {
  /** Replaces all that came from this source (a CRD's name) at once. */
  replace(source: string, resources: readonly ServedResource[]): void;
}

export const createCatalog = (fixed: readonly ServedResource[]): ChangingCatalog => {
  const bySource = new Map<string, readonly ServedResource[]>();
  const listeners = new Set<() => void>();
  let all: readonly ServedResource[] = fixed;
  let byResource = new Map<string, ServedResource>();
  let byKind = new Map<string, readonly ServedResource[]>();

  const index = (): void => {
    const changing = [...bySource.values()].flat();
    // A CRD in the store says what is served of its resource, also of one that the program brings itself.
    const defined = new Set(changing.map((served) => `${served.group}/${served.plural}`));
    all = [...fixed.filter((served) => !defined.has(`${served.group}/${served.plural}`)), ...changing];
    byResource = new Map(all.map((served) => [resourceId(served.group, served.version, served.plural), served]));
    const kinds = new Map<string, ServedResource[]>();
    for (const served of all) {
      const id = `${served.group}/${served.kind}`;
      kinds.set(id, [...(kinds.get(id) ?? []), served]);
    }
    byKind = kinds;
  };
  index();

  return {
    all: () => all,
    find: (group, version, plural) => byResource.get(resourceId(group, version, plural)),
    findKind: (group, kind, version) => {
      const served = byKind.get(`${group}/${kind}`) ?? [];
      return version === undefined ? served[0] : served.find((one) => one.version === version);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace: (source, resources) => {
      if (resources.length === 0) bySource.delete(source);
      else bySource.set(source, resources);
      index();
      for (const listener of [...listeners]) listener();
    },
  };
};

const resourceId = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;
