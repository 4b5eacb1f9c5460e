/** Managed topologies: a Cluster with `spec.topology` is made from its ClusterClass and kept so. One phase: topology. */
import {
  Cluster,
  ClusterClass,
  type ClusterStatus,
  labels,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  type ObjectRef,
  refKey,
  refOf,
  type Stored,
} from "@slipway/api";
import {
  type Caches,
  type Controller,
  controller,
  mapped,
  performKube,
  type ReconcileContext,
  type Report,
  sameJson,
  setCondition,
  setV1Beta2,
} from "@slipway/runtime";
import { referenceIndex } from "../external/index.ts";
import { type Outcome, topologyReconciled } from "./conditions.ts";
import { topologyControllerName } from "./observe.ts";
import { manager, topology } from "./phases.ts";
import type { TopologyEffect, TopologyFacts, TopologyScope } from "./scope.ts";

export { machineDeploymentTopologyController, machineSetTopologyController } from "./leaving.ts";

const condition = "TopologyReconciled";

export const clusterTopologyController = ({ concurrency = 10 }: { readonly concurrency?: number } = {}): Controller<Cluster> =>
  controller<Cluster, TopologyScope, TopologyEffect, TopologyFacts>(Cluster, {
    name: topologyControllerName,
    concurrency,
    eventComponent: "topology/cluster-controller",
    pausedCondition: false,
    indexes: [referenceIndex(Cluster, ({ spec }) => [spec.infrastructureRef, spec.controlPlaneRef])],
    watches: [
      mapped(ClusterClass, clustersOf),
      mapped(MachineDeployment, clusterOf),
      mapped(MachineSet, clusterOf),
      mapped(MachineHealthCheck, clusterOf),
      mapped(Machine, clusterOf, (machine, old) => old === undefined || machine.spec.version !== old.spec.version),
    ],
    scope: ({ object: cluster, context }) => {
      if (cluster.spec.topology === undefined) return undefined;
      return { cluster, clusterClass: context.caches.find(ClusterClass, classRef(cluster)), context };
    },
    phases: [
      {
        ...topology,
        observe: (scope, facts) => (scope.cluster.spec.paused ? "paused" : topology.observe(scope, facts)),
        decide: (observed, scope, facts) =>
          observed === "paused"
            ? { outcome: "wait", reason: "Paused", facts: { outcome: { is: "paused" } } }
            : topology.decide(observed as Parameters<typeof topology.decide>[0], scope, facts),
      },
    ],
    perform,
    status,
    ownedConditions: { v1beta1: [condition], v1beta2: [condition] },
  });

const classRef = ({ metadata, spec }: Cluster): ObjectRef => ({
  namespace: spec.topology?.classNamespace || (metadata.namespace ?? ""),
  name: spec.topology?.class ?? "",
});

const clustersOf = (clusterClass: Stored<ClusterClass>, caches: Caches): readonly ObjectRef[] =>
  caches
    .list(Cluster)
    .filter((cluster) => cluster.spec.topology !== undefined && sameJson(classRef(cluster), refOf(clusterClass)))
    .map(refOf);

const clusterOf = ({ metadata }: Stored<Machine | MachineSet | MachineDeployment | MachineHealthCheck>): readonly ObjectRef[] => {
  const name = metadata.labels?.[labels.topologyOwned] === undefined ? undefined : metadata.labels[labels.clusterName];
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? "", name }];
};

/** Answers whether anything came of it. */
const perform = async (effect: TopologyEffect, { cluster }: TopologyScope, context: ReconcileContext): Promise<boolean> => {
  const { client, events } = context;
  if (effect.call !== "applyIntent") {
    await performKube(client, effect);
    if (effect.call === "delete") {
      const what = `${effect.resource.kind} "${refKey(effect.ref)}"`;
      events.normal(cluster, "TopologyDelete", `Deleted ${what}`);
    }
    return true;
  }
  const { resource, object, live } = effect;
  const made = await client.patch(
    resource,
    refOf(object),
    { type: "apply", body: object },
    { fieldManager: manager, force: true },
  );
  if (made.metadata.resourceVersion === live?.metadata.resourceVersion) return false;
  const what = `${object.kind} "${refKey(refOf(object))}"`;
  const [from, to] = [live, object].map((one) => one?.spec?.["version"]);
  const change = live !== undefined && from !== to ? ` with version change from ${from} to ${to}` : "";
  if (live === undefined) events.normal(cluster, "TopologyCreate", `Created ${what}`);
  else events.normal(cluster, "TopologyUpdate", `Updated ${what}${change}`);
  return true;
};

const status = (cluster: Stored<Cluster>, report: Report<TopologyScope, TopologyFacts>): ClusterStatus | undefined => {
  const { facts, errors, deleting, now } = report;
  const before = cluster.status ?? {};
  const [error] = errors;
  const outcome: Outcome | undefined = deleting
    ? { is: "deleting" }
    : error === undefined
      ? facts.outcome
      : { is: "failed", message: error instanceof Error ? error.message : String(error) };
  if (outcome === undefined) return cluster.status;
  const { v1, v2 } = topologyReconciled(outcome);
  const { generation } = cluster.metadata;
  return {
    ...before,
    conditions: setCondition(before.conditions, v1, now),
    v1beta2: { ...before.v1beta2, conditions: setV1Beta2(before.v1beta2?.conditions, v2, { now, generation }) },
  };
};
