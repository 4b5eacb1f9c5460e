/** Machine: one server that is a Node, from its bootstrap data to its drain. */
import { Cluster, finalizers, Machine, MachineDeployment, MachineSet, refOf } from "@slipway/api";
import { type Controller, controller, mapped, owner, toRef } from "@slipway/runtime";
import { referenceIndex } from "../external/index.ts";
import type { WorkloadClusters } from "../workload/index.ts";
import { certificates } from "./certificates.ts";
import { connectionDue, ownedV1Beta2 } from "./conditions.ts";
import { drain } from "./drain/index.ts";
import { announce } from "./events.ts";
import { node } from "./node.ts";
import { performMachineEffect } from "./perform.ts";
import { bootstrap, infrastructure } from "./references.ts";
import { clusterRefOf, type MachineEffect, type MachineFacts, type MachineScope, machineControllerName } from "./scope.ts";
import { desired, ownedV1Beta1, status } from "./status.ts";
import {
  bootstrapGone,
  infrastructureGone,
  nodeDeletionAllowed,
  nodeGone,
  preDrainHooks,
  preTerminateHooks,
} from "./teardown.ts";
import { volumesDetached } from "./volumes.ts";
import {
  byCluster,
  byNodeName,
  byProviderId,
  clusterMatters,
  machinesOf,
  machinesOfDeployment,
  revisionChanged,
  wokenByWorkload,
} from "./wakeups.ts";

export interface MachineControllerOptions {
  readonly workloads: Pick<WorkloadClusters, "find" | "lastProbeSuccess" | "onChange">;
  /** Further keys to copy from Machines to their Nodes. CORE-126 */
  readonly syncLabels?: readonly RegExp[];
  readonly syncAnnotations?: readonly RegExp[];
  readonly concurrency?: number;
}

const provisioning = [bootstrap, infrastructure, node, certificates];

export const machineController = (options: MachineControllerOptions): Controller<Machine> => {
  const { workloads, syncLabels = [], syncAnnotations = [], concurrency = 10 } = options;
  return controller<Machine, MachineScope, MachineEffect, MachineFacts>(Machine, {
    name: machineControllerName,
    concurrency,
    finalizer: finalizers.machine,
    clusterName: ({ spec }) => spec.clusterName,
    indexes: [
      referenceIndex(Machine, ({ spec }) => [spec.bootstrap.configRef, spec.infrastructureRef]),
      byCluster,
      byNodeName,
      byProviderId,
    ],
    watches: [
      mapped(Cluster, (cluster, caches) => machinesOf(refOf(cluster), caches).map(toRef), clusterMatters),
      mapped(MachineSet, owner(MachineSet, Machine).map, revisionChanged),
      mapped(MachineDeployment, machinesOfDeployment, revisionChanged),
    ],
    sources: [wokenByWorkload(workloads)],
    scope: ({ object: machine, cluster, context }) =>
      cluster && {
        machine,
        cluster,
        workload: workloads.find(clusterRefOf(machine)),
        lastProbeSuccess: workloads.lastProbeSuccess(clusterRefOf(machine)),
        startedAt: context.startedAt,
        now: context.clock.now(),
        context,
        clusterMachines: () => machinesOf(clusterRefOf(machine), context.caches),
        syncLabels,
        syncAnnotations,
      },
    phases: provisioning,
    teardown: [
      ...provisioning,
      nodeDeletionAllowed,
      preDrainHooks,
      drain,
      volumesDetached,
      preTerminateHooks,
      infrastructureGone,
      bootstrapGone,
      nodeGone,
    ],
    perform: performMachineEffect,
    desired,
    status,
    statusIsProjection: true,
    recheckSeconds: connectionDue,
    ownedConditions: { v1beta1: ownedV1Beta1, v1beta2: ownedV1Beta2 },
    changed: announce,
  });
};
