/** Cluster: ties a provider's cluster and control plane together and reports what the whole is like. */
import {
  Cluster,
  ClusterClass,
  clusterSecretName,
  finalizers,
  isAlreadyExists,
  type KubeObject,
  labels,
  Machine,
  MachineDeployment,
  MachinePool,
  MachineSet,
  type ObjectRef,
  type Resource,
  Secret,
  type Stored,
} from "@slipway/api";
import { freshKeys, type KeyPool } from "@slipway/api/pki/index.ts";
import { type Controller, controller, mapped, performKube, type ReconcileContext, sameJson, type Watch } from "@slipway/runtime";
import { referenceIndex } from "../external/index.ts";
import type { WorkloadClusters } from "../workload/index.ts";
import { ownedV1Beta2, probeDue, upToDateDue } from "./conditions.ts";
import { type ClusterEffect, kubeconfig, kubeconfigSecret } from "./kubeconfig.ts";
import { clusterControllerName, controlPlane, infrastructure } from "./references.ts";
import { type ClusterFacts, type ClusterScope, descendantsOf } from "./scope.ts";
import { type ClusterReport, desired, ownedV1Beta1, status } from "./status.ts";
import { controlPlaneGone, infrastructureGone, workersGone } from "./teardown.ts";

export interface ClusterControllerOptions {
  readonly workloads: Pick<WorkloadClusters, "lastProbeSuccess" | "onChange">;
  readonly keys?: KeyPool;
  readonly concurrency?: number;
}

export const clusterController = ({
  workloads,
  keys = freshKeys(),
  concurrency = 10,
}: ClusterControllerOptions): Controller<Cluster> =>
  controller<Cluster, ClusterScope, ClusterEffect, ClusterFacts>(Cluster, {
    name: clusterControllerName,
    concurrency,
    finalizer: finalizers.cluster,
    clusterName: (cluster) => cluster.metadata.name,
    indexes: [referenceIndex(Cluster, ({ spec }) => [spec.infrastructureRef, spec.controlPlaneRef])],
    watches: [
      ofCluster(MachineDeployment),
      ofCluster(MachineSet),
      ofCluster(MachinePool),
      { ...mapped(Machine, clusterOf, machineMatters), lazy: true },
      mapped(Secret, clusterOfCa),
    ],
    // Only what is worth a pass: a Node's change is not the Cluster's business.
    sources: [(wake) => workloads.onChange((cluster, node) => (node ? undefined : wake(cluster)))],
    scope: ({ object: cluster, context }) => ({
      cluster,
      clusterClass: classOf(cluster, context),
      descendants: descendantsOf(cluster, context.caches),
      lastProbeSuccess: workloads.lastProbeSuccess({ namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name }),
      startedAt: context.startedAt,
      context,
    }),
    phases: [infrastructure, controlPlane, kubeconfig],
    teardown: [infrastructure, controlPlane, workersGone, controlPlaneGone, infrastructureGone],
    perform: (effect, _scope, context) => perform(effect, context, keys),
    desired,
    status,
    statusIsProjection: true,
    ownedConditions: { v1beta1: ownedV1Beta1, v1beta2: ownedV1Beta2 },
    recheckSeconds: (scope, now) => {
      const { controlPlaneMachines, workerMachines } = scope.descendants;
      const due = [upToDateDue([...controlPlaneMachines, ...workerMachines], now), probeDue(scope, now)].filter(
        (wish) => wish !== undefined,
      );
      return due.length === 0 ? undefined : Math.min(...due);
    },
    changed: announce,
    finished: (cluster, { events }) => events.normal(cluster, "Deleted", `Cluster ${cluster.metadata.name} has been deleted`),
  });

/** CORE-162, CORE-155 */
const announce = (
  before: Stored<Cluster>,
  after: Stored<Cluster>,
  _report: ClusterReport,
  { events }: ReconcileContext,
): void => {
  const { name } = after.metadata;
  for (const [flag, reason] of [
    ["infrastructureReady", "InfrastructureReady"],
    ["controlPlaneReady", "ControlPlaneReady"],
  ] as const) {
    const referred = flag === "infrastructureReady" ? after.spec.infrastructureRef : after.spec.controlPlaneRef;
    if (referred && after.status?.[flag] && !before.status?.[flag])
      events.normal(after, reason, `Cluster ${name} ${reason} is now True`);
  }
  const { phase, failureMessage = "unknown" } = after.status ?? {};
  if (phase === undefined || phase === before.status?.phase) return;
  if (phase === "Failed") events.warning(after, phase, `Cluster ${name} is Failed: ${failureMessage}`);
  else events.normal(after, phase, `Cluster ${name} is ${phase}`);
};

const perform = async (effect: ClusterEffect, context: ReconcileContext, keys: KeyPool): Promise<void> => {
  if (effect.call !== "createKubeconfig") return performKube(context.client, effect);
  const secret = await kubeconfigSecret(effect.cluster, effect.authority, { keys, clock: context.clock });
  await context.client.create(Secret, secret).catch((error) => {
    if (!isAlreadyExists(error)) throw error;
  });
};

/** What workers do is only reported on. */
const ofCluster = (resource: Resource): Watch => ({ ...mapped(resource, clusterOf), lazy: true });

const clusterOf = ({ metadata }: KubeObject): readonly ObjectRef[] => {
  const name = metadata.labels?.[labels.clusterName];
  return name === undefined ? [] : [{ ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name }];
};

const caSuffix = clusterSecretName("", "ca");
const clusterOfCa = ({ metadata }: Stored<Secret>): readonly ObjectRef[] =>
  metadata.name.endsWith(caSuffix)
    ? [{ namespace: metadata.namespace ?? "", name: metadata.name.slice(0, -caSuffix.length) }]
    : [];

/** Machines change often; the Cluster cares for those changes that it counts. CORE-166 */
const machineMatters = (machine: Stored<Machine>, old: Stored<Machine> | undefined): boolean =>
  old === undefined || !sameJson(whatCounts(machine), whatCounts(old));

const whatCounts = ({ metadata, status }: Machine) => ({
  deleting: metadata.deletionTimestamp !== undefined,
  labels: metadata.labels,
  node: status?.nodeRef !== undefined,
  health: status?.conditions?.filter(({ type }) => type === "HealthCheckSucceeded" || type === "OwnerRemediated"),
  conditions: status?.v1beta2?.conditions
    ?.filter(({ type }) => type === "Ready" || type === "Available" || type === "UpToDate" || type === "OwnerRemediated")
    .map(({ type, status, reason, message }) => [type, status, reason, message]),
});

/** CORE-146 */
const classOf = (cluster: Stored<Cluster>, { caches }: ReconcileContext): Stored<ClusterClass> | undefined => {
  const { topology } = cluster.spec;
  if (!topology) return undefined;
  const ref = { namespace: topology.classNamespace ?? cluster.metadata.namespace ?? "", name: topology.class };
  const found = caches.find(ClusterClass, ref);
  if (!found) throw new Error(`ClusterClass ${ref.namespace}/${ref.name} of Cluster ${cluster.metadata.name} does not exist`);
  return found;
};
