import { type Client, groupResource, isExpired, type KubeObject, type Resource } from "@slipway/api";
import type { Clock, Logger, Timer } from "../controller/controller.ts";
import type { KindCache } from "./kind-cache.ts";

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client;
  readonly resource: Resource<T>;
  readonly scope?: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string };
  readonly cache: KindCache<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The cache holds a whole list. */
  readonly filled: () => void;
  readonly failed: (error: unknown) => void;
}

/** As client-go's reflector: first pause after an error, doubled up to the longest. */
const firstPauseMilliseconds = 800;
const longestPauseMilliseconds = 30_000;
const overdueSeconds = 30;

/** Keeps a cache equal to the server: list, then watch from there; resume where a watch ended, list again when that is too long ago. */
export const reflect = async <T extends KubeObject>(options: ReflectorOptions<T>): Promise<void> => {
  const { client, resource, scope, cache, clock, log, signal, filled, failed } = options;
  let revision: string | undefined;
  let pause = firstPauseMilliseconds;
  while (!signal.aborted) {
    const limit = new AbortController();
    let overdue: Timer | undefined;
    try {
      if (revision === undefined) {
        const list = await client.list(resource, { ...scope, signal });
        cache.replace(list.items, list.metadata.resourceVersion);
        revision = list.metadata.resourceVersion ?? "0";
        filled();
      }
      const timeoutSeconds = watchSeconds(resource);
      const events = client.watch(resource, {
        ...scope,
        resourceVersion: revision,
        allowWatchBookmarks: true,
        timeoutSeconds,
        signal: AbortSignal.any([signal, limit.signal]),
      });
      // The server ends a watch in time. One that it does not end has lost its server without a word.
      overdue = clock.setTimeout(() => limit.abort(), (timeoutSeconds + overdueSeconds) * 1000);
      for await (const event of events) {
        pause = firstPauseMilliseconds;
        if (event.type === "BOOKMARK") {
          revision = event.resourceVersion;
          continue;
        }
        revision = event.object.metadata.resourceVersion;
        if (event.type === "DELETED") cache.remove(event.object);
        else cache.put(event.object);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isExpired(error)) {
        log.debug("the watch is too far behind: listing again", { resource: groupResource(resource) });
        revision = undefined;
        continue;
      }
      failed(error);
      log.warn("the watch failed: trying again", { resource: groupResource(resource), error, pauseMilliseconds: pause });
      await clock.sleep(pause, signal).catch(() => {});
      pause = Math.min(pause * 2, longestPauseMilliseconds);
    } finally {
      overdue?.cancel();
    }
  }
};

/** Between 5 and 10 minutes, different for each kind so that they do not all come at once. */
const watchSeconds = (resource: Resource): number => {
  let spread = 0;
  for (const letter of groupResource(resource)) spread = (spread * 31 + (letter.codePointAt(0) ?? 0)) % 300;
  return 300 + spread;
};
