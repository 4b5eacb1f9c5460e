import {
  ApiError,
  type Client,
  type KubeObject,
  type ObjectRef,
  type Resource,
  refKey,
  type Stored,
  type WatchEvent,
} from "@slipway/api";

/** As little of an API as a runner needs. */
export const tinyApi = (now = () => "2026-01-01T00:00:00Z") => {
  let revision = 0;
  const objects = new Map<string, Stored<KubeObject>>();
  const watchers = new Set<{ plural: string; push(event: WatchEvent<KubeObject>): void }>();
  const writes: string[] = [];
  const history: { plural: string; revision: number; event: WatchEvent<KubeObject> }[] = [];
  const key = (resource: Resource, ref: ObjectRef) => `${resource.plural}|${refKey(ref)}`;
  const emit = (resource: Resource, type: "ADDED" | "MODIFIED" | "DELETED", object: Stored<KubeObject>) => {
    history.push({ plural: resource.plural, revision, event: { type, object } });
    for (const watcher of watchers) if (watcher.plural === resource.plural) watcher.push({ type, object });
  };
  const get = (resource: Resource, ref: ObjectRef) => {
    const found = objects.get(key(resource, ref));
    if (!found) throw new ApiError("NotFound", `${resource.plural} "${ref.name}" not found`);
    return found;
  };
  const merge = (target: unknown, patch: unknown): unknown => {
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
    const result: Record<string, unknown> = {
      ...(typeof target === "object" && !Array.isArray(target) ? (target as object) : {}),
    };
    for (const [field, value] of Object.entries(patch)) {
      if (value === null) delete result[field];
      else result[field] = merge(result[field], value);
    }
    return result;
  };
  const store = (resource: Resource, next: KubeObject): Stored<KubeObject> => {
    revision += 1;
    const id = key(resource, next.metadata as ObjectRef);
    const old = objects.get(id);
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: `${revision}` } } as Stored<KubeObject>;
    if (stored.metadata.deletionTimestamp && !stored.metadata.finalizers?.length) {
      objects.delete(id);
      emit(resource, "DELETED", stored);
    } else {
      objects.set(id, stored);
      emit(resource, old ? "MODIFIED" : "ADDED", stored);
    }
    return stored;
  };
  const client = {
    get: async (resource: Resource, ref: ObjectRef) => get(resource, ref),
    list: async (resource: Resource) => ({
      apiVersion: "v1",
      kind: "List",
      metadata: { resourceVersion: `${revision}` },
      items: [...objects].filter(([id]) => id.startsWith(`${resource.plural}|`)).map(([, object]) => object),
    }),
    async *watch(resource: Resource, { signal, resourceVersion }: { signal?: AbortSignal; resourceVersion?: string }) {
      const queue = history
        .filter((entry) => entry.plural === resource.plural && entry.revision > Number(resourceVersion))
        .map(({ event }) => event);
      let wake = () => {};
      const watcher = {
        plural: resource.plural,
        push: (event: WatchEvent<KubeObject>) => {
          queue.push(event);
          wake();
        },
      };
      watchers.add(watcher);
      signal?.addEventListener("abort", () => wake());
      while (!signal?.aborted) {
        const next = queue.shift();
        if (next) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      watchers.delete(watcher);
    },
    create: async (resource: Resource, object: KubeObject) => {
      writes.push(`create ${resource.plural} ${object.metadata.name}`);
      if (objects.has(key(resource, object.metadata as ObjectRef))) throw new ApiError("AlreadyExists", "already exists");
      return store(resource, {
        ...object,
        metadata: { ...object.metadata, uid: `uid-${revision + 1}`, generation: 1, creationTimestamp: now() },
      });
    },
    patch: async (resource: Resource, ref: ObjectRef, patch: { body: object }) => {
      writes.push(`patch ${resource.plural} ${ref.name} ${JSON.stringify(patch.body)}`);
      const old = get(resource, ref);
      const { metadata } = patch.body as { metadata?: { resourceVersion?: string } };
      if (metadata?.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion)
        throw new ApiError("Conflict", "changed");
      return store(resource, merge(old, patch.body) as KubeObject);
    },
    delete: async (resource: Resource, ref: ObjectRef) => {
      writes.push(`delete ${resource.plural} ${ref.name}`);
      const old = get(resource, ref);
      return store(resource, {
        ...old,
        metadata: { ...old.metadata, deletionTimestamp: old.metadata.deletionTimestamp ?? now() },
      });
    },
  };
  return { client: client as unknown as Client, writes, objects };
};
