import { customKinds, type KubeObject, type Resource } from "@slipway/api";
import { type Caches, NotSyncedError } from "@slipway/runtime";
import type { KindDeclaration } from "./declaration.ts";
import { servedKinds } from "./served.ts";

/** The kinds that are shown, and their objects as they are now. */
export interface StateSource {
  readonly kinds: readonly KindDeclaration[];
  read(kind: KindDeclaration): readonly KubeObject[];
}

/** A source that fills itself. */
export interface CachedState extends StateSource {
  /** Every kind has had its first list, or has none here. Until then nothing can be concluded from what is missing. */
  readonly ready: Promise<void>;
}

/**
 * The objects of the watch caches: looking asks nobody. A kind whose first list has not arrived shows nothing yet, and a kind
 * that this API does not have is not asked for.
 */
export const cachedState = (caches: Pick<Caches, "list" | "synced">): CachedState => {
  const resources = new Map<KindDeclaration, Resource>();
  const filled: Promise<void>[] = [];
  for (const kind of servedKinds) {
    const found = customKinds.find(
      ({ group, kind: name, version }) => group === kind.group && name === kind.kind && version === kind.version,
    );
    if (found === undefined) continue;
    resources.set(kind, found);
    filled.push(caches.synced(found)); // starts the watch, which goes on trying and logs
  }
  return {
    kinds: [...resources.keys()],
    ready: Promise.allSettled(filled).then(() => undefined),
    read: (kind) => {
      const resource = resources.get(kind);
      try {
        return resource === undefined ? [] : caches.list(resource);
      } catch (error) {
        if (error instanceof NotSyncedError) return [];
        throw error;
      }
    },
  };
};
