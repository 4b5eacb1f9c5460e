import { annotations, controlPlaneAnnotations, type KubeadmControlPlane, type Machine, type Stored } from "@slipway/api";
import { isFalse, type NewCondition, type NewV1Beta2Condition, v1beta2 } from "@slipway/runtime";
import { durationMilliseconds } from "../kubeadmconfig/goduration.ts";
import type { EtcdMembership } from "../workload/port.ts";
import {
  byAge,
  type ControlPlane,
  healthConditions,
  isDeleting,
  isEtcdManaged,
  machineIs,
  newest,
  nodeNameOf,
} from "./controlplane.ts";

/** A MachineHealthCheck found a control plane machine sick and left it to us. */

export interface RemediationData {
  readonly machine: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly retryCount: number;
}

export type Remediation =
  | { readonly step: "none" }
  /** An annotation of ours outlived its replacement. */
  | { readonly step: "forget" }
  | {
      readonly step: "defer";
      readonly machine: Stored<Machine>;
      readonly older: NewCondition;
      readonly newer: NewV1Beta2Condition;
    }
  | {
      readonly step: "remediate";
      readonly machine: Stored<Machine>;
      /** Takes over etcd's lead when the sick machine has it. */
      readonly heir: Stored<Machine> | undefined;
      readonly data: RemediationData;
      readonly older: NewCondition;
      readonly newer: NewV1Beta2Condition;
    };

const ownerRemediated = "OwnerRemediated";
const defaultHealthyMilliseconds = 60 * 60_000;

export const isUnhealthy = (machine: Stored<Machine>): boolean => machineIs(machine, "HealthCheckSucceeded", "False");
export const awaitsRemediation = (machine: Stored<Machine>): boolean =>
  isUnhealthy(machine) && machineIs(machine, ownerRemediated, "False");

export const decideRemediation = (
  controlPlane: ControlPlane,
  etcdMembers: EtcdMembership["members"] | undefined,
  initialized: boolean,
): Remediation => {
  const { kcp, cluster, now } = controlPlane;
  const machines = controlPlane.members.map(({ machine }) => machine);
  const machine = pick(machines.filter(awaitsRemediation), isEtcdManaged(kcp));
  if (machine === undefined || isDeleting(machine)) return { step: "none" };

  const inProgress = readData(kcp.metadata.annotations?.[controlPlaneAnnotations.remediationInProgress]);
  if (inProgress !== undefined) {
    const replaced = machines.some(({ metadata }) => Date.parse(metadata.creationTimestamp) > Date.parse(inProgress.timestamp));
    return { step: replaced ? "forget" : "none" };
  }
  const later = (
    reason: "RemediationDeferred" | "CannotBeRemediated",
    message: string,
    older = "WaitingForRemediation",
  ): Remediation => ({
    step: "defer",
    machine,
    older: isFalse(ownerRemediated, older, "Warning", message),
    newer: v1beta2(ownerRemediated, "False", reason, message),
  });

  const version = cluster.spec.topology?.version;
  if (version !== undefined && version !== kcp.spec.version) {
    return later(
      "RemediationDeferred",
      `KubeadmControlPlane can't remediate while waiting for a version upgrade to ${version} to be propagated`,
    );
  }
  const retry = nextRetry(kcp, machine, now);
  if ("wait" in retry) return later("RemediationDeferred", retry.wait);
  if ("stop" in retry) return later("CannotBeRemediated", retry.stop);

  const healthy = machines.filter((other) => other !== machine && !isUnhealthy(other));
  const heir = newest(healthy);
  if (initialized) {
    if (machines.length <= 1) {
      return later("CannotBeRemediated", "KubeadmControlPlane can't remediate if current replicas are less or equal to 1");
    }
    if (healthy.some((other) => nodeNameOf(other) === undefined)) {
      return later(
        "RemediationDeferred",
        "KubeadmControlPlane can't remediate while there are Machines that are still being provisioned",
      );
    }
    if (machines.some(isDeleting)) {
      return later("RemediationDeferred", "KubeadmControlPlane can't remediate while there is a Machine being deleted");
    }
    if (isEtcdManaged(kcp)) {
      if (!keepsQuorum(machines, machine, etcdMembers)) {
        return later(
          "CannotBeRemediated",
          "KubeadmControlPlane can't remediate this Machine because this could result in etcd losing quorum",
        );
      }
      if (heir === undefined) {
        const message =
          "A control plane Machine needs remediation, but there is no healthy Machine to forward etcd leadership to";
        return later("CannotBeRemediated", message, "RemediationFailed");
      }
    }
  }
  const message = "Machine is deleting because it was unhealthy";
  return {
    step: "remediate",
    machine,
    heir: initialized && isEtcdManaged(kcp) ? heir : undefined,
    data: { machine: machine.metadata.name, timestamp: `${now.toISOString().slice(0, 19)}Z`, retryCount: retry.count },
    older: isFalse(ownerRemediated, "RemediationInProgress", "Warning"),
    newer: v1beta2(ownerRemediated, "False", "MachineDeleting", message),
  };
};

/** The one that helps most: asked for by a human, never became a node, lost its etcd member, lost a static pod, oldest. */
const pick = (candidates: readonly Stored<Machine>[], etcdManaged: boolean): Stored<Machine> | undefined => {
  const [api, manager, scheduler, ...etcd] = healthConditions(etcdManaged);
  const tests: readonly ((machine: Stored<Machine>) => boolean)[] = [
    (machine) => Object.hasOwn(machine.metadata.annotations ?? {}, annotations.remediateMachine),
    (machine) => nodeNameOf(machine) === undefined,
    ...[...etcd.toReversed(), api, manager, scheduler].map(
      (type) => (machine: Stored<Machine>) => type !== undefined && !machineIs(machine, type, "True"),
    ),
  ];
  return candidates.toSorted((left, right) => {
    const test = tests.find((wins) => wins(left) !== wins(right));
    return test === undefined ? byAge(left, right) : test(left) ? -1 : 1;
  })[0];
};

/** Retries are counted only while replacements keep failing within the healthy period. */
const nextRetry = (
  kcp: Stored<KubeadmControlPlane>,
  machine: Stored<Machine>,
  now: Date,
): { readonly count: number } | { readonly wait: string } | { readonly stop: string } => {
  const last = readData(machine.metadata.annotations?.[controlPlaneAnnotations.remediationFor]);
  if (last === undefined) return { count: 0 };
  const { minHealthyPeriod, retryPeriod, maxRetry } = kcp.spec.remediationStrategy ?? {};
  const since = Date.parse(last.timestamp);
  const healthy = minHealthyPeriod === undefined ? defaultHealthyMilliseconds : durationMilliseconds(minHealthyPeriod);
  if (since + healthy <= now.getTime()) return { count: 0 };
  const period = retryPeriod === undefined ? 0 : durationMilliseconds(retryPeriod);
  if (since + period > now.getTime()) {
    return {
      wait: `KubeadmControlPlane can't remediate this Machine because the operation already failed in the latest ${retryPeriod} (RetryPeriod)`,
    };
  }
  if (maxRetry !== undefined && last.retryCount >= maxRetry) {
    return {
      stop: `KubeadmControlPlane can't remediate this Machine because the operation already failed ${maxRetry} times (MaxRetry)`,
    };
  }
  return { count: last.retryCount + 1 };
};

/** Would the members that stay still have a healthy majority? */
const keepsQuorum = (
  machines: readonly Stored<Machine>[],
  leaving: Stored<Machine>,
  members: EtcdMembership["members"] | undefined,
): boolean => {
  if (members === undefined) return false;
  const staying = members.filter(({ name }) => name !== nodeNameOf(leaving));
  const healthy = staying.filter(({ name }) => {
    const machine = machines.find((other) => name !== "" && nodeNameOf(other) === name);
    return machine !== undefined && machineIs(machine, "EtcdMemberHealthy", "True");
  });
  return healthy.length >= Math.floor(staying.length / 2) + 1;
};

export const readData = (text: string | undefined): RemediationData | undefined => {
  if (text === undefined) return undefined;
  try {
    const { machine, timestamp, retryCount } = JSON.parse(text) as Partial<RemediationData>;
    return typeof machine === "string" && typeof timestamp === "string" && typeof retryCount === "number"
      ? { machine, timestamp, retryCount }
      : undefined;
  } catch {
    return undefined;
  }
};

/** What `status.lastRemediation` says: the one under way, else the newest that a machine was made for. */
export const lastRemediation = (
  kcp: Stored<KubeadmControlPlane>,
  machines: readonly Stored<Machine>[],
): RemediationData | undefined =>
  readData(kcp.metadata.annotations?.[controlPlaneAnnotations.remediationInProgress]) ??
  machines
    .flatMap(({ metadata }) => readData(metadata.annotations?.[controlPlaneAnnotations.remediationFor]) ?? [])
    .toSorted((left, right) => (left.timestamp < right.timestamp ? -1 : 1))
    .at(-1);
