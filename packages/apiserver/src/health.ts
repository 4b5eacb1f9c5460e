import type { HealthCheck } from "./http/health.ts";
import type { Clock } from "./storage/clock.ts";
import type { Storage } from "./storage/storage.ts";

const storeSeconds = 2;
/** A write that succeeded just now needs no other to prove it. */
const provenSeconds = 10;

/** What a Kubernetes API says of its own parts, under the names that probes of other programs ask for. */
export const ownChecks = (storage: Pick<Storage, "put">, clock: Clock, rolesAreThere: () => boolean): readonly HealthCheck[] => {
  let proven = Number.NEGATIVE_INFINITY;
  const store = async (): Promise<void> => {
    if (clock.now().getTime() - proven < provenSeconds * 1000) return;
    const written = storage.put("/health/write", { kind: "Health" });
    const late = new Promise<never>((_resolve, reject) => {
      const timer = clock.setTimeout(
        () => reject(new Error(`the store did not take a write within ${storeSeconds} s`)),
        storeSeconds * 1000,
      );
      void written.finally(timer.cancel).catch(() => {});
    });
    await Promise.race([written, late]);
    proven = clock.now().getTime();
  };
  return [
    // The name is upstream's, whatever the store.
    { name: "etcd", check: store },
    {
      name: "poststarthook/rbac/bootstrap-roles",
      check: () => {
        if (!rolesAreThere()) throw new Error("the default roles are not known yet");
      },
    },
    // Both are done before the API answers its first request.
    { name: "informer-sync", readyOnly: true, check: () => {} },
    { name: "poststarthook/crd-informer-synced", check: () => {} },
  ];
};
