import type { Machine, Stored } from "@slipway/api";
import { type ControlPlane, healthConditions, isDeleting, isEtcdManaged, machineCondition, nodeNameOf } from "./controlplane.ts";

/** May the number of machines change now? Every change costs etcd a little of its safety, so all others must be well. */
export type Preflight =
  | { readonly passed: true }
  | {
      readonly passed: false;
      readonly reason: "WaitingForTopologyVersion" | "WaitingForMachineDeletion" | "ControlPlaneUnhealthy";
      readonly message: string;
      readonly recheckSeconds: number;
      /** What `ScalingUp` and `ScalingDown` say stands in the way. */
      readonly blocked: Blocked;
    };

export interface Blocked {
  readonly topologyVersion?: string;
  readonly deleting?: boolean;
  readonly components?: boolean;
  readonly etcd?: boolean;
}

export const preflight = (
  { kcp, cluster, members }: Pick<ControlPlane, "kcp" | "cluster" | "members">,
  /** It may be sick: that may be why it goes. */
  except?: Stored<Machine>,
): Preflight => {
  if (members.length === 0) return { passed: true };
  const version = cluster.spec.topology?.version;
  if (version !== undefined && version !== kcp.spec.version) {
    return {
      passed: false,
      reason: "WaitingForTopologyVersion",
      message: `waiting for a version upgrade to ${version} to be propagated`,
      recheckSeconds: 15,
      blocked: { topologyVersion: version },
    };
  }
  if (members.some(({ machine }) => isDeleting(machine))) {
    return {
      passed: false,
      reason: "WaitingForMachineDeletion",
      message: "waiting for a control plane Machine to complete deletion",
      recheckSeconds: 30,
      blocked: { deleting: true },
    };
  }
  const conditions = healthConditions(isEtcdManaged(kcp));
  const problems = members
    .map(({ machine }) => machine)
    .filter((machine) => machine.metadata.name !== except?.metadata.name)
    .flatMap((machine) => problemsOf(machine, conditions));
  if (problems.length === 0) return { passed: true };
  const isEtcd = ({ condition }: Problem) => condition.startsWith("Etcd");
  return {
    passed: false,
    reason: "ControlPlaneUnhealthy",
    message: problems.map(({ text }) => text).join("; "),
    recheckSeconds: 15,
    blocked: { components: problems.some((problem) => !isEtcd(problem)), etcd: problems.some(isEtcd) },
  };
};

interface Problem {
  readonly condition: string;
  readonly text: string;
}

const problemsOf = (machine: Stored<Machine>, conditions: readonly string[]): readonly Problem[] => {
  const { name } = machine.metadata;
  if (nodeNameOf(machine) === undefined) {
    return [
      { condition: "NodeRef", text: `Machine ${name} does not have a corresponding Node yet (Machine.status.nodeRef not set)` },
    ];
  }
  return conditions.flatMap((condition) => {
    const found = machineCondition(machine, condition);
    if (found?.status === "True") return [];
    const what =
      found === undefined
        ? `has no condition ${condition}`
        : `reports ${condition} ${found.status.toLowerCase()} (${found.status === "False" ? `${found.severity}, ` : ""}${found.message ?? found.reason ?? ""})`;
    return [{ condition, text: `Machine ${name} ${what}` }];
  });
};
