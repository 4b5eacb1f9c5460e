import type { Client, Kind } from "@slipway/api";
import type { WebhookCaller } from "./admission/caller.ts";
import type { Judge } from "./admission/expressions.ts";
import { servedBuiltins } from "./builtin/served.ts";
import { createInProcessClient, type InProcessOptions } from "./client/inprocess.ts";
import type { Chance } from "./registry/core.ts";
import { createRegistry, type RunningRegistry } from "./registry/createregistry.ts";
import type { StoredObject } from "./registry/object.ts";
import { createObjectOptions } from "./registry/objectoptions.ts";
import type { ServedResource } from "./registry/served.ts";
import type { Clock } from "./storage/clock.ts";
import { createMemoryStorage } from "./storage/memory.ts";
import { defaultHistory } from "./storage/storage.ts";

export interface InMemoryApi {
  readonly registry: RunningRegistry;
  readonly client: Client;
  /** Another client of the same API: another user or field manager. */
  as(options: InProcessOptions): Client;
  /** Resolves when collection and namespace deletion have nothing left to do now. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A whole API that forgets: the real registry over memory, for tests of controllers and for simulated guests. The namespaces
 * `default`, `kube-system`, `kube-public` and `kube-node-lease` are there, and those named.
 */
export const createApiInMemory = async (
  options: {
    readonly kinds?: readonly Kind[];
    readonly resources?: readonly ServedResource[];
    readonly namespaces?: readonly string[];
    readonly clock?: Clock;
    readonly chance?: Chance;
    readonly featureGates?: { readonly [gate: string]: boolean };
    readonly webhooks?: WebhookCaller;
    readonly judge?: Judge;
    /** How far back watches may start; small for APIs that there are many of. */
    readonly historyEvents?: number;
  } = {},
): Promise<InMemoryApi> => {
  const { clock, chance, historyEvents, webhooks, judge, featureGates } = options;
  const storage = createMemoryStorage<StoredObject>({
    ...createObjectOptions(),
    ...(clock === undefined ? {} : { clock }),
    ...(historyEvents === undefined
      ? {}
      : { history: { ...defaultHistory, events: historyEvents, maximumEvents: historyEvents * 4 } }),
  });
  const registry = createRegistry({
    storage,
    resources: options.resources ?? servedBuiltins(),
    kinds: options.kinds ?? [],
    ...(clock === undefined ? {} : { clock }),
    ...(chance === undefined ? {} : { chance }),
    ...(featureGates === undefined ? {} : { featureGates }),
    ...(webhooks === undefined ? {} : { webhooks }),
    ...(judge === undefined ? {} : { judge }),
  });
  const names = new Set(["default", "kube-system", "kube-public", "kube-node-lease", ...(options.namespaces ?? [])]);
  await registry.ensure([...names].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  return {
    registry,
    client: createInProcessClient(registry),
    as: (clientOptions) => createInProcessClient(registry, clientOptions),
    settled: registry.settled,
    close: registry.close,
  };
};
