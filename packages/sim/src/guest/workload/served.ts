import {
  createInProcessClient,
  createRegistry,
  type ServedResource,
  type StoredObject,
  type Stores,
  stampObject,
} from "@slipway/apiserver";
import type { GuestClock } from "../boot.ts";
import type { OpenWorkloadApi } from "./api.ts";

/** Workload APIs, each over a store of its own among `stores`; `resources` are the built-in kinds. */
export const openServedApis =
  (options: {
    readonly stores: Stores;
    readonly resources: readonly ServedResource[];
    readonly clock: GuestClock;
  }): OpenWorkloadApi =>
  async ({ clusterId }) => {
    const name = `workload-${clusterId}`;
    const storage = options.stores.store<StoredObject>(name, {
      stamp: stampObject,
      // There may be a thousand of these: a short history each.
      history: { seconds: 300, events: 500, maximumEvents: 2000, watcherLag: 2000 },
    });
    const registry = createRegistry({ storage, resources: options.resources, clock: options.clock });
    await registry.ensure(
      ["default", "kube-system", "kube-public", "kube-node-lease"].map((namespace) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace },
      })),
    );
    return {
      admin: createInProcessClient(registry, { fieldManager: "kubeadm" }),
      clientFor: (user) =>
        createInProcessClient(registry, { user: { ...user, groups: [...user.groups, "system:authenticated"] } }),
      registry,
      close: () => registry.close(),
      drop: async () => {
        await registry.close();
        await options.stores.drop(name);
      },
    };
  };
