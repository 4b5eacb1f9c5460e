import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass } from "../cluster/clusterclass.ts";
import { labels } from "../cluster/names.ts";
import type { AdmissionContext, Read } from "../kind/kind.ts";
import { parseApiVersion } from "../meta/resource.ts";

type Context = AdmissionContext<Cluster>;

/** What a managed Cluster's admission must know: its classes, and on a change of version how far the last one got. */
export const clusterReads = (cluster: Cluster, { old }: Context): readonly Read[] => {
  const reads = [classRead(cluster), old && classRead(old)].filter((read) => read !== undefined);
  if (old?.spec?.topology === undefined || cluster.spec?.topology === undefined) return reads;
  const control = controlPlaneRead(old);
  return [
    ...reads,
    ...(control === undefined ? [] : [control]),
    ownedRead(old, "MachineDeployment"),
    ownedRead(old, "MachinePool"),
    machinesRead(old),
  ];
};

export const classRead = ({ metadata, spec }: Cluster): Read | undefined => {
  const { class: name, classNamespace } = spec?.topology ?? {};
  if (name === undefined || name === "") return undefined;
  const namespace = classNamespace || metadata.namespace;
  return { group: "cluster.x-k8s.io", kind: "ClusterClass", name, ...(namespace === undefined ? {} : { namespace }) };
};

export const classKey = (cluster: Cluster): string => {
  const read = classRead(cluster);
  return `${read?.namespace ?? ""}/${read?.name ?? ""}`;
};

/** Undefined: there is none, or it is not ready to be used. */
export const findClass = (cluster: Cluster, { related }: Context): ClusterClass | undefined => {
  const read = classRead(cluster);
  return read === undefined ? undefined : (related?.find(read) as unknown as ClusterClass | undefined);
};

/** Its variables are known: only then can values be judged. */
export const isReconciled = ({ metadata, status }: ClusterClass): boolean => {
  const condition = status?.conditions?.find(({ type }) => type === "VariablesReconciled");
  return metadata.generation === (status?.observedGeneration ?? 0) && condition !== undefined && condition.status !== "False";
};

/** The class is on its way: it was made a moment ago, or changed. */
export const awaitsClass = (cluster: Cluster, context: Context): boolean => {
  if (classRead(cluster) === undefined) return false;
  const found = findClass(cluster, context);
  return found === undefined || !isReconciled(found);
};

export const controlPlaneRead = ({ metadata, spec }: Cluster): Read | undefined => {
  const ref = spec.controlPlaneRef;
  if (ref?.kind === undefined || ref.name === undefined || ref.apiVersion === undefined) return undefined;
  const namespace = ref.namespace ?? metadata.namespace;
  return {
    group: parseApiVersion(ref.apiVersion).group,
    kind: ref.kind,
    name: ref.name,
    ...(namespace === undefined ? {} : { namespace }),
  };
};

const inCluster = ({ metadata }: Cluster, kind: string, more: { readonly [label: string]: string }): Read => ({
  group: "cluster.x-k8s.io",
  kind,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  labels: { [labels.clusterName]: metadata.name ?? "", ...more },
});

export const ownedRead = (cluster: Cluster, kind: "MachineDeployment" | "MachinePool"): Read =>
  inCluster(cluster, kind, { [labels.topologyOwned]: "" });

export const machinesRead = (cluster: Cluster): Read => inCluster(cluster, "Machine", {});
