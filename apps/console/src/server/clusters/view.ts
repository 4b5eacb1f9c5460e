import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type {
  BlockedBecause,
  ClusterAction,
  ClusterDetail,
  ClusterSummary,
  NodeGroup,
  OriginLabel,
  Taint,
} from "../../contract/index.ts";
import { inside, type Json, list, numberOf, textOf, textOrNull, textsOf } from "../openstack/call.ts";
import { configCommand, deleteCommand, showCommand } from "./command.ts";

/** What the state and the roles forbid; the browser says why, the services themselves refuse. */
export const blockedActions = (
  { phase, status }: Pick<LiveCluster, "phase" | "status">,
  roles: readonly string[],
): ClusterSummary["blocked"] => {
  const blocked: { [Action in ClusterAction]?: BlockedBecause } = {};
  const block = (because: BlockedBecause, ...actions: readonly ClusterAction[]) => {
    for (const action of actions) blocked[action] ??= because;
  };
  const changing: readonly ClusterAction[] = [
    "scale",
    "createNodeGroup",
    "upgrade",
    "rotateCa",
    "rotateCredential",
    "replaceNode",
  ];
  if (!roles.includes("member") && !roles.includes("admin"))
    block("roleMissing", ...changing, "delete", "retry", "kubeconfig", "signCertificate");
  if (phase === "DELETING") block("deleting", ...changing, "delete", "retry", "kubeconfig", "signCertificate");
  if (status.endsWith("_IN_PROGRESS")) block("inProgress", ...changing);
  if (status === "CREATE_FAILED") block("notActive", ...changing);
  if (status.endsWith("_FAILED")) block("notActive", "upgrade", "rotateCa", "rotateCredential");
  if (["CREATING", "BOOTSTRAPPING"].includes(phase)) block("notActive", "kubeconfig", "signCertificate");
  if (status === "CREATE_FAILED" || phase === "READY_CONTROL_PLANE" || phase === "ADDING_WORKERS")
    block("notActive", "kubeconfig");
  return blocked;
};

export const summaryOf = (live: LiveCluster, roles: readonly string[]): ClusterSummary => {
  const { projectId: _project, userId: _user, capiName: _name, ...shown } = live;
  return { ...shown, blocked: blockedActions(live, roles) };
};

/** Magnum's JSON of a cluster and what belongs to it, as the cluster's page shows it. */
export const detailOf = (options: {
  readonly summary: ClusterSummary;
  readonly cluster: Json;
  readonly nodeGroups: readonly Json[];
  /** Magnum's nodes; undefined where they are not told. */
  readonly machines: readonly Json[] | undefined;
  readonly template: Json | undefined;
  readonly userName: string | null;
}): ClusterDetail => {
  const { summary, cluster, template } = options;
  const name = textOf(cluster, "name");
  return {
    ...summary,
    stackId: textOf(cluster, "cluster_id") || textOf(cluster, "stack_id"),
    projectId: textOf(cluster, "project_id"),
    createdBy: { id: textOf(cluster, "user_id"), name: options.userName },
    template: { id: textOf(cluster, "cluster_template_id"), name: template === undefined ? null : textOrNull(template, "name") },
    keypair: textOrNull(cluster, "keypair"),
    apiAddress: textOrNull(cluster, "api_address"),
    coeVersion: textOrNull(cluster, "coe_version"),
    containerRuntime: "containerd",
    networkDriver: template === undefined ? null : textOrNull(template, "network_driver"),
    cloudProvider: "openstack",
    healthReasons: textsOf(inside(cluster, "health_status_reason")),
    masterFlavor: textOrNull(cluster, "master_flavor_id"),
    flavor: textOrNull(cluster, "flavor_id"),
    fixedNetwork: textOrNull(cluster, "fixed_network"),
    fixedSubnet: textOrNull(cluster, "fixed_subnet"),
    floatingIpEnabled: cluster["floating_ip_enabled"] === true,
    masterLbEnabled: cluster["master_lb_enabled"] === true,
    createTimeoutMinutes: numberOf(cluster, "create_timeout"),
    labels: labelsOf(cluster, template),
    faults: textsOf(inside(cluster, "faults")),
    nodeGroups: options.nodeGroups
      .map(nodeGroupOf)
      .map((group) => ({ ...group, readyCount: readyIn(group.name, options.machines) })),
    ...(summary.banner === undefined ? {} : { banner: summary.banner }),
    commands: { show: showCommand(name), config: configCommand(name), delete: deleteCommand(name) },
  };
};

const readyIn = (group: string, machines: readonly Json[] | undefined): number | null =>
  machines === undefined
    ? null
    : machines.filter((machine) => textOf(machine, "nodeGroup") === group && textOf(machine, "health") === "HEALTHY").length;

const labelsOf = (cluster: Json, template: Json | undefined): readonly OriginLabel[] => {
  const inherited = template === undefined ? {} : inside(template, "labels");
  return Object.entries(textsOf(inside(cluster, "labels")))
    .map(([key, value]) => ({ key, value, origin: originOf(value, inherited[key]) }))
    .sort((a, b) => a.key.localeCompare(b.key));
};

const originOf = (value: string, inherited: unknown): OriginLabel["origin"] => {
  if (inherited === undefined) return "cluster";
  return inherited === value ? "template" : "overridden";
};

export const nodeGroupOf = (group: Json): NodeGroup => {
  const labels = textsOf(inside(group, "labels"));
  const most = group["max_node_count"];
  return {
    id: textOf(group, "uuid"),
    name: textOf(group, "name"),
    role: textOf(group, "role"),
    isDefault: group["is_default"] === true,
    status: textOf(group, "status"),
    statusReason: textOrNull(group, "status_reason"),
    nodeCount: numberOf(group, "node_count"),
    readyCount: null,
    minNodeCount: numberOf(group, "min_node_count"),
    maxNodeCount: typeof most === "number" ? most : null,
    autoscaling: labels["auto_scaling_enabled"]?.toLowerCase() === "true" && typeof most === "number",
    flavor: textOrNull(group, "flavor_id"),
    imageId: textOrNull(group, "image_id"),
    version: textOrNull(group, "version"),
    addresses: Array.isArray(group["node_addresses"]) ? group["node_addresses"].map(String) : [],
    labels,
    nodeLabels: textsOf(inside(group, "node_labels")),
    nodeTaints: list(group, "node_taints").map(taintOf),
    createdAt: textOf(group, "created_at"),
    updatedAt: textOrNull(group, "updated_at"),
  };
};

const taintOf = (taint: Json): Taint => ({
  key: textOf(taint, "key"),
  ...(textOf(taint, "value") === "" ? {} : { value: textOf(taint, "value") }),
  effect: textOf(taint, "effect") as Taint["effect"],
});
