import {
  KubeadmConfig,
  Machine,
  Node,
  OpenStackMachine,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { machineController } from "../machine/index.ts";
import { namespace, provided, referenceTo, startManagementCluster } from "./managementcluster.test-support.ts";
import { createRunningCluster, createTenantCluster } from "./workloadcluster.test-support.ts";

export const Bootstrap = KubeadmConfig as unknown as Resource<UnstructuredObject>;
export const Infrastructure = OpenStackMachine as unknown as Resource<UnstructuredObject>;

export const start = async (clusterSpec: object = {}, options: { readonly overHttp?: boolean } = {}) => {
  let tenant: ReturnType<typeof createTenantCluster> | undefined;
  const management = await startManagementCluster((clock) => {
    tenant = createTenantCluster(clock);
    return [tenant.controller, machineController({ workloads: tenant.clusters })];
  }, options);
  if (!tenant) throw new Error("no controllers were asked for");
  await createRunningCluster(management, clusterSpec);
  return { ...management, tenant, workload: await tenant.client };
};

export const machine = (metadata: object = {}, spec: object = {}): Machine => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Machine",
  metadata: { name: "m", namespace, ...metadata },
  spec: {
    clusterName: "one",
    bootstrap: { configRef: referenceTo(Bootstrap, "m") },
    infrastructureRef: referenceTo(Infrastructure, "m"),
    ...spec,
  },
});
export const infrastructure = (metadata: object = {}) =>
  provided(Infrastructure, "m", { metadata, spec: { flavor: "small", image: { filter: { name: "i" } } } });
export const node = (name: string, providerID: string, ready = "True") =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec: { providerID, taints: [{ key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" as const }] },
    status: {
      conditions: [
        {
          type: "Ready",
          status: ready,
          message: ready === "True" ? "" : "kubelet stopped",
          lastTransitionTime: "2025-12-31T00:00:00Z",
        },
        ...["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({ type, status: "False" })),
      ],
      nodeInfo: {
        kubeletVersion: "v1.31.1",
        osImage: "Debian",
        architecture: "amd64",
        bootID: "b",
        containerRuntimeVersion: "c",
        kernelVersion: "k",
        kubeProxyVersion: "p",
        machineID: "m",
        operatingSystem: "linux",
        systemUUID: "s",
      },
    },
  }) as Node;

export const v1 = (object: Stored<Machine>, type: string) => findCondition(object.status?.conditions, type);
export const v2 = (object: Stored<Machine>, type: string) => findCondition(object.status?.v1beta2?.conditions, type);

/** A Machine whose server has become a Node. */
export const startRunning = async (metadata: object = {}, spec: object = {}, clusterSpec: object = {}) => {
  const system = await start(clusterSpec);
  const { client, setStatus, settled, workload } = system;
  await client.create(Machine, machine(metadata, spec));
  await client.create(Bootstrap, provided(Bootstrap, "m"));
  await client.create(Infrastructure, infrastructure());
  await system.setSpec(Infrastructure, "m", { providerID: "openstack:///1" });
  await setStatus(Bootstrap, "m", { ready: true, dataSecretName: "m-data" });
  await setStatus(Infrastructure, "m", { ready: true });
  await workload.create(Node, node("n1", "openstack:///1"));
  await settled();
  return system;
};
