import { isNotFound } from "@slipway/api";
import { type Core, systemContext } from "../registry/core.ts";
import { resourcePrefix } from "../registry/keys.ts";
import { type StoredObject, withMetadata } from "../registry/object.ts";
import { modify } from "../registry/update.ts";
import type { Observe } from "./observer.ts";
import { createKeyQueue } from "./workqueue.ts";

export const volumeProtection = "kubernetes.io/pv-protection";
export const claimProtection = "kubernetes.io/pvc-protection";

const volumes = { group: "", plural: "persistentvolumes" };
const claims = { group: "", plural: "persistentvolumeclaims" };
const volumesPrefix = resourcePrefix(volumes);
const claimsPrefix = resourcePrefix(claims);
const podsPrefix = resourcePrefix({ group: "", plural: "pods" });

/** Lets volumes and claims that are being deleted go as soon as nobody uses them: a volume its claim, a claim a pod that runs. */
export const createProtection = (core: Core) => {
  /** Those that wait for a pod to end. */
  const leaving = new Set<string>();
  const queue = createKeyQueue({
    name: "storage_protection",
    metrics: core.queueMetrics,
    clock: core.clock,
    concurrency: 8,
    work: (key) => letGo(core, key),
    onError: core.onError,
  });

  const onChange: Observe = (key, before, after) => {
    const isClaim = key.startsWith(claimsPrefix);
    if (isClaim || key.startsWith(volumesPrefix)) {
      leaving.delete(key);
      if (after === undefined || !isHeld(after)) return;
      if (isClaim) leaving.add(key);
      queue.add(key);
    } else if (leaving.size > 0 && before !== undefined && key.startsWith(podsPrefix)) {
      if (after !== undefined && runs(after)) return;
      for (const name of claimsOf(before)) {
        const claim = `${resourcePrefix(claims, before.metadata.namespace)}${name}`;
        if (leaving.has(claim)) queue.add(claim);
      }
    }
  };
  return { onChange, onStart: () => leaving.clear(), settled: queue.settled, close: queue.close };
};

const isHeld = ({ metadata }: StoredObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).some((finalizer) => finalizer === volumeProtection || finalizer === claimProtection);

const letGo = async (core: Core, key: string): Promise<void> => {
  const object = core.storage.get(key)?.value;
  if (object === undefined || !isHeld(object)) return;
  const isClaim = key.startsWith(claimsPrefix);
  if (isClaim ? isMounted(core, object) : object.status?.["phase"] === "Bound") return;
  const served = core.catalog.find("", "v1", (isClaim ? claims : volumes).plural);
  if (served === undefined) return;
  const { uid, name, namespace } = object.metadata;
  const without = (live: StoredObject) => {
    if (live.metadata.uid !== uid) return live;
    const finalizers = (live.metadata.finalizers ?? []).filter((each) => each !== volumeProtection && each !== claimProtection);
    return withMetadata(live, { finalizers: finalizers.length === 0 ? undefined : finalizers });
  };
  try {
    await modify(
      core,
      served,
      namespace === undefined ? { name } : { namespace, name },
      { fieldManager: "kube-controller-manager" },
      systemContext,
      { wanted: without, replaces: false },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

const isMounted = (core: Core, claim: StoredObject): boolean =>
  core.storage
    .list(`${podsPrefix}${claim.metadata.namespace ?? ""}/`)
    .items.some(({ value }) => runs(value) && claimsOf(value).includes(claim.metadata.name));

/** It has a node, and its containers have not ended. */
const runs = ({ spec, status }: StoredObject): boolean =>
  (spec?.["nodeName"] ?? "") !== "" && status?.["phase"] !== "Succeeded" && status?.["phase"] !== "Failed";

const claimsOf = (pod: StoredObject): readonly string[] => {
  const mounted = pod.spec?.["volumes"] as readonly Mounted[] | undefined;
  return (mounted ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${pod.metadata.name}-${name}`];
  });
};

interface Mounted {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: object;
}
