/** For tests: control planes and machines as objects, with what a table is about and nothing else. */
import type { Cluster, KubeadmConfig, KubeadmControlPlane, Machine, Node, Pod, Stored } from "@slipway/api";
import type { ControlPlane, Member } from "../controlplane.ts";
import { healthConditions } from "../controlplane.ts";

export const now = new Date("2026-06-01T12:00:00Z");
export const ago = (seconds: number): string => `${new Date(now.getTime() - seconds * 1000).toISOString().slice(0, 19)}Z`;

type Conditions = NonNullable<NonNullable<Machine["status"]>["conditions"]>;
export const condition = (type: string, status: string, reason = "Because", severity?: string): Conditions[number] => ({
  type,
  status,
  reason,
  lastTransitionTime: ago(600),
  ...(severity === undefined ? {} : { severity }),
});
export const healthy = (etcd = true): Conditions => healthConditions(etcd).map((type) => condition(type, "True"));

export const machine = (
  name: string,
  options: {
    readonly age?: number;
    readonly zone?: string;
    readonly version?: string;
    readonly node?: string | null;
    readonly deleting?: number;
    readonly conditions?: Conditions;
    readonly annotations?: { readonly [key: string]: string };
    readonly expires?: string;
    readonly providerId?: string;
  } = {},
): Stored<Machine> => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Machine",
  metadata: {
    name,
    namespace: "tenants",
    uid: `uid-${name}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: ago(options.age ?? 3600),
    ...(options.deleting === undefined ? {} : { deletionTimestamp: ago(options.deleting) }),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  },
  spec: {
    clusterName: "demo",
    version: options.version ?? "v1.31.2",
    bootstrap: {},
    infrastructureRef: {},
    providerID: options.providerId ?? `openstack:///${name}`,
    ...(options.zone === undefined ? {} : { failureDomain: options.zone }),
  },
  status: {
    ...(options.node === null ? {} : { nodeRef: { name: options.node ?? name } }),
    ...(options.expires === undefined ? {} : { certificatesExpiryDate: options.expires }),
    conditions: options.conditions ?? healthy(),
  },
});

export const kcp = (spec: Partial<KubeadmControlPlane["spec"]> = {}, annotations = {}): Stored<KubeadmControlPlane> => ({
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmControlPlane",
  metadata: {
    name: "demo",
    namespace: "tenants",
    uid: "uid-demo",
    resourceVersion: "1",
    creationTimestamp: ago(7200),
    annotations,
  },
  spec: {
    replicas: 3,
    version: "v1.31.2",
    kubeadmConfigSpec: {},
    machineTemplate: {
      infrastructureRef: {
        apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
        kind: "OpenStackMachineTemplate",
        name: "small",
      },
    },
    rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    ...spec,
  },
});

export const cluster = (zones: readonly string[] = [], topologyVersion?: string): Stored<Cluster> => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "demo", namespace: "tenants", uid: "uid-cluster", resourceVersion: "1", creationTimestamp: ago(7200) },
  spec: topologyVersion === undefined ? {} : { topology: { class: "c", version: topologyVersion } },
  status: { failureDomains: Object.fromEntries(zones.map((zone) => [zone, { controlPlane: true }])) },
});

export const member = (made: Stored<Machine>, parts: Partial<Member> = {}): Member => ({
  machine: made,
  config: undefined,
  infrastructure: undefined,
  ...parts,
});

export const controlPlane = (
  machines: readonly Stored<Machine>[],
  parts: Partial<Omit<ControlPlane, "members">> = {},
): ControlPlane => ({ kcp: kcp(), cluster: cluster(), now, ...parts, members: machines.map((made) => member(made)) });

export const config = (name: string, spec: KubeadmConfig["spec"]): Stored<KubeadmConfig> => ({
  apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmConfig",
  metadata: { name, namespace: "tenants", uid: `uid-config-${name}`, resourceVersion: "1", creationTimestamp: ago(3600) },
  spec,
});

export const node = (
  name: string,
  options: { readonly age?: number; readonly ready?: string; readonly unreachable?: boolean } = {},
): Stored<Node> => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name,
    uid: `uid-node-${name}`,
    resourceVersion: "1",
    creationTimestamp: ago(options.age ?? 3600),
    labels: { "node-role.kubernetes.io/control-plane": "" },
  },
  spec: options.unreachable ? { taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] } : {},
  status: { conditions: [{ type: "Ready", status: (options.ready ?? "True") as "True" }] },
});

export const pod = (
  component: string,
  on: string,
  status: Pod["status"] = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
): Stored<Pod> => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `${component}-${on}`,
    namespace: "kube-system",
    uid: `uid-${component}-${on}`,
    resourceVersion: "1",
    creationTimestamp: ago(3600),
  },
  status,
});
