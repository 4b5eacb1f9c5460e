import {
  Cluster,
  type Condition,
  labels,
  type Machine,
  type MachineStatus,
  type Node,
  type ObjectReference,
  type Stored,
} from "@slipway/api";
import {
  controllerOf,
  isFalse,
  isTrue,
  isUnknown,
  type NewCondition,
  ownerOf,
  ownerRef,
  type Report,
  setCondition,
  summary,
  wholeSeconds,
  withOwner,
} from "@slipway/runtime";
import {
  addressesOf,
  byContract,
  dataSecretName,
  type External,
  type Failure,
  failureDomain,
  failureOf,
  isReady,
  mirroredReady,
} from "../external/index.ts";
import { v1beta2Conditions } from "./conditions.ts";
import { goneAfterReady } from "./references.ts";
import { isDeleting, type MachineFacts, type MachineScope, providerIdOf, usableInfrastructure } from "./scope.ts";
import { nodeRefTo } from "./teardown.ts";

export type MachineReport = Report<MachineScope, MachineFacts>;
type Phase = NonNullable<MachineStatus["phase"]>;

/** Label, owner, references by contract, and what the providers found out: data secret, provider id, failure domain. */
export const desired = (machine: Stored<Machine>, { scope, facts }: MachineReport): Machine => {
  const { spec, metadata } = machine;
  const usable = usableInfrastructure(machine, facts);
  const providerID = providerIdOf(machine, facts);
  const domain = usable && failureDomain(usable);
  const secret = spec.bootstrap.dataSecretName ?? dataSecretOf(facts.bootstrap);
  const named = metadata.labels?.[labels.clusterName] === spec.clusterName;
  return {
    ...machine,
    metadata: {
      ...metadata,
      ...(named ? {} : { labels: { ...metadata.labels, [labels.clusterName]: spec.clusterName } }),
      ...(isStandAlone(machine)
        ? { ownerReferences: withOwner(metadata.ownerReferences, ownerRef(scope.cluster, Cluster)) }
        : {}),
    },
    spec: {
      ...spec,
      bootstrap: {
        ...spec.bootstrap,
        ...(facts.bootstrap ? { configRef: byContract(facts.bootstrap) } : {}),
        ...(secret === undefined ? {} : { dataSecretName: secret }),
      },
      ...(facts.infrastructure ? { infrastructureRef: byContract(facts.infrastructure) } : {}),
      ...(providerID === undefined ? {} : { providerID }),
      ...(domain === undefined ? {} : { failureDomain: domain }),
    },
  };
};

/** Nobody's Machine is the Cluster's. CORE-206 */
const isStandAlone = (machine: Machine): boolean =>
  controllerOf(machine) === undefined &&
  ownerOf(machine, Cluster) === undefined &&
  [labels.setName, labels.poolName, labels.controlPlaneName].every((label) => machine.metadata.labels?.[label] === undefined);

/** CORE-210 */
const dataSecretOf = (external: External | undefined): string | undefined => {
  const object = external?.object;
  if (!object || object.metadata.deletionTimestamp !== undefined || !isReady(object)) return undefined;
  return dataSecretName(object) || undefined;
};

/** The whole status. Ready flags are latches; nodeRef is set once. TRAP-01 */
export const status = (machine: Stored<Machine>, report: MachineReport): MachineStatus => {
  const { scope, facts, now, errors, verdicts } = report;
  const before = machine.status ?? {};
  const usable = usableInfrastructure(machine, facts);
  const found = facts.node?.state === "found" ? facts.node.node : undefined;
  const failed = errors.length > 0 || verdicts.some(({ outcome }) => outcome === "fail");
  const withoutExpiry = { ...before };
  delete (withoutExpiry as { certificatesExpiryDate?: string }).certificatesExpiryDate;
  const next: MachineStatus = {
    ...withoutExpiry,
    ...failureFrom(facts.bootstrap),
    ...failureFrom(facts.infrastructure),
    ...vanished(machine, facts),
    bootstrapReady: before.bootstrapReady === true || isBootstrapped(machine, facts),
    infrastructureReady: before.infrastructureReady === true || usable !== undefined,
    ...addressesFrom(usable),
    ...nodeFacts(before, found, facts),
    ...(facts.certificatesExpiryDate === undefined ? {} : { certificatesExpiryDate: facts.certificatesExpiryDate }),
    ...deletionFrom(before, facts),
    conditions: v1beta1Conditions(machine, report),
    ...(failed ? {} : { observedGeneration: machine.metadata.generation }),
  };
  const phase = phaseOf({ ...machine, spec: { ...machine.spec, providerID: providerIdOf(machine, facts) }, status: next });
  return {
    ...next,
    phase,
    ...(phase === before.phase ? {} : { lastUpdated: wholeSeconds(now) }),
    v1beta2: { ...before.v1beta2, conditions: v1beta2Conditions({ ...machine, status: next }, report, scope) },
  };
};

const isBootstrapped = (machine: Machine, { bootstrap }: Partial<MachineFacts>): boolean =>
  bootstrap?.object !== undefined &&
  (machine.spec.bootstrap.dataSecretName !== undefined || dataSecretOf(bootstrap) !== undefined);

const failureFrom = (external: External | undefined): Failure => {
  try {
    return external ? failureOf(external) : {};
  } catch {
    return {}; // of a wrong type: the phase has reported it
  }
};

/** CORE-213 */
const vanished = (machine: Machine, { infrastructure }: Partial<MachineFacts>): Failure =>
  infrastructure && !infrastructure.object && machine.status?.infrastructureReady === true && !isDeleting(machine)
    ? { failureReason: "InvalidConfiguration", failureMessage: goneAfterReady(infrastructure) }
    : {};

const addressesFrom = (object: External["object"]): Pick<MachineStatus, "addresses"> => {
  const addresses = object && addressesOf(object);
  return addresses ? { addresses } : {};
};

/** CORE-223 */
const nodeFacts = (
  before: MachineStatus,
  found: Stored<Node> | undefined,
  facts: Partial<MachineFacts>,
): Partial<MachineStatus> => {
  const nodeRef: ObjectReference | undefined = before.nodeRef ?? (found ? nodeRefTo(found.metadata) : facts.nodeRef);
  return { ...(nodeRef ? { nodeRef } : {}), ...(found?.status?.nodeInfo ? { nodeInfo: found.status.nodeInfo } : {}) };
};

const deletionFrom = (
  { deletion }: MachineStatus,
  { drainStarted, volumeWaitStarted }: Partial<MachineFacts>,
): Partial<MachineStatus> => {
  if (!deletion && !drainStarted && !volumeWaitStarted) return {};
  return {
    deletion: {
      ...(drainStarted ? { nodeDrainStartTime: drainStarted } : {}),
      ...(volumeWaitStarted ? { waitForNodeVolumeDetachStartTime: volumeWaitStarted } : {}),
      ...deletion,
    },
  };
};

/** Each rule overrides the ones before it. CORE-218 */
export const phaseOf = ({ spec, status = {}, metadata }: Machine): Phase => {
  if (metadata.deletionTimestamp !== undefined) return "Deleting";
  if (status.failureReason !== undefined || status.failureMessage !== undefined) return "Failed";
  if (status.nodeRef !== undefined && status.infrastructureReady === true) return "Running";
  if (spec.providerID !== undefined) return "Provisioned";
  if (status.bootstrapReady === true && status.infrastructureReady !== true) return "Provisioning";
  return status.phase ?? "Pending";
};

/** The types that only this controller writes. */
export const ownedV1Beta1 = ["Ready", "BootstrapReady", "InfrastructureReady", "DrainingSucceeded"] as const;

const v1beta1Conditions = (machine: Stored<Machine>, report: MachineReport): readonly Condition[] => {
  const { facts, now } = report;
  const wanted = [
    bootstrapReady(machine, facts),
    infrastructureReady(machine, facts),
    facts.nodeDeletion ?? nodeHealthy(machine, facts),
    facts.preDrainHooks,
    facts.draining,
    facts.volumeDetach,
    facts.preTerminateHooks,
  ];
  const set = wanted.reduce<readonly Condition[]>(
    (list, next) => setCondition(list, next, now),
    machine.status?.conditions ?? [],
  );
  const ready = summary(set, {
    types: ["InfrastructureReady", "BootstrapReady", "HealthCheckSucceeded", "OwnerRemediated", "DrainingSucceeded"],
    stepCounter: !isDeleting(machine) && providerIdOf(machine, facts) === undefined,
    stepCounterOnlyIf: ["BootstrapReady", "InfrastructureReady"],
  });
  return setCondition(set, ready, now);
};

/** CORE-209, CORE-211 */
const bootstrapReady = (machine: Machine, { bootstrap }: Partial<MachineFacts>): NewCondition | undefined => {
  const type = "BootstrapReady";
  if (!bootstrap) return undefined;
  if (!bootstrap.object) return isDeleting(machine) ? isFalse(type, "Deleted", "Info") : undefined;
  if (machine.spec.bootstrap.dataSecretName !== undefined || dataSecretOf(bootstrap) !== undefined) return isTrue(type);
  return mirroredReady(bootstrap.object, type, readyOf(bootstrap), isDeleting(machine) ? "Deleting" : "WaitingForDataSecret");
};

/** CORE-216 */
const infrastructureReady = (machine: Machine, { infrastructure }: Partial<MachineFacts>): NewCondition | undefined => {
  const type = "InfrastructureReady";
  if (!infrastructure) return undefined;
  if (!infrastructure.object) return isDeleting(machine) ? isFalse(type, "Deleted", "Info") : undefined;
  return mirroredReady(
    infrastructure.object,
    type,
    readyOf(infrastructure),
    isDeleting(machine) ? "Deleting" : "WaitingForInfrastructure",
  );
};

const readyOf = ({ object }: External): boolean => {
  try {
    return object !== undefined && isReady(object);
  } catch {
    return false; // of a wrong type: the phase has reported it
  }
};

/** CORE-221, CORE-222, CORE-230 */
const nodeHealthy = (machine: Machine, { node, infrastructure }: Partial<MachineFacts>): NewCondition | undefined => {
  const type = "NodeHealthy";
  switch (node?.state) {
    case undefined:
    case "disconnected":
      return undefined;
    case "no provider id":
      return isFalse(type, "WaitingForNodeRef", "Info");
    case "ambiguous":
      return isUnknown(type, "NodeInspectionFailed", "Failed to get the Node for this Machine by ProviderID");
    case "missing":
      if (isDeleting(machine)) return undefined;
      if (machine.status?.nodeRef) return isFalse(type, "NodeNotFound", "Error");
      return isFalse(type, "NodeProvisioning", "Warning", "Waiting for a node with matching ProviderID to exist");
    case "found": {
      const object = infrastructure?.object;
      if (!object || object.metadata.deletionTimestamp !== undefined) return isFalse(type, "Deleting", "Info");
      return healthOf(node.node);
    }
  }
};

const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure"];

const healthOf = (node: Node): NewCondition => {
  const type = "NodeHealthy";
  const bad = (node.status?.conditions ?? []).filter(
    (condition) =>
      (pressures.includes(condition.type) && condition.status !== "False") ||
      (condition.type === "Ready" && condition.status !== "True"),
  );
  const message = bad.map((condition) => `Node condition ${condition.type} is ${condition.status}`).join(". ");
  if (bad.some(({ status }) => status !== "Unknown")) return isFalse(type, "NodeConditionsFailed", "Warning", message);
  return bad.length === pressures.length + 1 ? isUnknown(type, "NodeConditionsFailed", message) : isTrue(type);
};
