import { isFalse, isTrue, type NewCondition, type NewV1Beta2Condition, v1beta2 } from "@slipway/runtime";
import type { Versions } from "./upgrade.ts";

/** How far the objects of a Cluster are what its topology asks for. */

const type = "TopologyReconciled";

export type Outcome =
  | { readonly is: "paused" | "deleting" }
  | { readonly is: "failed" | "classNotReady"; readonly message: string }
  | {
      readonly is: "applied";
      readonly versions: Versions;
      readonly version: string;
      readonly controlPlaneVersion: string;
      /** Names of MachineDeployments by their names in the topology. */
      readonly names: ReadonlyMap<string, string>;
    };

export const topologyReconciled = (outcome: Outcome): { readonly v1: NewCondition; readonly v2: NewV1Beta2Condition } => {
  switch (outcome.is) {
    case "paused":
      return both("Paused", "Paused", "");
    case "deleting":
      return both("Deleted", "Deleting", "Cluster is deleting");
    case "failed":
      return {
        v1: isFalse(type, "TopologyReconcileFailed", "Error", outcome.message),
        v2: v1beta2(type, "False", "ReconcileFailed", outcome.message),
      };
    case "classNotReady":
      return both("ClusterClassNotReconciled", "ClusterClassNotReconciled", outcome.message);
    case "applied": {
      const held = whatIsHeld(outcome);
      return held === undefined
        ? { v1: isTrue(type), v2: v1beta2(type, "True", "ReconcileSucceeded") }
        : both(held.reason, held.reason, held.message);
    }
  }
};

const both = (reason: string, newer: string, message: string) => ({
  v1: isFalse(type, reason, "Info", message),
  v2: v1beta2(type, "False", newer, message),
});

type Applied = Extract<Outcome, { is: "applied" }>;

const whatIsHeld = ({
  versions,
  version,
  controlPlaneVersion,
  names,
}: Applied): { reason: string; message: string } | undefined => {
  const { controlPlanePending, pendingCreate, pendingUpgrade, upgrading } = versions;
  const named = (topologyNames: readonly string[]) => shortened(topologyNames.map((name) => names.get(name) ?? name));
  const because = versions.controlPlaneProvisioning
    ? " Control plane is completing initial provisioning"
    : versions.controlPlaneUpgrading || controlPlaneVersion !== versions.controlPlane
      ? ` Control plane is upgrading to version ${versions.controlPlane}`
      : upgrading.length > 0
        ? ` MachineDeployment(s) ${named(upgrading)} are upgrading`
        : "";
  const on = (what: string) => `${what} rollout and upgrade to version ${version} on hold.${because}`;
  if (controlPlanePending) return { reason: "ControlPlaneUpgradePending", message: on("Control plane") };
  if (pendingUpgrade.length > 0) {
    const reason = "MachineDeploymentsUpgradePending";
    return { reason, message: on(`MachineDeployment(s) ${named(pendingUpgrade)}`) };
  }
  if (pendingCreate.length > 0) {
    const message = `MachineDeployment(s) for Topologies ${shortened(pendingCreate)} creation on hold.${because}`;
    return { reason: "MachineDeploymentsCreatePending", message };
  }
  return undefined;
};

const shortened = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")}, ...` : names.join(", ");
