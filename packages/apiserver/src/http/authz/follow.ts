import type { KubeObject, Resource } from "@slipway/api";
import type { Registry } from "../../registry/registry.ts";

/** All objects of a kind, kept as the store changes. */
export interface Followed<T> {
  objects(): Iterable<T>;
  find(namespace: string, name: string): T | undefined;
  /** Counts up with every change. */
  changes(): number;
  readonly ready: Promise<void>;
}

export const follow = <T extends KubeObject>(
  registry: Registry,
  resource: Resource<T>,
  signal: AbortSignal,
  onChange: (before: T | undefined, after: T | undefined) => void = () => {},
  fieldSelector?: string,
): Followed<T> => {
  const objects = new Map<string, T>();
  let changes = 0;
  const key = ({ metadata }: KubeObject) => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
  const selection = fieldSelector === undefined ? {} : { fieldSelector };
  const context = { user: { name: "system:apiserver", groups: ["system:masters"] }, warn: () => {} };

  const load = async (): Promise<string> => {
    const list = await registry.list(resource, selection, context);
    const before = new Map(objects);
    objects.clear();
    changes += 1;
    for (const object of list.items) {
      const id = key(object);
      objects.set(id, object as unknown as T);
      onChange(before.get(id), object as unknown as T);
      before.delete(id);
    }
    for (const gone of before.values()) onChange(gone, undefined);
    return list.metadata.resourceVersion ?? "";
  };

  const keepUp = async (start: string): Promise<void> => {
    let resourceVersion = start;
    while (!signal.aborted) {
      const stream = registry.watch(resource, { ...selection, resourceVersion, timeoutSeconds: 86_400, signal }, context);
      try {
        for (let events = await stream.next(); events !== undefined; events = await stream.next())
          for (const event of events) {
            if (event.type === "BOOKMARK") continue;
            resourceVersion = event.object.metadata.resourceVersion;
            const id = key(event.object);
            const before = objects.get(id);
            const after = event.type === "DELETED" ? undefined : (event.object as unknown as T);
            if (after === undefined) objects.delete(id);
            else objects.set(id, after);
            changes += 1;
            onChange(before, after);
          }
        if (!signal.aborted) await registry.clock.sleep(10, signal);
      } catch {
        if (signal.aborted) return;
        // Too far behind: look at everything again.
        resourceVersion = await load();
      } finally {
        stream.close();
      }
    }
  };

  const ready = load().then((start) => {
    keepUp(start).catch(() => {});
  });
  return {
    objects: () => objects.values(),
    find: (namespace, name) => objects.get(`${namespace}/${name}`),
    changes: () => changes,
    ready,
  };
};
