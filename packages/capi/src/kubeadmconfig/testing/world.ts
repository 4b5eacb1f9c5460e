/** For tests: a management API and one workload API in memory, a virtual clock, controllers running over them. */
import { type Client, type Cluster, customKinds, Node, type ObjectRef, type Stored } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import {
  type Controller,
  createVirtualClock,
  type Logger,
  type Running,
  type RunOptions,
  runControllers,
  silentLog,
  type VirtualClock,
} from "@slipway/runtime";
import type { EtcdAccess, WorkloadCluster, WorkloadClusters } from "../../workload/port.ts";

export const namespace = "tenants";
export const clusterName = "demo";

export interface TestWorld {
  readonly client: Client;
  readonly workload: Client;
  readonly clock: VirtualClock;
  readonly running: Running;
  connect(connected: boolean): void;
  /** Everybody has done what they can now. */
  settled(): Promise<void>;
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly controllers: (workloads: WorkloadClusters) => readonly Controller[];
  readonly etcd?: EtcdAccess;
  readonly connected?: boolean;
  readonly certificateExpiry?: WorkloadCluster["certificateExpiry"];
  readonly log?: Logger;
  readonly scopes?: RunOptions["scopes"];
  /** Called whenever the controllers have come to rest; answers whether it changed anything. */
  readonly meanwhile?: (world: Pick<TestWorld, "client" | "workload" | "clock">) => Promise<boolean>;
}

const noEtcd: EtcdAccess = {
  members: () => Promise.reject(new Error("there is no etcd in this test")),
  removeMember: () => Promise.reject(new Error("there is no etcd in this test")),
  moveLeader: () => Promise.reject(new Error("there is no etcd in this test")),
};

export const createTestWorld = async (options: WorldOptions): Promise<TestWorld> => {
  const clock = createVirtualClock();
  const management = await createApiInMemory({
    kinds: customKinds,
    namespaces: [namespace],
    clock,
    featureGates: { KubeadmBootstrapFormatIgnition: true },
  });
  const tenant = await createApiInMemory({ clock });
  const listeners = new Set<(cluster: ObjectRef) => void>();
  let connected = options.connected ?? true;
  let nodes: readonly Stored<Node>[] = [];
  const workload: WorkloadCluster = {
    client: tenant.client,
    nodes: () => nodes,
    node: (name) => nodes.find(({ metadata }) => metadata.name === name),
    nodesByProviderId: (id) => nodes.filter(({ spec }) => spec?.providerID === id),
    etcd: options.etcd ?? noEtcd,
    ...(options.certificateExpiry ? { certificateExpiry: options.certificateExpiry } : {}),
  };
  const workloads: WorkloadClusters = {
    find: () => (connected ? workload : undefined),
    lastProbeSuccess: () => (connected ? clock.now() : undefined),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const running = runControllers(options.controllers(workloads), {
    client: management.client,
    clock,
    log: options.log ?? silentLog,
    ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
  });
  await running.ready;
  const world = { client: management.client, workload: tenant.client, clock };
  const settled = async () => {
    await running.settled();
    while (await options.meanwhile?.(world)) {
      nodes = (await tenant.client.list(Node)).items;
      for (const listener of listeners) listener({ namespace, name: clusterName });
      await running.settled();
    }
  };
  return {
    ...world,
    running,
    connect: (now) => {
      connected = now;
      for (const listener of listeners) listener({ namespace, name: clusterName });
    },
    settled,
    advance: async (seconds) => {
      await settled();
      await clock.advance(seconds * 1000);
      await settled();
    },
    close: async () => {
      await running.stop();
      await management.close();
      await tenant.close();
    },
  };
};

/** A Cluster whose network stands and whose control plane has an address. */
export const readyCluster = async (client: Client, resource: typeof Cluster, spec: Partial<Cluster["spec"]> = {}) => {
  const cluster = await client.create(resource, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: clusterName, namespace },
    spec: {
      controlPlaneEndpoint: { host: "127.100.0.5", port: 6443 },
      clusterNetwork: { pods: { cidrBlocks: ["10.100.0.0/16"] }, services: { cidrBlocks: ["10.254.0.0/16"] } },
      ...spec,
    },
  });
  const body = {
    status: { infrastructureReady: true, failureDomains: { "az-1": { controlPlane: true }, "az-2": { controlPlane: true } } },
  };
  return client.patch(resource, { namespace, name: cluster.metadata.name }, { type: "merge", body }, { subresource: "status" });
};
