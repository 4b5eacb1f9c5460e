import { type Machine, type MagnumCluster, NODE_GROUP_LABEL, type Stored } from "@slipway/api";
import type { NodeList, NodeView } from "@slipway/api/magnum/live.ts";
import type { Observed } from "../../driver/observed.ts";
import { conditionOf, conditionsOf, withoutHosts } from "./conditions.ts";

/** Each machine of a cluster, control plane first (CON-043). */
export const nodesOf = (record: Stored<MagnumCluster>, observed: Observed): NodeList => ({
  nodes: observed.machines
    .map((machine) => nodeOf(record, machine, observed))
    .sort(
      (a, b) =>
        Number(b.role === "master") - Number(a.role === "master") ||
        a.nodeGroup.localeCompare(b.nodeGroup) ||
        a.machine.localeCompare(b.machine),
    ),
});

const nodeOf = ({ spec }: Stored<MagnumCluster>, machine: Stored<Machine>, { infraMachines, servers }: Observed): NodeView => {
  const { metadata, status } = machine;
  const group = metadata.labels?.[NODE_GROUP_LABEL] ?? "";
  const isMaster = "cluster.x-k8s.io/control-plane" in (metadata.labels ?? {});
  const infrastructure = infraMachines.find((one) => one.metadata.name === machine.spec.infrastructureRef?.name);
  const server = servers.find((one) => one.metadata.name === infrastructure?.metadata.name);
  const ready = conditionOf(machine, "Ready");
  const settings = spec.nodeGroups.find(({ name }) => name === group);
  return {
    machine: metadata.name,
    name: status?.nodeRef?.name ?? null,
    nodeGroup: group || (isMaster ? "default-master" : "default-worker"),
    role: isMaster ? "master" : "worker",
    phase: status?.phase ?? "Pending",
    health: healthOf(machine),
    reason: ready?.status === "True" ? null : ready?.reason || null,
    message:
      status?.failureMessage === undefined
        ? ready?.status === "True"
          ? null
          : ready?.message || null
        : withoutHosts(status.failureMessage),
    flavor: settings?.flavorName ?? settings?.flavorId ?? null,
    image: settings?.imageId ?? null,
    addresses: (status?.addresses ?? []).map(({ type, address }) => ({ type, address })),
    version: status?.nodeInfo?.kubeletVersion ?? machine.spec.version ?? null,
    serverId: server?.status?.instanceID ?? machine.spec.providerID?.split("/").at(-1) ?? null,
    availabilityZone: machine.spec.failureDomain ?? null,
    createdAt: metadata.creationTimestamp,
    deletingSince: metadata.deletionTimestamp ?? null,
    conditions: conditionsOf(machine),
  };
};

const healthOf = (machine: Stored<Machine>): NodeView["health"] => {
  if (machine.status?.failureMessage !== undefined || machine.status?.failureReason !== undefined) return "UNHEALTHY";
  const node = conditionOf(machine, "NodeHealthy");
  if (node === undefined || node.status === "Unknown") return "UNKNOWN";
  return node.status === "True" ? "HEALTHY" : machine.status?.nodeRef === undefined ? "UNKNOWN" : "UNHEALTHY";
};
