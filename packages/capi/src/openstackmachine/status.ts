import type { Condition, OpenStackMachine, OpenStackMachineStatus, Stored } from "@slipway/api";
import {
  isFalse,
  isTrue,
  isUnknown,
  type NewCondition,
  type Report,
  setCondition,
  summary,
  type Verdict,
} from "@slipway/runtime";
import { providerId } from "../openstackcloud/names.ts";
import { isControlPlane, type MachineFacts, type MachineScope } from "./scope.ts";

type MachineReport = Report<MachineScope, MachineFacts>;

export const instanceReady = "InstanceReady";
/** The type really ends in "Condition". */
export const ingressReady = "APIServerIngressReadyCondition";

/** The one field of the spec that is ours: what the Node will be called by the cloud. */
export const desired = (osm: Stored<OpenStackMachine>, { facts }: MachineReport): OpenStackMachine =>
  facts.running === true && facts.instanceId !== undefined && osm.spec.providerID === undefined
    ? { ...osm, spec: { ...osm.spec, providerID: providerId(osm.spec.identityRef?.region, facts.instanceId) } }
    : osm;

export const status = (osm: Stored<OpenStackMachine>, report: MachineReport): OpenStackMachineStatus => {
  const before = osm.status ?? {};
  const { facts, verdicts, now, scope } = report;
  const conditions = withConditions(before.conditions as readonly Condition[] | undefined, verdicts, scope, now);
  const failed = terminalFailure(verdicts, scope);
  return {
    ...before,
    // Never taken back: a machine that fails later says so in its conditions.
    ...(facts.running === true ? { ready: true } : {}),
    ...(facts.instanceId === undefined ? {} : { instanceID: facts.instanceId }),
    ...(facts.addresses === undefined ? {} : { addresses: facts.addresses }),
    ...(failed === undefined ? {} : { failureReason: "UpdateError", failureMessage: failed }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
};

const withConditions = (
  before: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
  scope: MachineScope,
  now: Date,
): readonly Condition[] => {
  const controlPlane = isControlPlane(scope.machine);
  const instance = setCondition(before, instanceCondition(verdicts), now);
  const all = controlPlane ? setCondition(instance, ingressCondition(verdicts), now) : instance;
  return setCondition(all, summary(all, { types: controlPlane ? [instanceReady, ingressReady] : [instanceReady] }), now);
};

const toInstance = ["clusterInfrastructure", "bootstrapData", "serverObject", "instance"];
const toIngress = ["loadBalancerMember", "apiFloatingIp"];

/** Waiting for others is no fault of the machine's. */
const ordinary = new Set(["WaitingForClusterInfrastructure", "WaitingForBootstrapData"]);
/** Steps of which upstream shows nothing. */
const quiet = new Set(["ServerObjectCreating", "ServerObjectNotReady", "InstanceBuilding"]);

/** Whatever else the cloud refused has one name, as upstream's. */
const ownReasons = new Set([...ordinary, "InstanceCreateFailed", "InstanceStateError", "DependencyFailed", "WaitingForImage"]);
const reasonOf = (reason: string): string => (ownReasons.has(reason) ? reason : "OpenStackError");

const instanceCondition = (verdicts: readonly Verdict[]): NewCondition | undefined => {
  const telling = verdicts.find(({ phase, outcome }) => toInstance.includes(phase) && outcome !== "ready");
  if (telling === undefined) return isTrue(instanceReady);
  switch (telling.outcome) {
    case "fail":
      return isFalse(instanceReady, telling.reason, "Error", telling.message);
    case "error":
      return isFalse(instanceReady, "OpenStackError", "Error", telling.message);
    case "act":
    case "wait":
      if (quiet.has(telling.reason)) return undefined;
      if (telling.reason === "InstanceNotReady") return isUnknown(instanceReady, telling.reason, telling.message);
      return isFalse(
        instanceReady,
        reasonOf(telling.reason),
        ordinary.has(telling.reason) ? "Info" : "Error",
        telling.message ?? "",
      );
    default:
      return undefined;
  }
};

const ingressCondition = (verdicts: readonly Verdict[]): NewCondition | undefined => {
  const mine = verdicts.filter(({ phase }) => toIngress.includes(phase));
  const telling = mine.find(({ outcome }) => outcome !== "ready");
  if (telling === undefined) return mine.length === 0 ? undefined : isTrue(ingressReady);
  if (telling.outcome === "skipped" || telling.outcome === "ready") return undefined;
  const reason = telling.phase === "apiFloatingIp" ? "FloatingIPError" : "LoadBalancerMemberError";
  return isFalse(ingressReady, reason, "Error", telling.message ?? "");
};

/** A server that failed before its node was there: the machine cannot become one any more. */
const terminalFailure = (verdicts: readonly Verdict[], { machine }: MachineScope): string | undefined => {
  if (machine.status?.nodeRef !== undefined) return undefined;
  for (const verdict of verdicts) {
    if (verdict.outcome !== "fail") continue;
    if (verdict.phase !== "serverObject" && (verdict.phase !== "instance" || verdict.reason !== "InstanceStateError")) continue;
    return `OpenStack server is in error state: ${verdict.message}`;
  }
  return undefined;
};
