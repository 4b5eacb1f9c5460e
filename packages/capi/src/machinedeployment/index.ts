/** MachineDeployment: machines of one template, replaced step by step when the template changes. */
import {
  finalizers,
  labels,
  Machine,
  MachineDeployment,
  type Machine as MachineObject,
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
import { desired } from "./desired.ts";
import { perform } from "./perform.ts";
import { adoptSets, cleanup, count, deleteSets, machineDeploymentControllerName, newSet, rollout, templates } from "./phases.ts";
import type { MachineDeploymentEffect, MachineDeploymentFacts, MachineDeploymentScope } from "./scope.ts";
import { ownedV1Beta1, ownedV1Beta2, status } from "./status.ts";

export interface MachineDeploymentControllerOptions {
  /** A number in [0, 1): where the ends of names come from. */
  readonly random?: () => number;
  readonly concurrency?: number;
}

export const machineDeploymentController = ({
  random = Math.random,
  concurrency = 10,
}: MachineDeploymentControllerOptions = {}): Controller<MachineDeployment> =>
  controller<MachineDeployment, MachineDeploymentScope, MachineDeploymentEffect, MachineDeploymentFacts>(MachineDeployment, {
    name: machineDeploymentControllerName,
    concurrency,
    finalizer: finalizers.machineDeployment,
    clusterName: ({ spec }) => spec.clusterName,
    indexes: [
      referenceIndex(MachineDeployment, ({ spec }) => [
        spec.template.spec?.infrastructureRef,
        spec.template.spec?.bootstrap.configRef,
      ]),
    ],
    watches: [
      controlled(MachineSet, MachineDeployment),
      mapped(MachineSet, (set, caches) =>
        controllerOf(set)
          ? []
          : caches
              .list(MachineDeployment, set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace })
              .filter(({ spec }) => matchesSelector(spec.selector, set.metadata.labels))
              .map(toRef),
      ),
      mapped(Machine, ofDeployment, machineMatters),
    ],
    scope: ({ object: deployment, cluster, context }) =>
      cluster && { deployment, cluster, now: context.clock.now(), random, context },
    phases: [templates, adoptSets, newSet, rollout, cleanup, count],
    teardown: [adoptSets, deleteSets, count],
    perform,
    desired,
    status,
    ownedConditions: { v1beta1: ownedV1Beta1, v1beta2: ownedV1Beta2 },
    recheckSeconds: ({ deployment }, now) => secondsUntil(deployment.spec.rolloutAfter, now),
  });

/** A rollout that is set for later begins then, whatever happens until. CORE-320 */
const secondsUntil = (time: string | undefined, now: Date): number | undefined => {
  const seconds = time === undefined ? 0 : (Date.parse(time) - now.getTime()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) + 1 : undefined;
};

const ofDeployment = ({ metadata }: Stored<MachineObject>) => {
  const name = metadata.labels?.[labels.deploymentName];
  return name === undefined ? [] : [{ ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name }];
};

/** Machines change often; the deployment cares for what it sums up, and for those that people delete. */
const machineMatters = (machine: Stored<MachineObject>, old: Stored<MachineObject> | undefined): boolean =>
  old === undefined || !sameJson(whatCounts(machine), whatCounts(old));

const whatCounts = ({ metadata, status }: Stored<MachineObject>) => ({
  deleting: metadata.deletionTimestamp !== undefined,
  health: status?.conditions?.filter(({ type }) => type === "HealthCheckSucceeded" || type === "OwnerRemediated"),
  conditions: status?.v1beta2?.conditions
    ?.filter(({ type }) => type === "Ready" || type === "UpToDate" || type === "OwnerRemediated")
    .map(({ type, status, reason, message }) => [type, status, reason, message]),
});
