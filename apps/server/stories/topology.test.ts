import {
  apiVersionOf,
  Cluster,
  ClusterClass,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  KubeadmControlPlaneTemplate,
  type KubeObject,
  labels,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  Node,
  OpenStackCluster,
  OpenStackClusterTemplate,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { afterEach, expect, test } from "vitest";
import { namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

const create = (now: Story, resource: Resource, name: string, spec: object) =>
  now.client.create(
    resource as Resource<UnstructuredObject>,
    {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace },
      spec,
    } as UnstructuredObject,
  );
const ref = (resource: Resource, name: string) => ({ ref: { apiVersion: apiVersionOf(resource), kind: resource.kind, name } });

/** Machines boot the image of the version that they are about to run. */
const imageFor = (whose: "controlPlane" | "machineDeployment") => ({
  selector: {
    apiVersion: apiVersionOf(OpenStackMachineTemplate),
    kind: "OpenStackMachineTemplate",
    matchResources: whose === "controlPlane" ? { controlPlane: true } : { machineDeploymentClass: { names: ["worker"] } },
  },
  jsonPatches: [
    {
      op: "replace",
      path: "/spec/template/spec/image",
      valueFrom: { template: `filter: {name: "ubuntu-2204-kube-{{ .builtin.${whose}.version }}"}` },
    },
  ],
});

/** A class out of what a cluster of Magnum's is made from: an operator's first step would be the same. */
const makeClass = async (now: Story): Promise<void> => {
  const { uuid: templateId } = await now.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    name: "model",
    coe: "kubernetes",
    image_id: "ubuntu-2204-kube-v1.32.5",
    external_network_id: "public",
    flavor_id: "m1.medium",
    master_flavor_id: "m1.medium",
    master_lb_enabled: true,
    labels: { kube_tag: "v1.32.5" },
  });
  const { uuid } = await now.tenant.call<{ uuid: string }>("POST", "/clusters", {
    name: "model",
    cluster_template_id: templateId,
    master_count: 1,
    node_count: 1,
  });
  await now.until("the model is complete", async () => (await now.cluster(uuid)).status === "CREATE_COMPLETE");
  const first = async <T extends KubeObject>(resource: Resource<T>): Promise<Stored<T>> => {
    const [found] = (await now.client.list(resource, { namespace })).items;
    if (found === undefined) throw new Error(`there is no ${resource.kind}`);
    return found;
  };
  const control = await first(KubeadmControlPlane);
  const cluster = await first(OpenStackCluster);
  const { controlPlaneEndpoint: _endpoint, ...network } = cluster.spec;
  const { replicas: _replicas, version: _version, machineTemplate, ...controlSpec } = control.spec;
  const machines = (await now.client.list(OpenStackMachineTemplate, { namespace })).items;
  const controlMachine = machines.find(({ metadata }) => metadata.name === machineTemplate.infrastructureRef.name);
  const workerMachine = machines.find((one) => one !== controlMachine);
  const bootstrap = await first(KubeadmConfigTemplate);
  await create(now, OpenStackClusterTemplate, "net", { template: { spec: network } });
  await create(now, KubeadmControlPlaneTemplate, "control", { template: { spec: controlSpec } });
  await create(now, OpenStackMachineTemplate, "control-machine", controlMachine?.spec ?? {});
  await create(now, OpenStackMachineTemplate, "worker-machine", workerMachine?.spec ?? {});
  await create(now, KubeadmConfigTemplate, "worker", bootstrap.spec);
  await create(now, ClusterClass, "openstack", {
    infrastructure: ref(OpenStackClusterTemplate, "net"),
    controlPlane: {
      ...ref(KubeadmControlPlaneTemplate, "control"),
      machineInfrastructure: ref(OpenStackMachineTemplate, "control-machine"),
    },
    workers: {
      machineDeployments: [
        {
          class: "worker",
          template: {
            bootstrap: ref(KubeadmConfigTemplate, "worker"),
            infrastructure: ref(OpenStackMachineTemplate, "worker-machine"),
          },
          machineHealthCheck: { unhealthyConditions: [{ type: "Ready", status: "Unknown", timeout: "5m" }] },
        },
      ],
    },
    variables: [{ name: "flavor", required: true, schema: { openAPIV3Schema: { type: "string", default: "m1.medium" } } }],
    patches: [
      {
        name: "flavor",
        definitions: [
          {
            selector: {
              apiVersion: apiVersionOf(OpenStackMachineTemplate),
              kind: "OpenStackMachineTemplate",
              matchResources: { machineDeploymentClass: { names: ["*"] } },
            },
            jsonPatches: [{ op: "replace", path: "/spec/template/spec/flavor", valueFrom: { variable: "flavor" } }],
          },
        ],
      },
      {
        name: "image",
        definitions: [imageFor("controlPlane"), imageFor("machineDeployment")],
      },
    ],
  });
};

const start = async () => {
  const now = await startStory();
  story = now;
  await makeClass(now);
  await create(now, Cluster, "blue", {
    clusterNetwork: { pods: { cidrBlocks: ["10.100.0.0/16"] }, services: { cidrBlocks: ["10.254.0.0/16"] } },
    topology: {
      class: "openstack",
      version: "v1.32.5",
      controlPlane: { replicas: 1 },
      workers: { machineDeployments: [{ class: "worker", name: "a", replicas: 1 }] },
    },
  });
  const list = async <T extends KubeObject>(resource: Resource<T>) =>
    (await now.client.list(resource, { namespace, labelSelector: `${labels.clusterName}=blue` })).items;
  return {
    now,
    list,
    change: (topology: object) =>
      now.client.patch(Cluster, { namespace, name: "blue" }, { type: "merge", body: { spec: { topology } } }),
    running: async (count: number, version = "v1.32.5") => {
      const machines = await list(Machine);
      const all = machines.every(({ status, spec }) => status?.phase === "Running" && spec.version === version);
      return all && machines.length === count;
    },
    said: async () => {
      const { status } = await now.client.get(Cluster, { namespace, name: "blue" });
      return findCondition(status?.conditions, "TopologyReconciled");
    },
  };
};

test("a cluster is made from its class, resized, given another flavor, more workers, and taken away [TOPO-060] [TOPO-064] [TOPO-065] [TOPO-067] [TOPO-070] [TOPO-072] [TOPO-077] [TOPO-081] [TOPO-093] [TOPO-095]", async () => {
  const { now, list, change, running, said } = await start();
  await now.until("two machines run", () => running(2));
  expect(await said()).toMatchObject({ status: "True" });
  expect(await now.nodes("blue")).toHaveLength(2);

  const cluster = await now.client.get(Cluster, { namespace, name: "blue" });
  expect(cluster.metadata.labels).toMatchObject({ [labels.clusterName]: "blue", [labels.topologyOwned]: "" });
  expect(cluster.spec.infrastructureRef).toMatchObject({ kind: "OpenStackCluster", name: expect.stringMatching(/^blue-\w{5}$/) });
  const ofTopology = cluster.metadata.managedFields?.find(({ manager }) => manager === "capi-topology");
  expect(ofTopology?.operation).toBe("Apply");
  const [deployment] = await list(MachineDeployment);
  const workerLabels = { [labels.clusterName]: "blue", [labels.topologyOwned]: "", [labels.topologyDeploymentName]: "a" };
  expect(deployment).toMatchObject({
    metadata: { name: expect.stringMatching(/^blue-a-\w{5}$/), labels: workerLabels },
    spec: { selector: { matchLabels: workerLabels }, template: { metadata: { labels: workerLabels } } },
  });
  expect(deployment?.spec.selector.matchLabels).toEqual(workerLabels);
  expect(await list(MachineHealthCheck)).toMatchObject([
    {
      metadata: { name: deployment?.metadata.name, ownerReferences: [{ kind: "Cluster", name: "blue" }] },
      spec: { selector: { matchLabels: { [labels.topologyOwned]: "", [labels.topologyDeploymentName]: "a" } } },
    },
  ]);
  const templates = async () =>
    (await list(OpenStackMachineTemplate)).map(({ metadata }) => metadata.name).filter((name) => name.startsWith("blue-a-"));
  const [first] = await templates();
  expect((await list(OpenStackMachineTemplate))[0]?.metadata.ownerReferences).toMatchObject([{ kind: "Cluster", name: "blue" }]);

  await change({ workers: { machineDeployments: [{ class: "worker", name: "a", replicas: 2 }] } });
  await now.until("there are three", () => running(3));
  expect(await templates()).toEqual([first]);

  const flavored = async (flavor: string) => {
    await change({ variables: [{ name: "flavor", value: flavor }] });
    await now.until(`the workers are of ${flavor}`, async () => {
      const [{ spec } = { spec: undefined }] = await list(MachineDeployment);
      const name = spec?.template.spec?.infrastructureRef.name ?? "";
      const template = await now.client.get(OpenStackMachineTemplate, { namespace, name });
      const sets = await list(MachineSet);
      const settled = sets.every(
        (set) => (set.spec.template?.spec?.infrastructureRef.name === name) === (set.spec.replicas === 2),
      );
      return template.spec.template.spec.flavor === flavor && settled && (await running(3));
    });
  };
  await flavored("m1.large");
  // The deployment keeps its last MachineSet, and with it what that was made from.
  expect(await templates()).toHaveLength(2);
  await flavored("m1.xlarge");
  await now.until("what nobody names is gone", async () => !(await templates()).includes(first ?? ""));

  const both = ["a", "b"].map((name) => ({ class: "worker", name, replicas: 1 }));
  await change({ workers: { machineDeployments: both } });
  await now.until("there are two deployments", async () => (await running(3)) && (await list(MachineDeployment)).length === 2);
  await change({ workers: { machineDeployments: both.slice(1) } });
  await now.until("one of them is gone", async () => (await running(2)) && (await list(MachineDeployment)).length === 1);
  expect((await list(MachineHealthCheck)).map(({ metadata }) => metadata.name)).toEqual(
    (await list(MachineDeployment)).map(({ metadata }) => metadata.name),
  );

  await now.client.delete(Cluster, { namespace, name: "blue" });
  await now.until("nothing is left", async () =>
    (await Promise.all([list(Cluster), list(Machine), list(OpenStackMachineTemplate), list(OpenStackCluster)])).every(
      (items) => items.length === 0,
    ),
  );
});

test("an upgrade goes through the control plane first, then the workers, even when the program dies [TOPO-048] [TOPO-084] [TOPO-088] [TOPO-100] [TOPO-101]", async () => {
  const { now: before, running, change } = await start();
  await before.until("two machines run", () => running(2));
  await change({ version: "v1.33.1" });
  const now = await before.kill();
  story = now;
  const list = async <T extends KubeObject>(resource: Resource<T>) =>
    (await now.client.list(resource, { namespace, labelSelector: `${labels.clusterName}=blue` })).items;
  const seen = new Set<string>();
  await now.until("everything runs the new version", async () => {
    const [control] = await list(KubeadmControlPlane);
    const [deployment] = await list(MachineDeployment);
    const { status } = await now.client.get(Cluster, { namespace, name: "blue" });
    const condition = findCondition(status?.conditions, "TopologyReconciled");
    seen.add(condition?.reason ?? condition?.status ?? "");
    // Workers never run ahead.
    if (deployment?.spec.template.spec?.version === "v1.33.1") expect(control?.status?.version).toBe("v1.33.1");
    const machines = await list(Machine);
    const done = machines.every(({ spec, status: { phase } = {} }) => spec.version === "v1.33.1" && phase === "Running");
    return done && machines.length === 2 && condition?.status === "True";
  });
  expect([...seen]).toContain("MachineDeploymentsUpgradePending");
  const nodes = (await (await now.workload("blue")).list(Node)).items;
  expect(nodes.map(({ status }) => status?.nodeInfo?.kubeletVersion)).toEqual(["v1.33.1", "v1.33.1"]);
});
