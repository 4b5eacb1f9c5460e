import { createKubernetesApi, createObjectOptions, type StoredObject, type Stores } from "@slipway/apiserver";
import type { GuestClock } from "../boot.ts";
import type { OpenWorkloadApi } from "./api.ts";

/** Workload APIs, each over a store of its own among `stores`. */
export const openServedApis =
  (options: { readonly stores: Stores; readonly clock: GuestClock }): OpenWorkloadApi =>
  async ({ clusterId, kubernetesVersion }) => {
    const name = `workload-${clusterId}`;
    const storage = options.stores.store<StoredObject>(name, {
      ...createObjectOptions(),
      // There may be a thousand of these: a short history each.
      history: { seconds: 300, events: 500, maximumEvents: 2000, watcherLag: 2000 },
    });
    const api = await createKubernetesApi({ storage, clock: options.clock, version: kubernetesVersion });
    return {
      admin: api.as({ fieldManager: "kubeadm" }),
      clientFor: (user) => api.as({ user: { ...user, groups: [...user.groups, "system:authenticated"] } }),
      server: api.server,
      close: api.close,
      drop: async () => {
        await api.close();
        await options.stores.drop(name);
      },
    };
  };
