import type { KubeObject, Machine, MagnumCluster, OpenStackServer, Stored } from "@slipway/api";
import type { Tree, TreeNode } from "@slipway/api/magnum/live.ts";
import type { Observed } from "../../driver/observed.ts";
import { conditionsOf } from "./conditions.ts";

const idOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name ?? ""}`;

type More = Partial<Pick<TreeNode, "role" | "phase" | "replicas" | "facts">>;

const nodeOf = (object: Stored<KubeObject>, parent: string | null, more: More = {}): TreeNode => {
  const conditions = conditionsOf(object);
  const ready = conditions.find(({ type }) => type === "Ready");
  const state = object as { readonly status?: { readonly phase?: string; readonly ready?: boolean } };
  return {
    id: idOf(object),
    parent,
    kind: object.kind,
    name: object.metadata.name ?? "",
    role: null,
    // Older kinds have no conditions, but the flag of the contract.
    ready: ready?.status ?? (state.status?.ready === undefined ? null : state.status.ready ? "True" : "False"),
    severity: ready?.severity ?? null,
    reason: ready?.reason || null,
    message: ready?.message || null,
    phase: state.status?.phase ?? null,
    since: ready?.since ?? null,
    createdAt: object.metadata.creationTimestamp ?? null,
    deletingSince: object.metadata.deletionTimestamp ?? null,
    conditions,
    facts: {},
    ...more,
  };
};

/** Something of the cloud's, of which the management API only knows the id. */
const cloudNode = (
  kind: string,
  id: string,
  name: string,
  parent: string,
  facts: { readonly [name: string]: string } = {},
): TreeNode => ({
  id: `${kind}/${id}`,
  parent,
  kind,
  name,
  role: null,
  ready: null,
  severity: null,
  reason: null,
  message: null,
  phase: null,
  since: null,
  createdAt: null,
  deletingSince: null,
  conditions: [],
  facts: { id, ...facts },
});

const facts = (given: { readonly [name: string]: string | undefined }): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );

/** Cluster → infrastructure, control plane and workers → machines → servers → ports, parents first. Equal to `clusterctl describe`. */
export const treeOf = (record: Stored<MagnumCluster>, observed: Observed): Tree => {
  const { cluster, infrastructure, controlPlane } = observed;
  const root: TreeNode =
    cluster === undefined
      ? { ...nodeOf(record, null), facts: facts({ version: record.spec.kubernetesVersion }) }
      : nodeOf(cluster, null, {
          facts: facts({ version: record.spec.kubernetesVersion, endpoint: record.status?.apiAddress }),
        });
  const nodes: TreeNode[] = [root];

  if (infrastructure !== undefined) {
    const node = nodeOf(infrastructure, root.id, { role: "ClusterInfrastructure" });
    nodes.push(node, ...cloudOf(infrastructure.status, node.id));
  }
  const machinesUnder = (parent: string, machines: readonly Stored<Machine>[]) => {
    for (const machine of machines) nodes.push(...machineNodes(machine, parent, observed));
  };
  const isControlPlane = ({ metadata }: Stored<Machine>) => "cluster.x-k8s.io/control-plane" in (metadata.labels ?? {});
  if (controlPlane !== undefined) {
    const node = nodeOf(controlPlane, root.id, {
      role: "ControlPlane",
      replicas: { desired: controlPlane.spec.replicas ?? 1, ready: controlPlane.status?.readyReplicas ?? 0 },
      facts: facts({ version: controlPlane.spec.version }),
    });
    nodes.push(node);
    machinesUnder(node.id, observed.machines.filter(isControlPlane));
  } else machinesUnder(root.id, observed.machines.filter(isControlPlane));

  const workers = observed.machines.filter((machine) => !isControlPlane(machine));
  if (observed.machineDeployments.length === 0 && workers.length === 0) return { nodes, complete: cluster !== undefined };
  const group: TreeNode = { ...cloudNode("Workers", "workers", "Workers", root.id), role: "Workers", facts: {} };
  nodes.push(group);
  const placed = new Set<string>();
  for (const deployment of observed.machineDeployments) {
    const node = nodeOf(deployment, group.id, {
      role: "MachineDeployment",
      replicas: { desired: deployment.spec.replicas ?? 1, ready: deployment.status?.readyReplicas ?? 0 },
      facts: facts({ version: deployment.spec.template.spec?.version }),
    });
    nodes.push(node);
    const sets = observed.machineSets.filter((set) => isOwnedBy(set, deployment));
    for (const set of sets) {
      // Sets of former versions are empty: they would only be in the way.
      const machines = workers.filter((machine) => isOwnedBy(machine, set));
      if (machines.length === 0 && (set.spec.replicas ?? 0) === 0) continue;
      const setNode = nodeOf(set, node.id, {
        role: "MachineSet",
        replicas: { desired: set.spec.replicas ?? 0, ready: set.status?.readyReplicas ?? 0 },
      });
      nodes.push(setNode);
      machinesUnder(setNode.id, machines);
      for (const { metadata } of machines) placed.add(metadata.uid);
    }
  }
  machinesUnder(
    group.id,
    workers.filter(({ metadata }) => !placed.has(metadata.uid)),
  );
  return { nodes, complete: cluster !== undefined };
};

const isOwnedBy = (object: Stored<KubeObject>, owner: Stored<KubeObject>): boolean =>
  (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid);

const machineNodes = (machine: Stored<Machine>, parent: string, observed: Observed): readonly TreeNode[] => {
  const { status, spec } = machine;
  const node = nodeOf(machine, parent, {
    role: "Machine",
    facts: facts({
      version: spec.version,
      providerID: spec.providerID,
      node: status?.nodeRef?.name,
      failureDomain: spec.failureDomain,
      address: status?.addresses?.find(({ type }) => type === "InternalIP")?.address,
    }),
  });
  const bootstrap = observed.bootstrapConfigs.find(({ metadata }) => metadata.name === spec.bootstrap?.configRef?.name);
  const infrastructure = observed.infraMachines.find(({ metadata }) => metadata.name === spec.infrastructureRef?.name);
  const server = observed.servers.find(({ metadata }) => metadata.name === infrastructure?.metadata.name);
  const below: TreeNode[] = [];
  if (bootstrap !== undefined) below.push(nodeOf(bootstrap, node.id, { role: "BootstrapConfig" }));
  if (infrastructure !== undefined) {
    const flavor = (infrastructure.spec as { readonly flavor?: string }).flavor;
    below.push(nodeOf(infrastructure, node.id, { role: "MachineInfrastructure", facts: facts({ flavor }) }));
    if (server !== undefined) below.push(...serverNodes(server, `OpenStackMachine/${infrastructure.metadata.name}`));
  }
  return [node, ...below];
};

const serverNodes = (server: Stored<OpenStackServer>, parent: string): readonly TreeNode[] => {
  const node = nodeOf(server, parent, { role: "OpenStackServer" });
  const id = server.status?.instanceID;
  const ports = server.status?.resources?.ports ?? [];
  if (id === undefined) return [node, ...ports.map((port) => cloudNode("Port", port.id, port.id, node.id))];
  const resolved = server.status?.resolved;
  const instance: TreeNode = {
    ...cloudNode("Server", id, server.metadata.name, node.id, facts({ flavor: resolved?.flavorID, image: resolved?.imageID })),
    phase: server.status?.instanceState ?? null,
  };
  return [node, instance, ...ports.map((port) => cloudNode("Port", port.id, port.id, instance.id))];
};

interface ClusterCloud {
  readonly network?: {
    readonly id?: string;
    readonly name?: string;
    readonly subnets?: readonly { readonly id?: string; readonly name?: string; readonly cidr?: string }[];
  };
  readonly router?: { readonly id?: string; readonly name?: string };
  readonly apiServerLoadBalancer?: {
    readonly id?: string;
    readonly name?: string;
    readonly ip?: string;
    readonly internalIP?: string;
  };
  readonly [more: string]: unknown;
}

const cloudOf = (status: unknown, parent: string): readonly TreeNode[] => {
  const { network, router, apiServerLoadBalancer: balancer, ...rest } = (status ?? {}) as ClusterCloud;
  const nodes: TreeNode[] = [];
  const add = (
    kind: string,
    one: { readonly id?: string; readonly name?: string } | undefined,
    more: { readonly [name: string]: string | undefined } = {},
    above = parent,
  ) => {
    if (one?.id !== undefined && one.id !== "") nodes.push(cloudNode(kind, one.id, one.name ?? one.id, above, facts(more)));
  };
  add("Network", network);
  for (const subnet of network?.subnets ?? [])
    add("Subnet", subnet, { cidr: subnet.cidr }, network?.id === undefined ? parent : `Network/${network.id}`);
  add("Router", router);
  add("LoadBalancer", balancer, { address: balancer?.internalIP, floatingIP: balancer?.ip });
  if (balancer?.id !== undefined && balancer.ip !== undefined && balancer.ip !== "")
    nodes.push({
      ...cloudNode("FloatingIP", balancer.ip, balancer.ip, `LoadBalancer/${balancer.id}`),
      facts: { address: balancer.ip },
    });
  for (const name of ["controlPlaneSecurityGroup", "workerSecurityGroup", "bastionSecurityGroup"] as const)
    add("SecurityGroup", rest[name] as { readonly id?: string; readonly name?: string } | undefined);
  return nodes;
};
