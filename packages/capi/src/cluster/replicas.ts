import type { Cluster, ClusterStatus, Machine, Stored } from "@slipway/api";
import { hasStatus } from "@slipway/runtime";
import { numberAt } from "../external/index.ts";
import type { ClusterFacts, ClusterScope } from "./scope.ts";

type Counters = NonNullable<NonNullable<ClusterStatus["v1beta2"]>["controlPlane"]>;

/** From the control plane object, or counted when there is none. What it does not say stays as it was. CORE-194, CORE-195 */
export const controlPlaneReplicas = ({ cluster, descendants }: ClusterScope, facts: Partial<ClusterFacts>): Counters => {
  if (cluster.spec.controlPlaneRef === undefined && cluster.spec.topology === undefined) {
    return countMachines(descendants.controlPlaneMachines);
  }
  const object = facts.controlPlane?.object;
  if (!object) return {};
  const before = cluster.status?.v1beta2?.controlPlane ?? {};
  const newer = (name: string) => numberAt(object, "status", "v1beta2", name);
  return defined({
    desiredReplicas: numberAt(object, "spec", "replicas") ?? before.desiredReplicas,
    replicas: numberAt(object, "status", "replicas") ?? before.replicas,
    readyReplicas: newer("readyReplicas") ?? numberAt(object, "status", "readyReplicas") ?? before.readyReplicas,
    availableReplicas: newer("availableReplicas") ?? numberAt(object, "status", "availableReplicas") ?? before.availableReplicas,
    upToDateReplicas: newer("upToDateReplicas") ?? numberAt(object, "status", "upToDateReplicas") ?? before.upToDateReplicas,
  });
};

/** A counter that nobody contributes to is absent, not 0. CORE-196 */
export const workerReplicas = ({ cluster, descendants }: ClusterScope): Counters => {
  const owned = <T extends { readonly metadata: Cluster["metadata"] }>(objects: readonly T[]): readonly T[] =>
    objects.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid));
  const sets = [...descendants.machineDeployments, ...owned(descendants.machineSets)].map(
    ({ spec, status }): Counters => ({
      desiredReplicas: spec.replicas,
      replicas: status?.replicas ?? 0,
      readyReplicas: status?.v1beta2?.readyReplicas,
      availableReplicas: status?.v1beta2?.availableReplicas,
      upToDateReplicas: status?.v1beta2?.upToDateReplicas,
    }),
  );
  return sum([...sets, countMachines(owned(descendants.workerMachines))]);
};

const countMachines = (machines: readonly Stored<Machine>[]): Counters => {
  if (machines.length === 0) return {};
  const count = (type: string) =>
    machines.filter(({ status }) => hasStatus(status?.v1beta2?.conditions, type, "True")).length || undefined;
  return defined({
    desiredReplicas: machines.length,
    replicas: machines.length,
    readyReplicas: count("Ready"),
    availableReplicas: count("Available"),
    upToDateReplicas: count("UpToDate"),
  });
};

const names = ["desiredReplicas", "replicas", "readyReplicas", "availableReplicas", "upToDateReplicas"] as const;

const sum = (counters: readonly Counters[]): Counters => {
  const total: { [name: string]: number } = {};
  for (const counter of counters) {
    for (const name of names) {
      const value = counter[name];
      if (value !== undefined) total[name] = (total[name] ?? 0) + value;
    }
  }
  return total;
};

const defined = (counters: { [N in keyof Counters]: Counters[N] | undefined }): Counters => {
  const result: { [name: string]: number } = {};
  for (const name of names) {
    const value = counters[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
};
