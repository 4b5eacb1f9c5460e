/**
 * For tests: what happens below a control plane. Machines boot when their bootstrap data is there and die when nothing holds them;
 * their nodes, static pods and etcd members come and go with them. Every step is a line of `story`.
 */
import {
  apiVersionOf,
  type Client,
  Cluster,
  ConfigMap,
  isNotFound,
  KubeadmConfig,
  KubeadmControlPlane,
  type KubeObject,
  Machine,
  Node,
  OpenStackMachine,
  Pod,
  refOf,
  type Stored,
} from "@slipway/api";
import { controllerRef } from "@slipway/runtime";
import { clusterName, namespace } from "../../kubeadmconfig/testing/world.ts";
import type { EtcdAccess, EtcdMembership } from "../../workload/port.ts";
import { nodeNameOf } from "../controlplane.ts";

const components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] as const;
const hookPrefix = "pre-terminate.delete.hook.machine.cluster.x-k8s.io";

export interface TenantWorld {
  readonly client: Client;
  readonly workload: Client;
  readonly clock: { now(): Date };
}

export const createTenant = (options: { readonly bootSeconds?: number } = {}) => {
  const bootSeconds = options.bootSeconds ?? 60;
  const story: string[] = [];
  const shortNames = new Map<string, string>();
  let members: EtcdMembership["members"] = [];
  let leaderId: string | undefined;
  let nextId = 1n << 63n; // etcd's ids use all 64 bits
  /** Machines whose servers are broken: they neither boot nor answer. */
  const broken = new Set<string>();
  const alarms: { memberId: string; type: "NOSPACE" | "CORRUPT" }[] = [];

  /** `first`, `second`, …: what a reader can keep apart, and the same in every run. */
  const named = (name: string): string => {
    const known = shortNames.get(name);
    if (known !== undefined) return known;
    const short = `m${shortNames.size + 1}`;
    shortNames.set(name, short);
    return short;
  };
  const tell = (line: string) => story.push(line);
  const quorum = () => {
    const up = members.filter(({ name }) => !broken.has(name)).length;
    return up >= Math.floor(members.length / 2) + 1;
  };

  const etcd: EtcdAccess = {
    members: async (nodeNames) => {
      if (!nodeNames.some((name) => members.some((member) => member.name === name) && !broken.has(name))) {
        throw new Error(`no etcd member answers on ${nodeNames.join(", ")}`);
      }
      return { members, leaderId, alarms, errors: [] };
    },
    moveLeader: async (_, to) => {
      leaderId = to;
      tell(`etcd: ${named(members.find(({ id }) => id === to)?.name ?? to)} leads`);
    },
    removeMember: async (_, memberId) => {
      const gone = members.find(({ id }) => id === memberId);
      if (memberId === leaderId) throw new Error("the leader was removed without handing over");
      members = members.filter(({ id }) => id !== memberId);
      tell(`etcd: ${named(gone?.name ?? memberId)} leaves, ${members.length} members stay`);
    },
  };

  const boot = async (world: TenantWorld, machine: Stored<Machine>, initialize: boolean): Promise<void> => {
    const { name } = machine.metadata;
    const status = {
      nodeRef: { apiVersion: "v1", kind: "Node", name },
      conditions: [
        { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" },
        ...(machine.status?.conditions ?? []),
      ],
      v1beta2: {
        ...machine.status?.v1beta2,
        conditions: [
          ...(machine.status?.v1beta2?.conditions ?? []),
          { type: "Ready", status: "True", reason: "Ready", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
          { type: "Available", status: "True", reason: "Available", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
        ],
      },
    };
    await world.workload.create(Node, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "node-role.kubernetes.io/control-plane": "" } },
      spec: { providerID: `openstack:///${name}` },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    await world.workload.patch(
      Node,
      { name },
      { type: "merge", body: { status: { conditions: [{ type: "Ready", status: "True" }] } } },
      { subresource: "status" },
    );
    for (const component of components) await putPod(world, component, name, true);
    if (initialize) {
      await world.workload.create(ConfigMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kubeadm-config", namespace: "kube-system" },
        data: {
          ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${machine.spec.version}\n`,
        },
      });
    }
    nextId += 1n;
    members = [...members, { id: nextId.toString(), name, isLearner: false }];
    leaderId ??= nextId.toString();
    await world.client.patch(Machine, refOf(machine), {
      type: "merge",
      body: { spec: { providerID: `openstack:///${name}` } },
    });
    await world.client.patch(Machine, refOf(machine), { type: "merge", body: { status } }, { subresource: "status" });
    tell(
      `${named(name)} ${initialize ? "founds the cluster" : "joins"} with ${machine.spec.version}, ${members.length} etcd members`,
    );
  };

  const putPod = async (world: TenantWorld, component: string, node: string, ready: boolean): Promise<void> => {
    const ref = { namespace: "kube-system", name: `${component}-${node}` };
    await world.workload
      .create(Pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...ref, labels: { component, tier: "control-plane" } },
        spec: { nodeName: node, containers: [{ name: component, image: component }] },
      })
      .catch(() => undefined);
    const body = { status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] } };
    await world.workload.patch(Pod, ref, { type: "merge", body }, { subresource: "status" });
  };

  const bury = async (world: TenantWorld, machine: Stored<Machine>): Promise<void> => {
    const { name } = machine.metadata;
    const wasMember = members.some((member) => member.name === name);
    const deletingAll = (await world.client.list(KubeadmControlPlane)).items.every(({ metadata }) => metadata.deletionTimestamp);
    if (wasMember && !deletingAll) {
      broken.add(name);
      tell(`etcd: ${named(name)} died as a member${quorum() ? "" : ", QUORUM LOST"}`);
    }
    for (const component of components) {
      await ignoreGone(
        world.workload.delete(Pod, { namespace: "kube-system", name: `${component}-${name}` }, { gracePeriodSeconds: 0 }),
      );
    }
    await ignoreGone(world.workload.delete(Node, { name }));
    await ignoreGone(world.client.delete(KubeadmConfig, refOf(machine)));
    await ignoreGone(world.client.delete(OpenStackMachine, refOf(machine)));
    await world.client.patch(Machine, refOf(machine), { type: "merge", body: { metadata: { finalizers: null } } });
    tell(`${named(name)} is gone`);
  };

  /** One step of everybody below; true when something happened. */
  const meanwhile = async (world: TenantWorld): Promise<boolean> => {
    let changed = false;
    const cluster = await world.client.get(Cluster, { namespace, name: clusterName });
    const controlPlanes = (await world.client.list(KubeadmControlPlane)).items;
    const initialized = controlPlanes.some(({ status }) => status?.initialized === true);
    const known = cluster.status?.conditions?.some(({ type, status }) => type === "ControlPlaneInitialized" && status === "True");
    if (initialized && !known) {
      const conditions = [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
      await world.client.patch(
        Cluster,
        refOf(cluster),
        { type: "merge", body: { status: { conditions } } },
        { subresource: "status" },
      );
      changed = true;
    }
    for (const machine of (await world.client.list(Machine)).items) changed = (await step(world, machine)) || changed;
    return changed;
  };

  const step = async (world: TenantWorld, machine: Stored<Machine>): Promise<boolean> => {
    const { name } = machine.metadata;
    if (machine.metadata.deletionTimestamp !== undefined) return leave(world, machine);
    if (!machine.metadata.finalizers?.length) {
      tell(`${named(name)} is made${machine.spec.failureDomain ? ` in ${machine.spec.failureDomain}` : ""}`);
      await world.client.patch(Machine, refOf(machine), {
        type: "merge",
        body: { metadata: { finalizers: ["machine.cluster.x-k8s.io"] } },
      });
      return true;
    }
    const config = await world.client.get(KubeadmConfig, refOf(machine)).catch(() => undefined);
    if (config !== undefined && !config.metadata.ownerReferences?.some(({ uid }) => uid === machine.metadata.uid)) {
      const body = { metadata: { ownerReferences: [controllerRef(machine, Machine)] } };
      await world.client.patch(KubeadmConfig, refOf(machine), { type: "merge", body });
      await world.client.patch(OpenStackMachine, refOf(machine), { type: "merge", body });
      return true;
    }
    if (config?.status?.dataSecretName !== undefined && machine.spec.bootstrap.dataSecretName === undefined) {
      const body = { spec: { bootstrap: { dataSecretName: config.status.dataSecretName } } };
      await world.client.patch(Machine, refOf(machine), { type: "merge", body });
      return true;
    }
    const age = world.clock.now().getTime() - Date.parse(machine.metadata.creationTimestamp);
    const booting = machine.spec.bootstrap.dataSecretName !== undefined && nodeNameOf(machine) === undefined;
    if (!booting || age < bootSeconds * 1000 || broken.has(name)) return false;
    await boot(world, machine, members.length === 0);
    return true;
  };

  const leave = async (world: TenantWorld, machine: Stored<Machine>): Promise<boolean> => {
    const hooked = Object.keys(machine.metadata.annotations ?? {}).some((key) => key.startsWith(hookPrefix));
    const type = "PreTerminateDeleteHookSucceeded";
    const waits = machine.status?.conditions?.some((condition) => condition.type === type);
    if (!hooked) {
      await bury(world, machine);
      return true;
    }
    if (waits) return false;
    tell(`${named(machine.metadata.name)} is drained`);
    const condition = {
      type,
      status: "False",
      severity: "Info",
      reason: "WaitingExternalHook",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const body = { status: { conditions: [...(machine.status?.conditions ?? []), condition] } };
    await world.client.patch(Machine, refOf(machine), { type: "merge", body }, { subresource: "status" });
    return true;
  };

  return {
    etcd,
    meanwhile,
    story,
    broken,
    alarms,
    named,
    members: () => members,
    leader: () => members.find(({ id }) => id === leaderId)?.name,
    addStranger: (name: string) => {
      nextId += 1n;
      members = [...members, { id: nextId.toString(), name, isLearner: false }];
    },
    podReady: (world: TenantWorld, component: string, node: string, ready: boolean) => putPod(world, component, node, ready),
  };
};

const ignoreGone = (deleted: Promise<unknown>): Promise<unknown> =>
  deleted.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });

export const infrastructureRef = {
  apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
  kind: "OpenStackMachineTemplate",
  name: "small",
  namespace,
};

export const kubeadmControlPlane = (
  cluster: Stored<Cluster>,
  spec: Partial<KubeadmControlPlane["spec"]> = {},
): KubeadmControlPlane => ({
  apiVersion: apiVersionOf(KubeadmControlPlane),
  kind: KubeadmControlPlane.kind,
  metadata: { name: clusterName, namespace, ownerReferences: [controllerRef(cluster, Cluster)] },
  spec: {
    replicas: 3,
    version: "v1.31.2",
    kubeadmConfigSpec: {},
    machineTemplate: { infrastructureRef },
    ...spec,
  },
});

export const machineTemplate = (name: string): KubeObject & { readonly spec: object } => ({
  apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
  kind: "OpenStackMachineTemplate",
  metadata: { name, namespace },
  spec: { template: { spec: { flavor: "m1.small", image: { filter: { name: "ubuntu" } } } } },
});
