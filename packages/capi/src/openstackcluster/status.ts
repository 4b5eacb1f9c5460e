import {
  type Condition,
  conditionsAnnotation,
  type OpenStackCluster,
  type OpenStackClusterStatus,
  type Stored,
  saidConditions,
} from "@slipway/api";
import { findCondition, isFalse, isTrue, type NewCondition, type Report, setCondition, type Verdict } from "@slipway/runtime";
import { alarming } from "./alarming.ts";
import { type ClusterFacts, type ClusterScope, givenEndpoint, validEndpoint } from "./scope.ts";

type ClusterReport = Report<ClusterScope, ClusterFacts>;

/** Everything that a cluster cannot do without; the bastion is not among it. */
const essential = new Set([
  "externalNetwork",
  "network",
  "router",
  "loadBalancerNetwork",
  "securityGroups",
  "loadBalancer",
  "loadBalancerFloatingIp",
  "listeners",
  "monitors",
  "endpoint",
  "failureDomains",
]);

/**
 * The one field of the spec that is ours, and what the object says of itself, for which its status has no room. A host that was there
 * before stays, whatever the load balancer's address is.
 */
export const desired = (osc: Stored<OpenStackCluster>, report: ClusterReport): OpenStackCluster =>
  withConditions(withEndpoint(osc, report), conditionsAfter(osc, report));

const withEndpoint = (osc: Stored<OpenStackCluster>, { facts }: ClusterReport): OpenStackCluster =>
  facts.endpoint === undefined || validEndpoint(osc.spec.controlPlaneEndpoint) !== undefined
    ? osc
    : { ...osc, spec: { ...osc.spec, controlPlaneEndpoint: facts.endpoint } };

/** While it is being taken down: what is in the way. */
export const desiredWhileDeleting = (osc: Stored<OpenStackCluster>, { verdicts, now }: ClusterReport): OpenStackCluster => {
  const obstacle = verdicts.find(({ outcome }) => outcome !== "ready" && outcome !== "skipped");
  const said = obstacle === undefined ? undefined : obstacleCondition(obstacle);
  return said === undefined ? osc : withConditions(osc, setCondition(saidConditions(osc), said, now));
};

const withConditions = (osc: OpenStackCluster, conditions: readonly Condition[]): OpenStackCluster => {
  const text = JSON.stringify(conditions);
  if (conditions.length === 0 || osc.metadata.annotations?.[conditionsAnnotation] === text) return osc;
  return { ...osc, metadata: { ...osc.metadata, annotations: { ...osc.metadata.annotations, [conditionsAnnotation]: text } } };
};

const conditionsAfter = (osc: Stored<OpenStackCluster>, report: ClusterReport): readonly Condition[] => {
  const before = saidConditions(osc);
  const isReady = osc.status?.ready === true || isComplete(report);
  const next = readyCondition(before, report.verdicts, isReady);
  return next === undefined ? before : setCondition(before, next, report.now);
};

const isComplete = ({ facts, verdicts, scope }: ClusterReport): boolean =>
  verdicts.filter(({ phase }) => essential.has(phase)).every(({ outcome }) => outcome === "ready") &&
  (facts.endpoint ?? givenEndpoint(scope)) !== undefined;

/** What was found out in this pass; of what was not looked at, the last that was known. */
export const status = (osc: Stored<OpenStackCluster>, report: ClusterReport): OpenStackClusterStatus => {
  const { facts, verdicts } = report;
  const before: OpenStackClusterStatus = osc.status ?? { ready: false };
  const { failureReason: _reason, failureMessage: _message, ...kept } = before;
  const complete = isComplete(report);
  const groups = facts.securityGroups;
  return withoutAbsent({
    ...kept,
    ...failure(before, verdicts, complete),
    // Never taken back, and not for the bastion to hold up.
    ready: before.ready || complete,
    externalNetwork: changed(facts.externalNetwork, before.externalNetwork),
    network: facts.network ?? before.network,
    router: changed(facts.router, before.router),
    apiServerLoadBalancer: facts.loadBalancer ?? before.apiServerLoadBalancer,
    controlPlaneSecurityGroup: groups?.controlplane ?? before.controlPlaneSecurityGroup,
    workerSecurityGroup: groups?.worker ?? before.workerSecurityGroup,
    bastionSecurityGroup: groups ? groups.bastion : before.bastionSecurityGroup,
    failureDomains: facts.failureDomains ?? before.failureDomains,
    bastion: changed(facts.bastion, before.bastion),
  });
};

/**
 * What the cloud refuses on the way to readiness, so that the Cluster above repeats it in words. Ordinary waits are told only once
 * there was trouble: on a good day the condition is written once.
 */
const readyCondition = (
  before: readonly Condition[],
  verdicts: readonly Verdict[],
  isReady: boolean,
): NewCondition | undefined => {
  if (isReady) return isTrue("Ready");
  const obstacle = verdicts.find(({ phase, outcome }) => essential.has(phase) && outcome !== "ready");
  const said = obstacle === undefined ? undefined : obstacleCondition(obstacle);
  if (said !== undefined) return said;
  const troubled = findCondition(before, "Ready")?.status === "False";
  return troubled && obstacle !== undefined && "reason" in obstacle ? isFalse("Ready", obstacle.reason, "Info") : undefined;
};

const obstacleCondition = (verdict: Verdict): NewCondition | undefined => {
  switch (verdict.outcome) {
    case "fail":
      return isFalse("Ready", verdict.reason, "Error", verdict.message);
    case "error":
      return isFalse("Ready", "OpenStackError", "Error", verdict.message);
    case "act":
    case "wait":
      return alarming.has(verdict.reason) ? isFalse("Ready", verdict.reason, "Warning", verdict.message) : undefined;
    default:
      return undefined;
  }
};

/** `null` was looked for and is not there. */
const changed = <T>(fact: T | null | undefined, before: T | undefined): T | undefined =>
  fact === undefined ? before : (fact ?? undefined);

/** Set by what only a change of the spec can help, cleared by the next success. */
const failure = (
  before: OpenStackClusterStatus,
  verdicts: readonly Verdict[],
  complete: boolean,
): Pick<OpenStackClusterStatus, "failureReason" | "failureMessage"> => {
  const failed = verdicts.find(({ phase, outcome }) => essential.has(phase) && outcome === "fail");
  if (failed?.outcome === "fail") return { failureReason: "UpdateError", failureMessage: failed.message };
  return complete ? {} : { failureReason: before.failureReason, failureMessage: before.failureMessage };
};

const withoutAbsent = (status: OpenStackClusterStatus): OpenStackClusterStatus =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as unknown as OpenStackClusterStatus;
