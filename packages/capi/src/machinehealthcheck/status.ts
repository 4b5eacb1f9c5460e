import { Cluster, labels, type MachineHealthCheck, type MachineHealthCheckStatus, type Stored } from "@slipway/api";
import {
  isFalse,
  isTrue,
  ownerRef,
  type Report,
  removeCondition,
  setCondition,
  setV1Beta2,
  v1beta2,
  withOwner,
} from "@slipway/runtime";
import { restrictedMessage } from "./allowance.ts";
import type { HealthCheckFacts, HealthCheckScope } from "./scope.ts";

export type HealthCheckReport = Report<HealthCheckScope, HealthCheckFacts>;

/** CORE-344 */
export const desired = (check: Stored<MachineHealthCheck>, { scope }: HealthCheckReport): MachineHealthCheck => {
  const { metadata, spec } = check;
  const named = metadata.labels?.[labels.clusterName] === spec.clusterName;
  return {
    ...check,
    metadata: {
      ...metadata,
      ...(named ? {} : { labels: { ...metadata.labels, [labels.clusterName]: spec.clusterName } }),
      ownerReferences: withOwner(metadata.ownerReferences, ownerRef(scope.cluster, Cluster)),
    },
  };
};

export const status = (
  check: Stored<MachineHealthCheck>,
  { facts, now, errors }: HealthCheckReport,
): MachineHealthCheckStatus => {
  const before = check.status ?? {};
  const { targets, healthy = 0, unhealthy = 0, allowance, externalFailure } = facts;
  if (!targets || !allowance) return before;
  const message = restrictedMessage(check, targets.length, unhealthy);
  const { allowed, remediations } = allowance;
  const v1 = setCondition(
    before.conditions,
    allowed ? isTrue("RemediationAllowed") : isFalse("RemediationAllowed", "TooManyUnhealthy", "Warning", message),
    now,
  );
  const external = { type: "ExternalRemediationTemplateAvailable", reason: "ExternalRemediationTemplateNotFound" };
  return {
    ...before,
    expectedMachines: targets.length,
    currentHealthy: healthy,
    remediationsAllowed: remediations,
    targets,
    conditions:
      externalFailure === undefined
        ? removeCondition(v1, external.type)
        : setCondition(v1, isFalse(external.type, external.reason, "Error", externalFailure.message), now),
    ...(errors.length > 0 ? {} : { observedGeneration: check.metadata.generation }),
    v1beta2: {
      ...before.v1beta2,
      conditions: setV1Beta2(
        before.v1beta2?.conditions,
        allowed
          ? v1beta2("RemediationAllowed", "True", "RemediationAllowed")
          : v1beta2("RemediationAllowed", "False", "TooManyUnhealthy", message),
        { now, generation: check.metadata.generation },
      ),
    },
  };
};
