import {
  type Cluster,
  type ClusterClass,
  KubeadmConfigTemplate,
  KubeadmControlPlaneTemplate,
  OpenStackClusterTemplate,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
  type Topology,
  type UnstructuredObject,
} from "@slipway/api";
import { expect, test } from "vitest";
import { desiredState } from "./desired.ts";
import type { Blueprint, Current, Template } from "./scope.ts";
import { versionsOf } from "./upgrade.ts";

const stored = { uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
const template = (kind: Resource, name: string, spec: object): Template => ({
  resource: kind as Resource<UnstructuredObject>,
  object: {
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: { name, namespace: "n", ...stored, annotations: { "kubectl.kubernetes.io/last-applied-configuration": "x" } },
    spec: { template: { spec } },
  } as unknown as Stored<UnstructuredObject>,
});
const machine = template(OpenStackMachineTemplate, "machine", { flavor: "f" });
const check = { maxUnhealthy: "40%", unhealthyConditions: [{ type: "Ready", status: "Unknown", timeout: "5m" }] };
const workerClass = {
  class: "w",
  template: {
    metadata: { labels: { l: "class", c: "class" } },
    bootstrap: { ref: {} },
    infrastructure: { ref: {} },
  },
  failureDomain: "az-class",
  minReadySeconds: 5,
  machineHealthCheck: check,
};
const clusterClass = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "ClusterClass",
  metadata: { name: "class", namespace: "n", ...stored },
  spec: {
    controlPlane: { ref: {}, metadata: { labels: { l: "class" } }, nodeDrainTimeout: "1m", machineHealthCheck: check },
    workers: { machineDeployments: [workerClass] },
  },
} as unknown as Stored<ClusterClass>;
const blueprint: Blueprint = {
  clusterClass,
  infrastructure: template(OpenStackClusterTemplate, "net", { controlPlaneEndpoint: { host: "", port: 0 }, tags: ["t"] }),
  controlPlane: template(KubeadmControlPlaneTemplate, "control", {
    kubeadmConfigSpec: {},
    machineTemplate: { metadata: { labels: { own: "1" } } },
  }),
  controlPlaneMachines: machine,
  workers: new Map([
    [
      "w",
      { workerClass, bootstrap: template(KubeadmConfigTemplate, "boot", { format: "cloud-config" }), infrastructure: machine },
    ],
  ]),
};
const nothing: Current = {
  infrastructure: undefined,
  controlPlane: undefined,
  deployments: [],
  healthChecks: [],
  machineSets: [],
  copies: [],
};
const desired = (more: Partial<Topology> = {}, current = nothing) => {
  const topology: Topology = {
    class: "class",
    version: "v1.33.1",
    workers: { machineDeployments: [{ class: "w", name: "a" }] },
    ...more,
  };
  const cluster = {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: "blue", namespace: "n", ...stored },
    spec: { topology },
  } as Stored<Cluster>;
  const versions = versionsOf({ topology, concurrency: 1, controlPlane: undefined, deployments: new Map() });
  return desiredState({ cluster, topology, blueprint, current, versions });
};
const owned = { "cluster.x-k8s.io/cluster-name": "blue", "topology.cluster.x-k8s.io/owned": "" };

test("labels and annotations of the topology win over the class's; what holds upgrades back stays there [TOPO-066]", () => {
  const made = desired({
    controlPlane: { metadata: { labels: { l: "topology" } } },
    workers: {
      machineDeployments: [
        {
          class: "w",
          name: "a",
          metadata: { labels: { l: "topology" }, annotations: { "topology.cluster.x-k8s.io/defer-upgrade": "", kept: "1" } },
        },
      ],
    },
  });
  expect(made.controlPlane.metadata.labels).toEqual({ l: "topology", ...owned });
  expect(made.controlPlane.spec).toMatchObject({
    machineTemplate: { metadata: { labels: { l: "topology", own: "1", ...owned } } },
  });
  const [worker] = made.deployments;
  const labels = { l: "topology", c: "class", ...owned, "topology.cluster.x-k8s.io/deployment-name": "a" };
  expect(worker?.object.metadata).toMatchObject({ labels, annotations: { kept: "1" } });
  expect(worker?.object.spec).toMatchObject({ template: { metadata: { labels, annotations: { kept: "1" } } } });
  expect(worker?.object.metadata.annotations).toEqual({ kept: "1" });
});

test("the topology's values take the place of the class's, number by number [TOPO-068] [TOPO-069]", () => {
  const spec = (more: object) =>
    desired({ workers: { machineDeployments: [{ class: "w", name: "a", ...more }] } }).deployments[0]?.object.spec;
  expect(spec({})).toMatchObject({ minReadySeconds: 5, template: { spec: { failureDomain: "az-class" } } });
  expect(spec({})).not.toHaveProperty("replicas");
  expect(spec({ minReadySeconds: 0, failureDomain: "az", replicas: 0 })).toMatchObject({
    minReadySeconds: 0,
    replicas: 0,
    template: { spec: { failureDomain: "az" } },
  });
  const control = (more: object) => desired({ controlPlane: more }).controlPlane.spec;
  expect(control({})).toMatchObject({ machineTemplate: { nodeDrainTimeout: "1m" }, version: "v1.33.1" });
  expect(control({})).not.toHaveProperty("replicas");
  expect(control({ nodeDrainTimeout: "9m", replicas: 3 })).toMatchObject({
    machineTemplate: { nodeDrainTimeout: "9m" },
    replicas: 3,
  });
});

test("an endpoint that the class leaves open is nobody's to take away [TOPO-080]", () => {
  expect(desired().infrastructure.spec).toEqual({ tags: ["t"] });
});

test("health checks are the topology's or the class's, whole, and can be turned off [TOPO-093] [TOPO-094]", () => {
  const checkOf = (machineHealthCheck?: object) =>
    desired({
      workers: {
        machineDeployments: [{ class: "w", name: "a", ...(machineHealthCheck === undefined ? {} : { machineHealthCheck }) }],
      },
    }).deployments[0]?.healthCheck;
  const selector = { "topology.cluster.x-k8s.io/owned": "", "topology.cluster.x-k8s.io/deployment-name": "a" };
  expect(checkOf()?.spec).toEqual({ clusterName: "blue", selector: { matchLabels: selector }, ...check });
  expect(checkOf({ maxUnhealthy: "10%" })?.spec).toEqual({
    clusterName: "blue",
    selector: { matchLabels: selector },
    maxUnhealthy: "10%",
  });
  expect(checkOf({ enable: false })).toBeUndefined();
  const { controlPlaneHealthCheck, controlPlane } = desired();
  expect(controlPlaneHealthCheck).toMatchObject({
    metadata: { name: controlPlane.metadata.name, labels: owned, ownerReferences: [{ kind: "Cluster", name: "blue" }] },
    spec: { selector: { matchLabels: { "topology.cluster.x-k8s.io/owned": "", "cluster.x-k8s.io/control-plane": "" } } },
  });
});

test("a copy keeps its name while its content is the same, and is followed by another when it is not [TOPO-081]", () => {
  const first = desired().deployments[0]?.infrastructure;
  expect(first?.metadata).toMatchObject({
    labels: { ...owned, "topology.cluster.x-k8s.io/deployment-name": "a" },
    annotations: { "cluster.x-k8s.io/cloned-from-name": "machine" },
  });
  expect(first?.metadata.annotations).not.toHaveProperty("kubectl.kubernetes.io/last-applied-configuration");
  const known = (spec: unknown): Current => ({
    ...nothing,
    copies: [
      {
        resource: machine.resource,
        object: {
          ...first,
          spec,
          metadata: { ...first?.metadata, ...stored, name: "given-by-somebody" },
        } as Stored<UnstructuredObject>,
      },
    ],
  });
  expect(desired({}, known(first?.spec)).deployments[0]?.infrastructure.metadata.name).toBe("given-by-somebody");
  expect(desired({}, known({ template: { spec: { flavor: "other" } } })).deployments[0]?.infrastructure.metadata.name).toBe(
    first?.metadata.name,
  );
  const reference = desired().deployments[0]?.object.spec as { template?: { spec?: object } };
  expect(reference.template?.spec).toMatchObject({
    infrastructureRef: { kind: "OpenStackMachineTemplate", name: first?.metadata.name },
  });
});
