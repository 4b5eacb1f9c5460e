import type { MagnumCluster, Stored } from "@slipway/api";
import { expect, test } from "vitest";
import type { Observed } from "./observed.ts";
import { type StatusInput, status } from "./status.ts";

const conditions = (values: { readonly [type: string]: string }) =>
  Object.entries(values).map(([type, value]) => ({ type, status: value, lastTransitionTime: "2026-11-22T12:00:00Z" }));
const READY = conditions({ Ready: "True", ControlPlaneReady: "True", InfrastructureReady: "True" });

const group = (name: string, role: string, nodeCount: number, more: object = {}) => ({
  uuid: name,
  name,
  role,
  isDefault: true,
  nodeCount,
  minNodeCount: 0,
  flavorName: "f",
  imageUuid: "i",
  labels: {},
  createdAt: "2026-11-22T12:00:00Z",
  ...more,
});

const record = (more: object = {}, former?: object): Stored<MagnumCluster> =>
  ({
    apiVersion: "magnum.slipway.dev/v1alpha1",
    kind: "MagnumCluster",
    metadata: {
      name: "kube-a",
      namespace: "magnum-system",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-11-22T12:00:00Z",
      generation: 1,
    },
    spec: {
      kubernetesVersion: "v1.31.1",
      nodeGroups: [group("default-master", "master", 1), group("default-worker", "worker", 1)],
      ...more,
    },
    ...(former && { status: former }),
  }) as unknown as Stored<MagnumCluster>;

const machine = (name: string, groupName: string, more: object = {}) => ({
  kind: "Machine",
  metadata: { name, labels: { "magnum.slipway.dev/node-group": groupName } },
  spec: { infrastructureRef: { name: `infra-${name}` } },
  status: {
    conditions: conditions({ InfrastructureReady: "True", NodeHealthy: "True" }),
    addresses: [{ type: "InternalIP", address: `10.0.0.${name.length}` }],
    ...more,
  },
});

const settled = {
  cluster: {
    kind: "Cluster",
    metadata: { name: "kube-a", uid: "c" },
    spec: { controlPlaneEndpoint: { host: "203.0.113.7", port: 6443 } },
    status: { conditions: READY },
  },
  infrastructure: { kind: "OpenStackCluster", metadata: { name: "kube-a" }, spec: {}, status: { ready: true } },
  controlPlane: {
    kind: "KubeadmControlPlane",
    metadata: { name: "kube-a-control-plane", generation: 1 },
    spec: { replicas: 1, version: "v1.31.1" },
    status: {
      ready: true,
      replicas: 1,
      readyReplicas: 1,
      updatedReplicas: 1,
      version: "v1.31.1",
      observedGeneration: 1,
      conditions: conditions({ Available: "True" }),
    },
  },
  machineDeployments: [
    {
      metadata: { name: "kube-a-default-worker", generation: 1 },
      spec: { replicas: 1, template: { spec: { version: "v1.31.1" } } },
      status: { phase: "Running", replicas: 1, readyReplicas: 1, updatedReplicas: 1, observedGeneration: 1 },
    },
  ],
  machineSets: [],
  machines: [machine("m", "default-master"), machine("ww", "default-worker")],
  machineTemplates: [],
  bootstrapTemplates: [],
  healthChecks: [],
  infraMachines: [],
  servers: [],
  bootstrapConfigs: [],
};

const of = (record_: Stored<MagnumCluster>, observed: object = settled, more: Partial<StatusInput> = {}) =>
  status(record_, {
    observed: observed as unknown as Observed,
    serverGroups: {},
    failure: undefined,
    obstacle: undefined,
    applied: true,
    now: new Date("2026-11-22T13:00:00Z"),
    ...more,
  });

const without = (change: (copy: typeof settled) => void): typeof settled => {
  const copy = structuredClone(settled);
  change(copy);
  return copy;
};

test("complete means: the three conditions, every group, nothing left to write [DRV-185] [DRV-187] [DRV-190] [DRV-192] [DRV-196] [DRV-197] [DRV-200]", () => {
  expect(of(record())).toMatchObject({
    status: "CREATE_COMPLETE",
    apiAddress: "https://203.0.113.7:6443",
    coeVersion: "v1.31.1",
    healthStatus: "HEALTHY",
    healthStatusReason: { api: "ok", "infra-m.Ready": "True", "infra-ww.Ready": "True" },
    nodeGroups: [
      { name: "default-master", status: "CREATE_COMPLETE", nodeAddresses: ["10.0.0.1"] },
      { name: "default-worker", status: "CREATE_COMPLETE", nodeAddresses: ["10.0.0.2"] },
    ],
  });
  expect(of(record())).not.toHaveProperty("statusReason");
});

test.each([
  [
    "the Cluster is not ready",
    without((c) => Object.assign(c.cluster.status, { conditions: conditions({ Ready: "False" }) })),
    {},
  ],
  ["there is no Cluster", { ...settled, cluster: undefined }, {}],
  ["objects are still being written", settled, { applied: false }],
  ["a control-plane machine is old", without((c) => Object.assign(c.controlPlane.status, { updatedReplicas: 0 })), {}],
  ["a worker is not ready", without((c) => Object.assign(c.machineDeployments[0]?.status ?? {}, { readyReplicas: 0 })), {}],
  [
    "the workers' controller has not looked yet",
    without((c) => Object.assign(c.machineDeployments[0]?.metadata ?? {}, { generation: 2 })),
    {},
  ],
  [
    "the workers have another version",
    without((c) => Object.assign(c.machineDeployments[0]?.spec ?? {}, { template: { spec: { version: "v1.30.0" } } })),
    {},
  ],
])("in progress while %s [DRV-188] [DRV-193] [TRAP-18] [TRAP-19]", (_why, observed, more) => {
  expect(of(record(), observed, more).status).toBe("CREATE_IN_PROGRESS");
  expect(of(record({ updatedAt: "2026-11-22T12:30:00Z" }), observed, more).status).toBe("UPDATE_IN_PROGRESS");
});

test("reasons: what Cluster API waits for, then what each machine waits for [DRV-191] [DRV-194] [WANT-01]", () => {
  const observed = without((c) => {
    Object.assign(c.cluster.status, {
      conditions: [
        {
          type: "ControlPlaneReady",
          status: "False",
          reason: "ScalingUp",
          message: "Scaling up control plane to 3 replicas (actual 1)",
          lastTransitionTime: "",
        },
      ],
    });
    Object.assign(c.machineDeployments[0]?.status ?? {}, { readyReplicas: 0 });
    Object.assign(c.machines[1]?.status ?? {}, {
      conditions: [
        {
          type: "InfrastructureReady",
          status: "False",
          reason: "InstanceCreateFailed",
          message: "No valid host was found",
          lastTransitionTime: "",
        },
      ],
    });
  });
  const { statusReason, nodeGroups } = of(record(), observed);
  expect(statusReason).toBe(
    "[NoValidHost] No host of the cloud has room for the server. Machine ww: No valid host was found. What to do: Try a smaller flavor or another availability zone, or ask the cloud's operator for capacity. | CAPI Cluster status: ScalingUp: Scaling up control plane to 3 replicas (actual 1). Machine ww: InstanceCreateFailed: No valid host was found",
  );
  expect(nodeGroups?.[1]?.statusReason).toBe(
    "[NoValidHost] No host of the cloud has room for the server. Machine ww: No valid host was found. What to do: Try a smaller flavor or another availability zone, or ask the cloud's operator for capacity. | Machine ww: InstanceCreateFailed: No valid host was found",
  );
});

test("failures: ours, Cluster API's last word, and a node group that cannot be", () => {
  expect(of(record(), settled, { failure: "no credential" })).toMatchObject({
    status: "CREATE_FAILED",
    statusReason: "no credential",
  });
  const terminal = without((c) =>
    Object.assign(c.infrastructure.status, { failureReason: "UpdateError", failureMessage: "no such network" }),
  );
  expect(of(record(), terminal)).toMatchObject({
    status: "CREATE_FAILED",
    statusReason:
      "[InfrastructureFailed] The cluster's infrastructure has failed. OpenStackCluster kube-a: UpdateError: no such network. What to do: Correct what the message names: change the cluster, or delete it and create it again. | OpenStackCluster kube-a failed: UpdateError: no such network",
  });
  const odd = record({ updatedAt: "x", nodeGroups: [group("default-master", "master", 1), group("Bad_Name", "worker", 1)] });
  expect(of(odd)).toMatchObject({
    status: "UPDATE_FAILED",
    nodeGroups: [{ status: "CREATE_COMPLETE" }, { status: "CREATE_FAILED" }],
  });
});

test("health: unknown without a Cluster, unhealthy when the API or one node is [DRV-196] [WANT-02]", () => {
  expect(of(record(), { ...settled, cluster: undefined })).toMatchObject({ healthStatus: "UNKNOWN", healthStatusReason: {} });
  const noApi = without((c) => Object.assign(c.controlPlane.status, { conditions: conditions({ Available: "False" }) }));
  expect(of(record(), noApi)).toMatchObject({ healthStatus: "UNHEALTHY", healthStatusReason: { api: "nok" } });
  const noNode = without((c) => Object.assign(c.machines[0]?.status ?? {}, { conditions: conditions({ NodeHealthy: "False" }) }));
  expect(of(record(), noNode)).toMatchObject({
    healthStatus: "UNHEALTHY",
    healthStatusReason: { api: "ok", "infra-m.Ready": "False" },
  });
});

test("the address stays while the cluster is being updated, and time is written only with news", () => {
  const first = of(record());
  const again = status(record({}, first), {
    observed: settled as unknown as Observed,
    serverGroups: {},
    failure: undefined,
    obstacle: undefined,
    applied: true,
    now: new Date("2026-11-23T00:00:00Z"),
  });
  expect(again).toEqual(first);
  const shaky = without((c) => Object.assign(c.cluster.status, { conditions: conditions({ Ready: "False" }) }));
  expect(of(record({}, first), shaky)).toMatchObject({ apiAddress: "https://203.0.113.7:6443", coeVersion: "v1.31.1" });
});
