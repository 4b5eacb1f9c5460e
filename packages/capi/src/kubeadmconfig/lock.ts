import { apiVersionOf, Cluster, type ConfigMap, labels, type Stored } from "@slipway/api";

/**
 * Who may run `kubeadm init`: the machine named in this ConfigMap. It outlives a successful init; the next machine that joins deletes
 * it. Its presence does not mean that an init is running.
 */
export const initLockName = (cluster: string): string => `${cluster}-lock`;

export const initLock = (cluster: Stored<Cluster>, machineName: string): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: initLockName(cluster.metadata.name),
    namespace: cluster.metadata.namespace ?? "",
    labels: { [labels.clusterName]: cluster.metadata.name },
    ownerReferences: [
      { apiVersion: apiVersionOf(Cluster), kind: Cluster.kind, name: cluster.metadata.name, uid: cluster.metadata.uid },
    ],
  },
  data: { "lock-information": JSON.stringify({ machineName }) },
});

export type LockState =
  | { readonly state: "free" }
  | { readonly state: "held" }
  | { readonly state: "taken"; readonly by: string }
  /** Nobody can tell whose it is: a human has to look. */
  | { readonly state: "unreadable" };

export const lockState = (lock: ConfigMap | undefined, machineName: string): LockState => {
  if (lock === undefined) return { state: "free" };
  const holder = holderOf(lock.data?.["lock-information"]);
  if (holder === undefined) return { state: "unreadable" };
  return holder === machineName ? { state: "held" } : { state: "taken", by: holder };
};

const holderOf = (text: string | undefined): string | undefined => {
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    const name = typeof parsed === "object" && parsed !== null ? (parsed as { machineName?: unknown }).machineName : undefined;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
};
