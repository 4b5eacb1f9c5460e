import type { ApiEndpoint, Cluster, ClusterStatus, Condition, Stored } from "@slipway/api";
import { hasStatus, isFalse, isTrue, type NewCondition, type Report, setCondition, summary } from "@slipway/runtime";
import {
  byContract,
  type External,
  endpointOf,
  failureDomainsOf,
  failureOf,
  isInitialized,
  isReady,
  isValidEndpoint,
  mirroredReady,
} from "../external/index.ts";
import { v1beta2Conditions } from "./conditions.ts";
import { controlPlaneReplicas, workerReplicas } from "./replicas.ts";
import { awaitsTopology, type ClusterFacts, type ClusterScope } from "./scope.ts";

export type ClusterReport = Report<ClusterScope, ClusterFacts>;
type Phase = NonNullable<ClusterStatus["phase"]>;

/** References by contract, and the endpoint from whoever offers one first. CORE-095, CORE-152, CORE-153 */
export const desired = (cluster: Stored<Cluster>, { facts }: ClusterReport): Cluster => {
  const { infrastructure, controlPlane } = facts;
  const endpoint = endpointFrom(cluster, facts);
  return {
    ...cluster,
    spec: {
      ...cluster.spec,
      ...(infrastructure ? { infrastructureRef: byContract(infrastructure) } : {}),
      ...(controlPlane ? { controlPlaneRef: byContract(controlPlane) } : {}),
      ...(endpoint ? { controlPlaneEndpoint: endpoint } : {}),
    },
  };
};

const endpointFrom = (cluster: Stored<Cluster>, facts: Partial<ClusterFacts>): ApiEndpoint | undefined => {
  if (isValidEndpoint(cluster.spec.controlPlaneEndpoint)) return cluster.spec.controlPlaneEndpoint;
  const offered = [
    usable(facts.infrastructure, cluster.status?.infrastructureReady),
    usable(facts.controlPlane, cluster.status?.controlPlaneReady),
  ].flatMap((object) => (object ? (endpointOf(object) ?? []) : []));
  return offered.find(isValidEndpoint) ?? cluster.spec.controlPlaneEndpoint;
};

/** Values are taken from an object that is or was ready and is not going away. CORE-154, CORE-156 */
const usable = (external: External | undefined, wasReady: boolean | undefined): External["object"] => {
  const object = external?.object;
  if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
  return wasReady === true || isReady(object) ? object : undefined;
};

/** The whole status. Ready flags are latches: once true they stay, only the mirrored conditions follow the provider. TRAP-01 */
export const status = (cluster: Stored<Cluster>, report: ClusterReport): ClusterStatus => {
  const { scope, facts, now, errors, verdicts } = report;
  const before = cluster.status ?? {};
  const deleting = cluster.metadata.deletionTimestamp !== undefined;
  const usableInfrastructure = usable(facts.infrastructure, before.infrastructureReady);
  const noInfrastructure = cluster.spec.infrastructureRef === undefined && !deleting && !awaitsTopology(cluster);
  const infrastructureReady = before.infrastructureReady === true || noInfrastructure || usableInfrastructure !== undefined;
  const controlPlaneReady = before.controlPlaneReady === true || usable(facts.controlPlane, false) !== undefined;
  const failure = { ...failureFrom(facts.infrastructure), ...failureFrom(facts.controlPlane) };
  const failed = errors.length > 0 || verdicts.some(({ outcome }) => outcome === "fail");
  const next: ClusterStatus = {
    ...before,
    ...failure,
    ...(usableInfrastructure ? { failureDomains: failureDomainsOf(usableInfrastructure) } : {}),
    infrastructureReady,
    controlPlaneReady,
    conditions: v1beta1Conditions(cluster, report, noInfrastructure),
    ...(failed ? {} : { observedGeneration: cluster.metadata.generation }),
  };
  const endpoint = endpointFrom(cluster, facts);
  const phase = phaseOf({ ...cluster, spec: { ...cluster.spec, controlPlaneEndpoint: endpoint }, status: next });
  return {
    ...next,
    phase,
    v1beta2: {
      ...before.v1beta2,
      controlPlane: controlPlaneReplicas(scope, facts),
      workers: workerReplicas(scope),
      conditions: v1beta2Conditions({ ...cluster, status: next }, report, now),
    },
  };
};

const failureFrom = (external: External | undefined) => {
  try {
    return external ? failureOf(external) : {};
  } catch {
    return {}; // of a wrong type: the phase has reported it
  }
};

/** Each rule overrides the ones before it. CORE-161 */
export const phaseOf = ({ spec, status = {}, metadata }: Cluster): Phase => {
  if (metadata.deletionTimestamp !== undefined) return "Deleting";
  if (status.failureReason !== undefined || status.failureMessage !== undefined) return "Failed";
  if (status.infrastructureReady === true && isValidEndpoint(spec.controlPlaneEndpoint)) return "Provisioned";
  if (spec.infrastructureRef !== undefined || spec.controlPlaneRef !== undefined) return "Provisioning";
  return status.phase ?? "Pending";
};

/** The types that only this controller writes. */
export const ownedV1Beta1 = ["Ready", "ControlPlaneReady", "InfrastructureReady"] as const;

const v1beta1Conditions = (cluster: Stored<Cluster>, report: ClusterReport, noInfrastructure: boolean): readonly Condition[] => {
  const { facts, now } = report;
  const deleting = cluster.metadata.deletionTimestamp !== undefined;
  const before = cluster.status?.conditions;
  const wanted = [
    noInfrastructure
      ? isTrue("InfrastructureReady")
      : mirrored(facts.infrastructure, "InfrastructureReady", "WaitingForInfrastructure", deleting),
    mirrored(facts.controlPlane, "ControlPlaneReady", "WaitingForControlPlane", deleting),
    initialized(cluster, report),
  ];
  const set = wanted.reduce<readonly Condition[]>((list, next) => setCondition(list, next, now), before ?? []);
  return setCondition(set, summary(set, { types: ["ControlPlaneReady", "InfrastructureReady"] }), now);
};

const mirrored = (external: External | undefined, type: string, waiting: string, deleting: boolean): NewCondition | undefined => {
  if (!external) return undefined;
  if (external.object)
    return mirroredReady(external.object, type, !deleting && readyOf(external), deleting ? "Deleting" : waiting);
  return deleting ? isFalse(type, "Deleted", "Info") : undefined;
};

/** A latch. CORE-157, CORE-158 */
const initialized = (cluster: Stored<Cluster>, { facts, scope, deleting }: ClusterReport): NewCondition | undefined => {
  const type = "ControlPlaneInitialized";
  if (hasStatus(cluster.status?.conditions, type, "True")) return undefined;
  if (cluster.spec.controlPlaneRef !== undefined) {
    const object = facts.controlPlane?.object;
    if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
    if (initializedOf(facts.controlPlane)) return isTrue(type);
    const message = "Waiting for control plane provider to indicate the control plane has been initialized";
    return isFalse(type, "WaitingForControlPlaneProviderInitialized", "Info", message);
  }
  if (deleting || awaitsTopology(cluster)) return undefined;
  const someNode = scope.descendants.controlPlaneMachines.some(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.nodeRef !== undefined,
  );
  if (someNode) return isTrue(type);
  return isFalse(type, "MissingNodeRef", "Info", "Waiting for the first control plane machine to have its status.nodeRef set");
};

const readyOf = (external: External | undefined): boolean => quietly(external, isReady);
const initializedOf = (external: External | undefined): boolean => quietly(external, isInitialized);

/** The phase has reported a field of a wrong type already; here it counts as not set. */
const quietly = (external: External | undefined, read: (object: NonNullable<External["object"]>) => boolean): boolean => {
  try {
    return external?.object !== undefined && read(external.object);
  } catch {
    return false;
  }
};
