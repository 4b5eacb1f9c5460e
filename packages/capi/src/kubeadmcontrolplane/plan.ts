import type { Machine, Stored } from "@slipway/api";
import { type ControlPlane, desiredReplicas, isDeleting } from "./controlplane.ts";
import { type Preflight, preflight } from "./preflight.ts";
import { domainForNewMachine, machineToDelete } from "./select.ts";

/** The next step towards the machines that are wanted: at most one machine comes or goes, and only when all others are well. */
export type Plan =
  | { readonly step: "none" }
  | { readonly step: "initialize" | "scaleUp"; readonly failureDomain: string | undefined }
  | { readonly step: "scaleDown"; readonly machine: Stored<Machine> }
  | { readonly step: "wait"; readonly towards: "up" | "down"; readonly because: Extract<Preflight, { passed: false }> };

export const plan = (
  controlPlane: Pick<ControlPlane, "kcp" | "cluster" | "members">,
  /** Machines that have to be replaced. */
  outdated: readonly Stored<Machine>[],
): Plan => {
  const replicas = desiredReplicas(controlPlane);
  const count = controlPlane.members.length;
  if (count === 0) {
    return replicas === 0 ? { step: "none" } : { step: "initialize", failureDomain: domainForNewMachine(controlPlane, outdated) };
  }
  const replaced = outdated.filter((machine) => !isDeleting(machine));
  // While machines are replaced, a change of replicas is absorbed by the same rule.
  if (replaced.length > 0)
    return count < replicas + maxSurge(controlPlane) ? up(controlPlane, outdated) : down(controlPlane, replaced);
  if (count < replicas) return up(controlPlane, outdated);
  if (count > replicas) return down(controlPlane, replaced);
  return { step: "none" };
};

const maxSurge = ({ kcp }: Pick<ControlPlane, "kcp">): number => {
  const surge = kcp.spec.rolloutStrategy?.rollingUpdate?.maxSurge;
  if (surge === undefined) {
    throw new Error(
      `KubeadmControlPlane ${kcp.metadata.name} has no spec.rolloutStrategy.rollingUpdate.maxSurge: set it to 1 or 0`,
    );
  }
  return Number(surge);
};

const up = (controlPlane: Pick<ControlPlane, "kcp" | "cluster" | "members">, outdated: readonly Stored<Machine>[]): Plan => {
  const because = preflight(controlPlane);
  if (!because.passed) return { step: "wait", towards: "up", because };
  return { step: "scaleUp", failureDomain: domainForNewMachine(controlPlane, outdated) };
};

const down = (controlPlane: Pick<ControlPlane, "kcp" | "cluster" | "members">, replaced: readonly Stored<Machine>[]): Plan => {
  const machine = machineToDelete(controlPlane, replaced);
  if (machine === undefined) return { step: "none" };
  const because = preflight(controlPlane, machine);
  return because.passed ? { step: "scaleDown", machine } : { step: "wait", towards: "down", because };
};
