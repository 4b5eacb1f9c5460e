import type { Client, KubeObject, Resource, Stored } from "@slipway/api";
import type { WatchCaches } from "./caches.ts";

/** The client that reconcilers get: what it writes is in the caches before the write is over, so no pass decides from a past it has changed. */
export const learningClient = (client: Client, caches: Pick<WatchCaches, "learn" | "forget">): Client => {
  const learned = <T extends KubeObject>(resource: Resource<T>, dryRun: boolean | undefined, stored: Stored<T>): Stored<T> => {
    if (!dryRun) caches.learn(resource, stored);
    return stored;
  };
  return {
    get: (resource, ref, options) => client.get(resource, ref, options),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: async (resource, object, options) =>
      learned(resource, options?.dryRun, await client.create(resource, object, options)),
    update: async (resource, object, options) =>
      learned(resource, options?.dryRun, await client.update(resource, object, options)),
    patch: async (resource, ref, patch, options) =>
      learned(resource, options?.dryRun, await client.patch(resource, ref, patch, options)),
    delete: async (resource, ref, options) => {
      const answer = await client.delete(resource, ref, options);
      if (options?.dryRun) return answer;
      // `Status` may be the kind of a success or of an object that stays until its finalizers are gone.
      if (answer.kind === "Status" && answer.apiVersion === "v1") caches.forget(resource, ref);
      else caches.learn(resource, answer as Stored<KubeObject>);
      return answer;
    },
    deleteCollection: (resource, options) => client.deleteCollection(resource, options),
  };
};
