/** MachineSet: as many Machines of one template as wanted; it replaces those that are given up, and brings changes to those that stay. */
import {
  type MachineDeployment as Deployment,
  finalizers,
  labels,
  Machine,
  MachineDeployment,
  MachineSet,
  type Stored,
} from "@slipway/api";
import {
  type Controller,
  controlled,
  controller,
  controllerOf,
  mapped,
  matchesSelector,
  sameJson,
  toRef,
} from "@slipway/runtime";
import { referenceIndex } from "../external/index.ts";
import type { WorkloadClusters } from "../workload/index.ts";
import { desired } from "./desired.ts";
import { perform } from "./perform.ts";
import { adoptMachines, count, deleteMachines, leftovers, machineSetControllerName, replicas, templates } from "./phases.ts";
import { remediation } from "./remediation.ts";
import { deploymentOf, type MachineSetEffect, type MachineSetFacts, type MachineSetScope, machinesOf } from "./scope.ts";
import { ownedV1Beta1, ownedV1Beta2, recheckSeconds, status } from "./status.ts";
import { syncMachines } from "./sync.ts";

export interface MachineSetControllerOptions {
  readonly workloads: Pick<WorkloadClusters, "find" | "lastProbeSuccess" | "onChange">;
  /** A number in [0, 1): where the ends of names come from. */
  readonly random?: () => number;
  readonly concurrency?: number;
}

export const machineSetController = ({
  workloads,
  random = Math.random,
  concurrency = 10,
}: MachineSetControllerOptions): Controller<MachineSet> =>
  controller<MachineSet, MachineSetScope, MachineSetEffect, MachineSetFacts>(MachineSet, {
    name: machineSetControllerName,
    concurrency,
    finalizer: finalizers.machineSet,
    clusterName: ({ spec }) => spec.clusterName,
    indexes: [
      referenceIndex(MachineSet, ({ spec }) => [
        spec.template?.spec?.infrastructureRef,
        spec.template?.spec?.bootstrap.configRef,
      ]),
    ],
    watches: [
      controlled(Machine, MachineSet),
      mapped(Machine, (machine, caches) =>
        controllerOf(machine)
          ? []
          : caches
              .list(MachineSet, machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace })
              .filter(({ spec }) => matchesSelector(spec.selector, machine.metadata.labels))
              .map(toRef),
      ),
      mapped(
        MachineDeployment,
        (deployment, caches) => caches.ownedBy(MachineSet, deployment.metadata.uid).map(toRef),
        deploymentMatters,
      ),
    ],
    // A connection that comes or goes; a Node's change reaches us through its Machine.
    sources: [
      (wake, caches) =>
        workloads.onChange(({ namespace = "", name }, node) => {
          if (node) return;
          for (const set of caches.list(MachineSet, { namespace, labels: { [labels.clusterName]: name } })) wake(toRef(set));
        }),
    ],
    scope: ({ object: set, cluster, context }) =>
      cluster && {
        set,
        cluster,
        deployment: set.metadata.deletionTimestamp === undefined ? deploymentOf(set, context) : undefined,
        workload: workloads.find({ namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name }),
        lastWord:
          workloads.lastProbeSuccess({ namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name }) ??
          context.startedAt,
        now: context.clock.now(),
        random,
        context,
      },
    phases: [templates, adoptMachines, leftovers, remediation, syncMachines, replicas, count],
    teardown: [adoptMachines, deleteMachines, count],
    perform,
    desired,
    status,
    ownedConditions: { v1beta1: ownedV1Beta1, v1beta2: ownedV1Beta2 },
    recheckSeconds: (scope) =>
      scope.set.metadata.deletionTimestamp === undefined ? recheckSeconds(scope, machinesOf(scope)) : undefined,
  });

/** What of a deployment tells whether our Machines are up to date and may be replaced. */
const deploymentMatters = (deployment: Stored<Deployment>, old: Stored<Deployment> | undefined): boolean =>
  old === undefined ||
  !sameJson(deployment.spec, old.spec) ||
  !sameJson(deployment.metadata.annotations, old.metadata.annotations);
