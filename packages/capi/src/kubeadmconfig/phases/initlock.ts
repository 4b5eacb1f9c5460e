import { ConfigMap, isNotFound, Machine, type Stored } from "@slipway/api";
import { act, phase, ready, wait } from "@slipway/runtime";
import { initLock, initLockName, type LockState, lockState } from "../lock.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

interface Observed {
  readonly lock: Stored<ConfigMap> | undefined;
  readonly state: LockState;
  readonly holderExists: boolean;
}

/** One machine at a time may found the cluster. Everybody who joins later takes the lock away. */
export const initializationLock = phase<Scope, Observed, Effect, Facts>({
  name: "initLock",
  observe: async ({ client, caches, cluster, owner }) => {
    const namespace = cluster.metadata.namespace ?? "";
    // Read live: a cache that is behind would let two machines in.
    const lock = await client.get(ConfigMap, { namespace, name: initLockName(cluster.metadata.name) }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const state = lockState(lock, owner.name);
    const holderExists = state.state === "taken" && caches.find(Machine, { namespace, name: state.by }) !== undefined;
    return { lock, state, holderExists };
  },
  decide: ({ lock, state, holderExists }, { mode, cluster, owner }) => {
    const remove = {
      call: "delete",
      resource: ConfigMap,
      ref: { namespace: cluster.metadata.namespace ?? "", name: initLockName(cluster.metadata.name) },
      ...(lock === undefined ? {} : { preconditions: { uid: lock.metadata.uid } }),
    } as const;
    if (mode !== "init") return lock === undefined ? ready() : act("ReleasingInitLock", remove);
    switch (state.state) {
      case "held":
        return ready();
      case "free":
        return act("TakingInitLock", { call: "takeLock", lock: initLock(cluster, owner.name) });
      case "unreadable":
        return wait("WaitingForInitLock", {
          message: `ConfigMap ${remove.ref.name} cannot be read: delete it if no machine is initializing`,
          recheckSeconds: 30,
        });
      case "taken":
        return holderExists
          ? wait("WaitingForInitLock", { message: `Machine ${state.by} is initializing the control plane`, recheckSeconds: 30 })
          : act("RemovingStaleInitLock", remove, { message: `Machine ${state.by} is gone` });
    }
  },
});
