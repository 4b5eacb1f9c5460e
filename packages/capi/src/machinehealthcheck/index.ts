/** MachineHealthCheck: looks after Machines and says which of them are to be replaced. It never deletes one itself. */
import { Cluster, labels, Machine, MachineHealthCheck, type ObjectRef, refKey, refOf, type Stored } from "@slipway/api";
import {
  type Caches,
  type Controller,
  controller,
  findCondition,
  mapped,
  matchesSelector,
  performKube,
  type ReconcileContext,
  type Source,
  sameJson,
  toRef,
  writeChanges,
} from "@slipway/runtime";
import { referenceIndex } from "../external/index.ts";
import { byNodeName } from "../machine/wakeups.ts";
import type { WorkloadClusters } from "../workload/index.ts";
import type { HealthCheckEffect, HealthCheckFacts, HealthCheckScope } from "./scope.ts";
import { desired, type HealthCheckReport, status } from "./status.ts";
import { health, healthCheckControllerName } from "./targets.ts";

export interface MachineHealthCheckControllerOptions {
  readonly workloads: Pick<WorkloadClusters, "find" | "onChange">;
  readonly concurrency?: number;
}

export const machineHealthCheckController = (options: MachineHealthCheckControllerOptions): Controller<MachineHealthCheck> => {
  const { workloads, concurrency = 10 } = options;
  return controller<MachineHealthCheck, HealthCheckScope, HealthCheckEffect, HealthCheckFacts>(MachineHealthCheck, {
    name: healthCheckControllerName,
    concurrency,
    clusterName: ({ spec }) => spec.clusterName,
    indexes: [referenceIndex(MachineHealthCheck, ({ spec }) => [spec.remediationTemplate]), byNodeName],
    watches: [
      mapped(Machine, checksOfMachine),
      mapped(Cluster, (cluster, caches) => checksOf(refOf(cluster), caches).map(toRef), clusterMatters),
    ],
    sources: [wokenByNodes(workloads)],
    scope: ({ object: check, cluster, context }) =>
      cluster && {
        check,
        cluster,
        workload: workloads.find({ namespace: check.metadata.namespace ?? "", name: check.spec.clusterName }),
        now: context.clock.now(),
        context,
      },
    phases: [health],
    perform,
    desired,
    status,
    statusIsProjection: true,
    ownedConditions: { v1beta1: ["RemediationAllowed"], v1beta2: ["RemediationAllowed"] },
    changed: announce,
  });
};

const clusterMatters = (cluster: Stored<Cluster>, old: Stored<Cluster> | undefined): boolean =>
  old === undefined || !sameJson(whatCounts(cluster), whatCounts(old));

const whatCounts = ({ spec, status }: Cluster) => ({
  paused: spec.paused,
  conditions: status?.conditions?.filter(({ type }) => type === "ControlPlaneInitialized" || type === "InfrastructureReady"),
});

const owned = ["HealthCheckSucceeded"];

const perform = async (effect: HealthCheckEffect, { check }: HealthCheckScope, context: ReconcileContext): Promise<void> => {
  if (effect.call !== "markMachine") return performKube(context.client, effect);
  const { client, clock, events } = context;
  const { before, after, unhealthy } = effect;
  await writeChanges({ client, clock, resource: Machine, before, after, owned: { v1beta1: owned, v1beta2: owned } });
  if (!unhealthy) return;
  const [machine, by] = [refKey(refOf(before)), refKey(refOf(check))];
  events.normal(before, "MachineMarkedUnhealthy", `Machine ${machine} has been marked as unhealthy by ${by}`);
};

const announce = (
  before: Stored<MachineHealthCheck>,
  after: Stored<MachineHealthCheck>,
  { facts }: HealthCheckReport,
  { events }: ReconcileContext,
): void => {
  for (const { machine, node } of facts.ailing ?? []) {
    events.normal(
      machine,
      "DetectedUnhealthy",
      `Machine ${refKey(refOf(machine))} has unhealthy Node ${node?.metadata.name ?? ""}`,
    );
  }
  const [was, is] = [before, after].map(({ status }) => findCondition(status?.conditions, "RemediationAllowed"));
  if (is?.status !== "False" || sameJson(was, is) || !facts.unhealthy) return;
  events.warning(after, "RemediationRestricted", is.message ?? "");
};

const checksOf = ({ namespace, name }: ObjectRef, caches: Caches): readonly Stored<MachineHealthCheck>[] =>
  caches.list(MachineHealthCheck, { ...(namespace === undefined ? {} : { namespace }), labels: { [labels.clusterName]: name } });

const checksOfMachine = (machine: Stored<Machine>, caches: Caches): readonly ObjectRef[] =>
  checksOf({ ...refOf(machine), name: machine.spec.clusterName }, caches)
    .filter(({ spec }) => matchesSelector(spec.selector, machine.metadata.labels))
    .map(toRef);

/** A Node's change matters to the checks of its Machine; a connection's to all of the cluster. */
const wokenByNodes =
  (workloads: Pick<WorkloadClusters, "onChange">): Source =>
  (wake, caches) =>
    workloads.onChange((cluster, node) => {
      const refs = node
        ? caches
            .byIndex(Machine, byNodeName.name, `${cluster.namespace ?? ""}/${cluster.name}/${node.metadata.name}`)
            .flatMap((machine) => checksOfMachine(machine, caches))
        : checksOf(cluster, caches).map(toRef);
      for (const ref of refs) wake(ref);
    });
