/** What runs in a cluster as far as Slipway knows it: what kubeadm brings, what nodes show by being Ready, what labels ask for. Pure. */
import type { ClusterDetail, NodeView } from "../../contract/index.ts";
import { asksFor } from "./settings.ts";

export type AddonName = "dns" | "proxy" | "network" | "cloud" | "storage" | "monitoring" | "dashboard" | "autoscaler";

export interface Addon {
  readonly name: AddonName;
  readonly state: "running" | "starting" | "asked" | "notHere";
  readonly on?: { readonly ready: number; readonly desired: number };
  readonly how: "kubeadm" | "network" | Exclude<AddonName, "dns" | "proxy" | "network">;
  /** The label that asks for it. */
  readonly label?: string;
}

/** Labels that other drivers install something for; Slipway keeps them, and installs nothing. */
const askedBy: { readonly [Name in AddonName]?: string } = {
  storage: "cinder_csi_enabled",
  monitoring: "monitoring_enabled",
  dashboard: "kube_dashboard_enabled",
  autoscaler: "auto_scaling_enabled",
};

export const addonsOf = (
  { controlPlane, labels }: Pick<ClusterDetail, "controlPlane" | "labels">,
  nodes: readonly Pick<NodeView, "name" | "health">[],
): readonly Addon[] => {
  const state = controlPlane.ready > 0 ? "running" : "starting";
  // A kubelet calls its node Ready only where a network plugin has set itself up.
  const joined = nodes.filter(({ name }) => name !== null);
  const healthy = joined.filter(({ health }) => health === "HEALTHY").length;
  const network: Addon = {
    name: "network",
    how: "network",
    ...(healthy === 0 ? { state: "starting" } : { state: "running", on: { ready: healthy, desired: joined.length } }),
  };
  const others = (["cloud", "storage", "monitoring", "dashboard", "autoscaler"] as const).map((name): Addon => {
    const label = askedBy[name];
    return {
      name,
      how: name,
      ...(label === undefined || !asksFor(labels, label) ? { state: "notHere" } : { state: "asked", label }),
    };
  });
  return [{ name: "dns", state, how: "kubeadm" }, { name: "proxy", state, how: "kubeadm" }, network, ...others];
};
