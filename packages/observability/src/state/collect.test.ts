import type { KubeObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { collectFamilies, type Sample, valueAt } from "./collect.ts";
import { clusterApiKinds, openStackKinds } from "./kinds.ts";

type Fields = { readonly [field: string]: unknown };
const object = (kind: string, parts: { group?: string; version?: string; metadata?: Fields; spec?: Fields; status?: Fields }) =>
  ({
    apiVersion: `${parts.group ?? "cluster.x-k8s.io"}/${parts.version ?? "v1beta1"}`,
    kind,
    metadata: {
      name: "one",
      namespace: "tenants",
      uid: "u1",
      creationTimestamp: "2023-08-25T15:07:45Z",
      ...parts.metadata,
    },
    ...(parts.spec ? { spec: parts.spec } : {}),
    ...(parts.status ? { status: parts.status } : {}),
  }) as KubeObject;

/** Samples of one family, without the labels that say which object it is. */
const samples = (from: KubeObject, family: string) =>
  (collectFamilies([from]).find(({ name }) => name === family)?.samples ?? []).map(({ labels, value }: Sample) => ({
    ...Object.fromEntries(labels.filter(([name]) => !identity.has(name) && !name.startsWith("customresource_"))),
    value,
  }));
const identity = new Set(["name", "namespace", "uid", "cluster_name"]);
const only = (from: KubeObject, family: string) => samples(from, family).map(({ value }) => value);
const labelsOf = (from: KubeObject, family: string) =>
  Object.fromEntries(collectFamilies([from]).find(({ name }) => name === family)?.samples[0]?.labels ?? []);
const familiesOf = (kind: string) =>
  clusterApiKinds.find((declared) => declared.kind === kind)?.families.map(({ name }) => name) ?? [];
const common = ["annotation_paused", "created", "info", "status_condition", "status_condition_last_transition_time"];

const clusterReference = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", name: "c1", uid: "cu" };

describe("the declared families", () => {
  test("are 103 of 16 kinds, as many for each as upstream has [OBS-053 OBS-054]", () => {
    expect(Object.fromEntries(clusterApiKinds.map(({ kind, families }) => [kind, families.length]))).toEqual({
      ...{ Cluster: 7, ClusterClass: 6, KubeadmConfig: 6, Machine: 10, MachineDeployment: 16, MachineHealthCheck: 9 },
      ...{ MachinePool: 12, MachineSet: 11, KubeadmControlPlane: 12, ClusterResourceSet: 2, IPAddressClaim: 2 },
      ...{ ExtensionConfig: 2, DevCluster: 2, DevMachine: 2, DockerCluster: 2, DockerMachine: 2 },
    });
    expect(clusterApiKinds.flatMap(({ families }) => families)).toHaveLength(103);
  });

  test("bear upstream's prefixes, no two families one name [CORE-489 OBS-035]", () => {
    for (const { kind, prefix } of clusterApiKinds) expect(prefix).toBe(`capi_${kind.toLowerCase()}`);
    const names = [...clusterApiKinds, ...openStackKinds].flatMap(({ prefix, families }) =>
      families.map(({ name }) => `${prefix}_${name}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test("are the same basics for the nine kinds that have more than conditions, and an owner for all but Cluster [CORE-494 CORE-495 CORE-496 OBS-058 OBS-059 OBS-060 OBS-068 OBS-087 OBS-091 OBS-098]", () => {
    for (const { kind, families } of clusterApiKinds) {
      const names = families.map(({ name }) => name);
      if (families.length === 2) expect(names).toEqual(["status_condition", "status_condition_last_transition_time"]);
      else expect(names, kind).toEqual(expect.arrayContaining(kind === "Cluster" ? common : [...common, "owner"]));
    }
    expect(familiesOf("Cluster")).not.toContain("owner");
    expect(familiesOf("MachineSet")).not.toContain("status_phase"); // [OBS-090]
  });
});

describe("labels", () => {
  test("every sample says which object of which kind it is of, sorted by name [OBS-036 OBS-055 OBS-056 CORE-490 OBS-012]", () => {
    const [family] = collectFamilies([object("Cluster", {})]);
    expect(family?.samples[0]?.labels).toEqual([
      ["customresource_group", "cluster.x-k8s.io"],
      ["customresource_kind", "Cluster"],
      ["customresource_version", "v1beta1"],
      ["name", "one"],
      ["namespace", "tenants"],
      ["uid", "u1"],
    ]);
    const extension = object("ExtensionConfig", {
      group: "runtime.cluster.x-k8s.io",
      version: "v1alpha1",
      status: { v1beta2: { conditions: [{ type: "Discovered", status: "True" }] } },
    });
    expect(labelsOf(extension, "capi_extensionconfig_status_condition")).toMatchObject({ customresource_version: "v1alpha1" });
  });

  test("the cluster's name is read where each kind keeps it [OBS-057 CORE-491]", () => {
    const bySpec = ["Machine", "MachineSet", "MachineDeployment", "MachinePool", "MachineHealthCheck"];
    for (const kind of bySpec)
      expect(labelsOf(object(kind, { spec: { clusterName: "c1" } }), `capi_${kind.toLowerCase()}_created`)).toMatchObject({
        cluster_name: "c1",
      });
    const labelled = { labels: { "cluster.x-k8s.io/cluster-name": "c1" } };
    const config = object("KubeadmConfig", { group: "bootstrap.cluster.x-k8s.io", metadata: labelled });
    expect(labelsOf(config, "capi_kubeadmconfig_created")).toMatchObject({ cluster_name: "c1" });
    const controlPlane = object("KubeadmControlPlane", {
      group: "controlplane.cluster.x-k8s.io",
      metadata: { ownerReferences: [{ ...clusterReference, kind: "Other", name: "no" }, clusterReference] },
    });
    expect(labelsOf(controlPlane, "capi_kubeadmcontrolplane_created")).toMatchObject({ cluster_name: "c1" });
    expect(labelsOf(object("Machine", {}), "capi_machine_created")).not.toHaveProperty("cluster_name"); // [OBS-045]
  });
});

describe("state sets", () => {
  test("give one sample a state, exactly one of them 1 [OBS-049 OBS-065 CORE-498]", () => {
    expect(samples(object("Cluster", { status: { phase: "Failed" } }), "capi_cluster_status_phase")).toEqual(
      ["Pending", "Provisioning", "Provisioned", "Deleting", "Failed", "Unknown"].map((phase) => ({
        phase,
        value: phase === "Failed" ? 1 : 0,
      })),
    );
  });

  test("are all 0 for a state that is not listed, and nothing without a state [OBS-049 OBS-097 CORE-503]", () => {
    const pool = (status?: Fields) => object("MachinePool", status ? { status } : {});
    expect(only(pool({ phase: "Provisioning" }), "capi_machinepool_status_phase")).toEqual([0, 0, 0, 0, 0]);
    expect(samples(pool(), "capi_machinepool_status_phase")).toEqual([]);
  });

  test("know the phases of machines and of machine deployments [OBS-073 OBS-083 CORE-500 CORE-501]", () => {
    const phases = (kind: string) =>
      samples(object(kind, { status: { phase: "Running" } }), `capi_${kind.toLowerCase()}_status_phase`).map(
        (sample) => (sample as { phase?: string }).phase,
      );
    expect(phases("Machine")).toEqual([
      "Pending",
      "Provisioning",
      "Provisioned",
      "Running",
      "Deleting",
      "Deleted",
      "Failed",
      "Unknown",
    ]);
    expect(phases("MachineDeployment")).toEqual(["ScalingUp", "ScalingDown", "Running", "Failed", "Unknown"]);
  });

  test("conditions are those of v1beta2, three samples each, and the time they changed [OBS-061 OBS-062 OBS-063 CORE-492 CORE-493]", () => {
    const cluster = object("Cluster", {
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        v1beta2: { conditions: [{ type: "Available", status: "False", lastTransitionTime: "2023-08-25T15:07:45Z" }] },
      },
    });
    expect(samples(cluster, "capi_cluster_status_condition")).toEqual([
      { type: "Available", status: "True", value: 0 },
      { type: "Available", status: "False", value: 1 },
      { type: "Available", status: "Unknown", value: 0 },
    ]);
    expect(samples(cluster, "capi_cluster_status_condition_last_transition_time")).toEqual([
      { type: "Available", status: "False", value: 1692976065 },
    ]);
  });
});

describe("infos", () => {
  test("a cluster's say what it is made of; what is not set is left out [OBS-066 OBS-045 CORE-497]", () => {
    const cluster = object("Cluster", {
      spec: {
        controlPlaneEndpoint: { host: "192.0.2.1", port: 6443 },
        controlPlaneRef: { kind: "KubeadmControlPlane", name: "cp" },
        infrastructureRef: { kind: "OpenStackCluster", name: "os" },
        topology: { class: "k", version: "v1.33.1" },
      },
    });
    expect(samples(cluster, "capi_cluster_info")).toEqual([
      {
        control_plane_endpoint_host: "192.0.2.1",
        control_plane_endpoint_port: "6443",
        control_plane_reference_kind: "KubeadmControlPlane",
        control_plane_reference_name: "cp",
        infrastructure_reference_kind: "OpenStackCluster",
        infrastructure_reference_name: "os",
        topology_class: "k",
        topology_version: "v1.33.1",
        value: 1,
      },
    ]);
    expect(samples(object("Cluster", {}), "capi_cluster_info")).toEqual([]); // [OBS-041]
  });

  test("a machine's say where it came from, what runs on it and who controls it [OBS-074 OBS-075 OBS-076 OBS-077 OBS-079 CORE-499 CORE-500]", () => {
    const machine = object("Machine", {
      metadata: {
        labels: { "cluster.x-k8s.io/control-plane-name": "cp" },
        ownerReferences: [{ kind: "KubeadmControlPlane", name: "cp", uid: "cpu", controller: true }],
      },
      spec: {
        bootstrap: { configRef: { kind: "KubeadmConfig", name: "kc" } },
        infrastructureRef: { kind: "OpenStackMachine", name: "osm" },
        failureDomain: "az1",
        providerID: "openstack:///s1",
        version: "v1.33.1",
      },
      status: {
        addresses: [
          { type: "InternalIP", address: "10.0.0.5" },
          { type: "Hostname", address: "one" },
        ],
        nodeRef: { kind: "Node", name: "n1", uid: "nu" },
        nodeInfo: {
          containerRuntimeVersion: "containerd://2",
          kernelVersion: "6",
          kubeProxyVersion: "v1",
          kubeletVersion: "v2",
          osImage: "Ubuntu",
        },
      },
    });
    expect(samples(machine, "capi_machine_info")).toEqual([
      {
        ...{ bootstrap_reference_kind: "KubeadmConfig", bootstrap_reference_name: "kc" },
        ...{ container_runtime_version: "containerd://2", control_plane_name: "cp", failure_domain: "az1" },
        ...{ infrastructure_reference_kind: "OpenStackMachine", infrastructure_reference_name: "osm" },
        ...{ kernel_version: "6", kube_proxy_version: "v1", kubelet_version: "v2", os_image: "Ubuntu" },
        ...{ provider_id: "openstack:///s1", version: "v1.33.1", value: 1 },
      },
    ]);
    expect(samples(machine, "capi_machine_addresses")).toEqual([
      { type: "InternalIP", address: "10.0.0.5", value: 1 },
      { type: "Hostname", address: "one", value: 1 },
    ]);
    expect(samples(machine, "capi_machine_status_noderef")).toEqual([{ node_name: "n1", node_uid: "nu", value: 1 }]);
    expect(samples(machine, "capi_machine_owner")).toEqual([
      { owner_is_controller: "true", owner_kind: "KubeadmControlPlane", owner_name: "cp", owner_uid: "cpu", value: 1 },
    ]);
    expect(samples(object("Machine", {}), "capi_machine_status_noderef")).toEqual([]);
  });

  test("the annotation that pauses is shown with its value, also the empty one, while it is there [OBS-059 CORE-495]", () => {
    const paused = object("MachineSet", { metadata: { annotations: { "cluster.x-k8s.io/paused": "" } } });
    expect(samples(paused, "capi_machineset_annotation_paused")).toEqual([{ paused_value: "", value: 1 }]);
    expect(samples(object("MachineSet", {}), "capi_machineset_annotation_paused")).toEqual([]);
  });

  test("templates' references of deployments and sets, of pools by longer names, and health checks' odd label [OBS-085 OBS-091 OBS-094 OBS-096 CORE-503 CORE-504 CORE-505]", () => {
    const template = {
      spec: {
        bootstrap: { configRef: { kind: "KubeadmConfigTemplate", name: "kct" } },
        infrastructureRef: { kind: "OpenStackMachineTemplate", name: "osmt" },
        version: "v1.33.1",
        failureDomain: "az1",
      },
    };
    const infrastructure = { infrastructure_reference_kind: "OpenStackMachineTemplate", infrastructure_reference_name: "osmt" };
    for (const kind of ["MachineDeployment", "MachineSet"])
      expect(samples(object(kind, { spec: { template } }), `capi_${kind.toLowerCase()}_info`)).toEqual([
        {
          ...infrastructure,
          ...{ bootstrap_reference_kind: "KubeadmConfigTemplate", bootstrap_reference_name: "kct", version: "v1.33.1", value: 1 },
        },
      ]);
    expect(samples(object("MachinePool", { spec: { template } }), "capi_machinepool_info")).toEqual([
      {
        ...infrastructure,
        bootstrap_configuration_reference_kind: "KubeadmConfigTemplate",
        bootstrap_configuration_reference_name: "kct",
        ...{ failure_domain: "az1", version: "v1.33.1", value: 1 },
      },
    ]);
    expect(samples(object("MachineHealthCheck", { spec: { maxUnhealthy: "40%" } }), "capi_machinehealthcheck_info")).toEqual([
      { maxUnhealthy: "40%", value: 1 },
    ]);
    const controlPlane = object("KubeadmControlPlane", { group: "controlplane.cluster.x-k8s.io", spec: { version: "v1.33.1" } });
    expect(samples(controlPlane, "capi_kubeadmcontrolplane_info")).toEqual([{ version: "v1.33.1", value: 1 }]);
  });
});

describe("gauges", () => {
  test("when an object was made, in Unix seconds [OBS-058 OBS-047]", () => {
    expect(only(object("Cluster", {}), "capi_cluster_created")).toEqual([1692976065]);
  });

  test("what is not set is 0 where upstream says so, and absent elsewhere [OBS-048 OBS-067 OBS-078 OBS-081 OBS-082 OBS-088 OBS-089 OBS-093 OBS-096 OBS-097 CORE-501 CORE-502 CORE-503 CORE-505 CORE-506]", () => {
    const gaugesOf = (kind: string, group?: string) =>
      collectFamilies([object(kind, group ? { group } : {})])
        .filter(({ type, name }) => type === "gauge" && !name.endsWith("_created"))
        .map(({ name, samples: [sample] }) => `${name.slice(`capi_${kind.toLowerCase()}_`.length)} ${sample?.value}`);
    expect(gaugesOf("Cluster")).toEqual(["spec_paused 0"]);
    expect(gaugesOf("Machine")).toEqual(["status_certificatesexpirydate 0"]);
    expect(gaugesOf("MachineDeployment")).toEqual([
      ...["spec_paused 0", "status_replicas 0", "status_replicas_available 0", "status_replicas_ready 0"],
      ...["status_replicas_unavailable 0", "status_replicas_updated 0"],
    ]);
    expect(gaugesOf("MachineSet")).toEqual([
      ...["spec_replicas 0", "status_replicas 0", "status_replicas_available 0"],
      ...["status_replicas_fully_labeled 0", "status_replicas_ready 0"],
    ]);
    expect(gaugesOf("MachinePool")).toEqual([
      ...["status_replicas 0", "status_replicas_available 0", "status_replicas_ready 0", "status_replicas_unavailable 0"],
    ]);
    expect(gaugesOf("MachineHealthCheck")).toEqual([
      ...["status_current_healthy 0", "status_expected_machines 0", "status_remediations_allowed 0"],
    ]);
    expect(gaugesOf("KubeadmControlPlane", "controlplane.cluster.x-k8s.io")).toEqual([
      ...["status_replicas 0", "status_replicas_ready 0", "status_replicas_unavailable 0", "status_replicas_updated 0"],
    ]);
  });

  test("replicas are the v1beta1 counters; surge is a number, or a share of one [OBS-082 OBS-084 OBS-093 OBS-094 CORE-506 CORE-507]", () => {
    const deployment = object("MachineDeployment", {
      spec: { replicas: 3, paused: true, strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } } },
      status: { readyReplicas: 2, v1beta2: { readyReplicas: 1 } },
    });
    const of = (name: string) => only(deployment, `capi_machinedeployment_${name}`);
    expect(of("spec_replicas")).toEqual([3]);
    expect(of("spec_paused")).toEqual([1]);
    expect(of("status_replicas_ready")).toEqual([2]);
    expect(of("spec_strategy_rollingupdate_max_surge")).toEqual([0.25]);
    expect(of("spec_strategy_rollingupdate_max_unavailable")).toEqual([1]);
    const controlPlane = object("KubeadmControlPlane", {
      group: "controlplane.cluster.x-k8s.io",
      spec: { replicas: 3, rolloutStrategy: { rollingUpdate: { maxSurge: 1 } } },
    });
    expect(only(controlPlane, "capi_kubeadmcontrolplane_spec_replicas")).toEqual([3]);
    expect(only(controlPlane, "capi_kubeadmcontrolplane_spec_strategy_rollingupdate_max_surge")).toEqual([1]);
  });
});

test("the OpenStack kinds have the same basics, the server's state, and a reason without the message [OBS-100]", () => {
  const machine = object("OpenStackMachine", {
    group: "infrastructure.cluster.x-k8s.io",
    metadata: { labels: { "cluster.x-k8s.io/cluster-name": "c1" } },
    spec: { flavor: "m1.medium", image: { filter: { name: "ubuntu" } } },
    status: {
      ...{ instanceID: "s1", instanceState: "ERROR", failureReason: "CreateError", failureMessage: "secret words" },
      conditions: [{ type: "InstanceReady", status: "False", lastTransitionTime: "2023-08-25T15:07:45Z" }],
    },
  });
  expect(samples(machine, "capi_openstackmachine_info")).toEqual([
    { flavor: "m1.medium", image_name: "ubuntu", instance_id: "s1", instance_state: "ERROR", value: 1 },
  ]);
  expect(samples(machine, "capi_openstackmachine_status_failure")).toEqual([{ reason: "CreateError", value: 1 }]);
  expect(only(machine, "capi_openstackmachine_status_ready")).toEqual([0]);
  expect(only(machine, "capi_openstackmachine_status_condition")).toEqual([0, 1, 0]);
  expect(JSON.stringify(collectFamilies([machine]))).not.toContain("secret");
});

test("an object that is gone leaves nothing behind, and other kinds are not looked at [OBS-022]", () => {
  expect(collectFamilies([])).toEqual([]);
  expect(collectFamilies([object("Cluster", { group: "example.org" })])).toEqual([]);
});

test("a path follows keys, positions from either end, and look-ups by text, number or truth [OBS-042]", () => {
  const value = {
    list: [
      { n: 1, ok: true, name: "a" },
      { n: 2, ok: false, name: "b" },
    ],
    map: { "a.b/c": 7 },
  };
  const cases: readonly (readonly [readonly string[], unknown])[] = [
    [["map", "a.b/c"], 7],
    [["list", "0", "name"], "a"],
    [["list", "-1", "name"], "b"],
    [["list", "[name=b]", "n"], 2],
    [["list", "[n=1]", "name"], "a"],
    [["list", "[ok=false]", "name"], "b"],
    [["list", "[name=c]", "n"], undefined],
    [["list", "7", "n"], undefined],
    [["map", "a", "b"], undefined],
    [[], value],
  ];
  for (const [path, found] of cases) expect(valueAt(value, path), path.join("/")).toEqual(found);
});

test("a list gives one sample an element, and an element's own label wins over the object's [OBS-043 OBS-046]", () => {
  const kind = {
    ...{ group: "cluster.x-k8s.io", version: "v1beta1", kind: "Machine", prefix: "p" },
    labels: { name: ["metadata", "name"], zone: ["spec", "zone"] },
    families: [
      {
        name: "parts",
        type: "Gauge",
        help: "Parts.",
        path: ["status", "parts"],
        valueFrom: ["n"],
        nilIsZero: true,
        labels: { zone: ["zone"] },
      },
    ],
  } as const;
  const machine = object("Machine", { spec: { zone: "of the object" }, status: { parts: [{ n: 1, zone: "own" }, {}] } });
  const [family] = collectFamilies([machine], [kind]);
  expect(family?.samples.map(({ labels, value }) => [Object.fromEntries(labels)["zone"], value])).toEqual([
    ["own", 1],
    ["of the object", 0],
  ]);
  expect(family?.samples[0]?.labels.map(([name]) => name)).toContain("customresource_kind"); // cannot be taken away
});
