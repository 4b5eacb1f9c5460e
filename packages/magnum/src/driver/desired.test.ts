import type { KubeadmControlPlane, MachineDeployment, MagnumCluster, Stored } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { type DesiredObject, desired, heldTemplates } from "./desired.ts";
import { labelEffects } from "./labels/index.ts";

const UID = "0f0e0d0c-0b0a-4000-8000-000000000001";
const IMAGE = "2dd093d3-c593-42ed-9ab8-9d9861b9a336";

type Spec = MagnumCluster["spec"];

const group = (more: Partial<Spec["nodeGroups"][number]>): Spec["nodeGroups"][number] => ({
  uuid: UID,
  name: "default-worker",
  role: "worker",
  isDefault: true,
  nodeCount: 2,
  minNodeCount: 0,
  flavorName: "m1.small",
  imageUuid: IMAGE,
  labels: {},
  createdAt: "2026-11-22T12:00:00Z",
  ...more,
});

const record = (spec: Partial<Spec> = {}, labels: Spec["labels"] = {}): Stored<MagnumCluster> => ({
  apiVersion: "magnum.slipway.dev/v1alpha1",
  kind: "MagnumCluster",
  metadata: {
    name: "kube-abc12",
    namespace: "magnum-system",
    uid: UID,
    resourceVersion: "1",
    creationTimestamp: "2026-11-22T12:00:00Z",
  },
  spec: {
    name: "mine",
    projectId: "p",
    userId: "u",
    createdAt: "2026-11-22T12:00:00Z",
    clusterTemplateId: "t",
    floatingIpEnabled: true,
    masterLbEnabled: true,
    createTimeout: 60,
    labels,
    kubernetesVersion: "v1.32.5",
    networkDriver: "calico",
    clusterDistro: "ubuntu",
    dnsNameservers: ["8.8.8.8"],
    nodeGroups: [group({ name: "default-master", role: "master", nodeCount: 3, labels }), group({ labels })],
    ...spec,
  },
});

const make = (
  cluster: Stored<MagnumCluster>,
  observed: { controlPlane?: object; machineDeployments?: readonly object[] } = {},
): readonly DesiredObject[] =>
  desired(cluster, {
    namespace: "magnum-system",
    serverGroups: { "kube-abc12": UID },
    effects: labelEffects({ bootVolume: { size: 0, type: undefined } }),
    held: heldTemplates(cluster, {
      controlPlane: observed.controlPlane as Stored<KubeadmControlPlane> | undefined,
      machineDeployments: (observed.machineDeployments ?? []) as readonly Stored<MachineDeployment>[],
    }),
  });

// biome-ignore lint/suspicious/noExplicitAny: tests look into specs of every kind
const specOf = (objects: readonly DesiredObject[], kind: string, starts = ""): any =>
  (objects.find(({ object }) => object.kind === kind && object.metadata.name.startsWith(starts))?.object as { spec?: object })
    ?.spec;

test("a cluster in objects, in the order they are applied [DRV-010] [DRV-012] [DRV-039] [DRV-040] [DRV-058] [DRV-059] [DRV-064]", () => {
  const objects = make(record());
  expect(objects.map(({ object }) => `${object.kind} ${object.metadata.name.replace(/-[a-z0-9]{8}$/, "-HASH")}`)).toEqual([
    "OpenStackCluster kube-abc12",
    "OpenStackMachineTemplate kube-abc12-control-plane-HASH",
    "KubeadmControlPlane kube-abc12-control-plane",
    "Cluster kube-abc12",
    "OpenStackMachineTemplate kube-abc12-default-worker-HASH",
    "KubeadmConfigTemplate kube-abc12-default-worker-HASH",
    "MachineDeployment kube-abc12-default-worker",
    "MachineHealthCheck kube-abc12-control-plane",
    "MachineHealthCheck kube-abc12-default-worker",
  ]);
  for (const { object } of objects)
    expect(object.metadata).toMatchObject({
      namespace: "magnum-system",
      labels: { "cluster-uuid": UID, "cluster.x-k8s.io/cluster-name": "kube-abc12" },
    });
  expect(specOf(objects, "OpenStackMachineTemplate", "kube-abc12-control").template.spec).toEqual({
    flavor: "m1.small",
    image: { id: IMAGE },
    identityRef: { name: "kube-abc12-cloud-config", cloudName: "default" },
    serverGroup: { id: UID },
  });
  expect(specOf(objects, "KubeadmControlPlane").kubeadmConfigSpec.initConfiguration.nodeRegistration).toMatchObject({
    name: "{{ local_hostname }}",
    kubeletExtraArgs: { "cloud-provider": "external", "provider-id": "openstack:///{{ instance_id }}" },
  });
  expect(specOf(objects, "MachineDeployment").template.metadata.labels).toMatchObject({
    "node-role.kubernetes.io/worker": "",
    "node.cluster.x-k8s.io/nodegroup": "default-worker",
  });
});

test("the same wish makes the same names; another wish makes another template and leaves the rest [TRAP-15]", () => {
  const before = make(record());
  expect(make(record())).toEqual(before);
  const after = make(
    record({ nodeGroups: [group({ name: "default-master", role: "master", nodeCount: 3 }), group({ flavorName: "m1.large" })] }),
  );
  const named = (objects: readonly DesiredObject[]) => objects.map(({ object }) => object.metadata.name);
  const different = named(after).filter((name) => !named(before).includes(name));
  expect(different).toHaveLength(1);
  expect(different[0]).toMatch(/^kube-abc12-default-worker-/);
});

test("what the template leaves open is left out, not set to nothing [DRV-048] [DRV-050] [DRV-067]", () => {
  const network = specOf(make(record({ dnsNameservers: [] })), "OpenStackCluster");
  expect(network.managedSubnets).toEqual([{ cidr: "10.0.0.0/24" }]);
  expect(network).not.toHaveProperty("externalNetwork");
  const own = specOf(
    make(record({ fixedNetworkUuid: UID, fixedSubnetUuid: IMAGE, externalNetworkUuid: UID })),
    "OpenStackCluster",
  );
  expect(own).toMatchObject({ network: { id: UID }, subnets: [{ id: IMAGE }], externalNetwork: { id: UID } });
  expect(own).not.toHaveProperty("managedSubnets");
});

test.each([
  ["v1.32.5", "external"],
  ["v1.33.0", undefined],
])("the API server of %s is told of a cloud provider: %s [DRV-092]", (kubernetesVersion, expected) => {
  const { apiServer } = specOf(make(record({ kubernetesVersion })), "KubeadmControlPlane").kubeadmConfigSpec.clusterConfiguration;
  expect(apiServer.extraArgs["cloud-provider"]).toBe(expected);
});

test("workers stay on the old version until the control plane has left it, and may still be resized [TRAP-18]", () => {
  const existing = specOf(make(record({ kubernetesVersion: "v1.31.1" })), "MachineDeployment");
  const machineDeployments = [{ metadata: { name: "kube-abc12-default-worker" }, spec: existing }];
  const rolling = {
    spec: { version: "v1.32.5", replicas: 3 },
    metadata: { generation: 2 },
    status: { version: "v1.31.1", observedGeneration: 2, replicas: 4, updatedReplicas: 1 },
  };
  const rolled = {
    ...rolling,
    status: { version: "v1.32.5", observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3 },
  };
  const unready = { ...rolled, status: { ...rolled.status, readyReplicas: 2 } };
  const resized = record({
    nodeGroups: [group({ name: "default-master", role: "master", nodeCount: 3 }), group({ nodeCount: 5 })],
  });
  const held = make(resized, { controlPlane: rolling, machineDeployments });
  expect(specOf(held, "MachineDeployment")).toMatchObject({ replicas: 5, template: existing.template });
  expect(specOf(make(resized, { controlPlane: unready, machineDeployments }), "MachineDeployment").template).toEqual(
    existing.template,
  );
  expect(held.filter(({ object }) => object.kind === "OpenStackMachineTemplate")).toHaveLength(1);
  expect(specOf(make(resized, { controlPlane: rolled, machineDeployments }), "MachineDeployment").template.spec.version).toBe(
    "v1.32.5",
  );
});

test("long group names still make names and labels that Kubernetes takes", () => {
  const name = "a".repeat(100);
  const deployment = make(record({ nodeGroups: [group({ name: "default-master", role: "master" }), group({ name })] })).find(
    ({ object }) => object.kind === "MachineDeployment",
  );
  expect(deployment?.object.metadata.name.length).toBeLessThanOrEqual(63);
});

describe("labels", () => {
  type Row = readonly [labels: { readonly [name: string]: string }, kind: string, expected: object, spec?: Partial<Spec>];
  const control = "KubeadmControlPlane";
  const args = (extraArgs: object) => ({ kubeadmConfigSpec: { clusterConfiguration: { apiServer: { extraArgs } } } });
  const machine = (spec: object) => ({ template: { spec } });
  const rows: readonly Row[] = [
    [{ availability_zone: "az1" }, "MachineDeployment", machine({ failureDomain: "az1" })],
    [{ control_plane_availability_zones: "az1, az2" }, "OpenStackCluster", { controlPlaneAvailabilityZones: ["az1", "az2"] }],
    [
      { boot_volume_size: "20", boot_volume_type: "fast", availability_zone: "az1" },
      "OpenStackMachineTemplate",
      machine({ rootVolume: { sizeGiB: 20, type: "fast", availabilityZone: { name: "az1" } } }),
    ],
    [
      { boot_volume_size: "20", boot_volume_availability_zone: "v1", availability_zone: "az1" },
      "OpenStackMachineTemplate",
      machine({ rootVolume: { availabilityZone: { name: "v1" } } }),
    ],
    [{ etcd_volume_size: "8" }, "OpenStackMachineTemplate", machine({ additionalBlockDevices: [{ name: "etcd", sizeGiB: 8 }] })],
    [
      { etcd_volume_size: "8" },
      control,
      {
        kubeadmConfigSpec: {
          mounts: [["LABEL=etcd_disk", "/var/lib/etcd"]],
          diskSetup: { filesystems: [{ device: "/dev/vdb", label: "etcd_disk" }] },
        },
      },
    ],
    [
      { etcd_volume_size: "8" },
      control,
      {
        kubeadmConfigSpec: { diskSetup: { filesystems: [{ device: "/dev/sdb" }, { device: "/dev/sdc", label: "docker_disk" }] } },
      },
      { hardwareDiskBus: "scsi", dockerVolumeSize: 5 },
    ],
    [{}, "KubeadmConfigTemplate", machine({ mounts: [["LABEL=docker_disk", "/var/lib/containerd"]] }), { dockerVolumeSize: 5 }],
    [
      { container_infra_prefix: "registry.test/k8s/" },
      control,
      {
        kubeadmConfigSpec: {
          clusterConfiguration: { imageRepository: "registry.test/k8s" },
          files: [{ path: "/etc/containerd/config.toml" }],
        },
      },
    ],
    [
      { fixed_subnet_cidr: "10.9.0.0/16" },
      "OpenStackCluster",
      { managedSubnets: [{ cidr: "10.9.0.0/16", dnsNameservers: ["8.8.8.8"] }] },
    ],
    [
      {
        dns_cluster_domain: "x.test",
        service_cluster_ip_range: "10.1.0.0/16",
        calico_ipv4pool: "10.2.0.0/16",
        cilium_ipv4pool: "10.3.0.0/16",
      },
      "Cluster",
      {
        clusterNetwork: {
          serviceDomain: "x.test",
          services: { cidrBlocks: ["10.1.0.0/16"] },
          pods: { cidrBlocks: ["10.2.0.0/16"] },
        },
      },
    ],
    [
      { cilium_ipv4pool: "10.3.0.0/16" },
      "Cluster",
      { clusterNetwork: { pods: { cidrBlocks: ["10.3.0.0/16"] } } },
      { networkDriver: "cilium" },
    ],
    [
      {},
      "Cluster",
      {
        clusterNetwork: {
          serviceDomain: "cluster.local",
          services: { cidrBlocks: ["10.254.0.0/16"] },
          pods: { cidrBlocks: ["10.100.0.0/16"] },
        },
      },
    ],
    [
      { octavia_provider: "ovn", api_server_lb_flavor: "big", api_server_lb_availability_zone: "lz" },
      "OpenStackCluster",
      { apiServerLoadBalancer: { enabled: true, provider: "ovn", flavor: "big", availabilityZone: "lz" } },
    ],
    [
      { master_lb_floating_ip_enabled: "no", api_server_floating_ip: "203.0.113.1" },
      "OpenStackCluster",
      { disableAPIServerFloatingIP: true },
    ],
    [{ api_server_floating_ip: "203.0.113.1" }, "OpenStackCluster", { apiServerFloatingIP: "203.0.113.1" }],
    [
      { api_server_cert_sans: "a.test,b.test" },
      control,
      {
        kubeadmConfigSpec: {
          clusterConfiguration: {
            apiServer: {
              certSANs: [
                "kube-abc12",
                "kube-abc12.magnum-system",
                "kube-abc12.magnum-system.svc",
                "kube-abc12.magnum-system.svc.cluster.local",
                "a.test",
                "b.test",
              ],
            },
          },
        },
      },
    ],
    [{ api_server_tls_cipher_suites: "A,B" }, control, args({ "tls-cipher-suites": "A,B" })],
    [
      { kubelet_tls_cipher_suites: "C" },
      "KubeadmConfigTemplate",
      machine({ joinConfiguration: { nodeRegistration: { kubeletExtraArgs: { "tls-cipher-suites": "C" } } } }),
    ],
    [
      { admission_control_list: "PodNodeSelector" },
      control,
      args({ "enable-admission-plugins": "NodeRestriction,PodNodeSelector" }),
    ],
    [
      { audit_log_enabled: "true", audit_log_maxage: "7", audit_log_max_size: "9" },
      control,
      args({ "audit-log-maxage": "7", "audit-log-maxbackup": "10", "audit-log-maxsize": "9" }),
    ],
    [
      { oidc_issuer_url: "https://id.test", oidc_client_id: "k8s" },
      control,
      args({
        "oidc-issuer-url": "https://id.test",
        "oidc-client-id": "k8s",
        "oidc-username-claim": "sub",
        "oidc-username-prefix": "-",
      }),
    ],
    [
      { different_failure_domain: "true" },
      "OpenStackMachineTemplate",
      machine({ schedulerHintAdditionalProperties: [{ name: "different_failure_domain", value: { type: "Bool", bool: true } }] }),
    ],
  ];
  test.each(rows.map(([labels, kind, expected, spec = {}]) => ({ labels, kind, expected, spec })))(
    "$labels [DRV-033] [DRV-034] [DRV-035] [DRV-069] [DRV-071] [DRV-074] [DRV-076] [DRV-077] [DRV-078] [DRV-081] [DRV-082] [DRV-083] [DRV-084] [DRV-085] [DRV-100] [DRV-103] [DRV-105] [DRV-106] [DRV-107] [DRV-108] [DRV-109] [DRV-116] [DRV-117] [DRV-118] [DRV-119] [DRV-120] [DRV-121] [DRV-122] [DRV-128]",
    ({ labels, kind, expected, spec }) => {
      expect(specOf(make(record(spec, labels)), kind)).toMatchObject(expected);
    },
  );

  test("auto_healing_enabled=false makes no health checks [DRV-097]", () => {
    expect(specOf(make(record({}, { auto_healing_enabled: "False" })), "MachineHealthCheck")).toBeUndefined();
  });

  test("a group's own labels are read for its machines, the cluster's for the control plane [DRV-101]", () => {
    const nodeGroups = [
      group({ name: "default-master", role: "master", nodeCount: 1, labels: { boot_volume_size: "10" } }),
      group({ labels: { boot_volume_size: "30" } }),
    ];
    const objects = make(record({ nodeGroups }, { boot_volume_size: "10" }));
    expect(specOf(objects, "OpenStackMachineTemplate", "kube-abc12-control").template.spec.rootVolume).toEqual({ sizeGiB: 10 });
    expect(specOf(objects, "OpenStackMachineTemplate", "kube-abc12-default").template.spec.rootVolume).toEqual({ sizeGiB: 30 });
  });

  test("only the proxy that is set is written [DRV-088] [DRV-090]", () => {
    const { files } = specOf(make(record({ httpsProxy: "http://proxy.test:3128" })), "KubeadmConfigTemplate").template.spec;
    expect(files[0].content).toContain('Environment="HTTPS_PROXY=http://proxy.test:3128"');
    expect(files[0].content).not.toMatch(/http_proxy=|None/);
  });

  test.each([
    [{ etcd_volume_size: "big" }, "Label etcd_volume_size"],
    [{ audit_log_enabled: "perhaps" }, "Label audit_log_enabled"],
  ])("%j is refused by name", (labels, text) => {
    expect(() => make(record({}, labels))).toThrow(text);
  });

  test("unknown labels do nothing [DRV-129] [DRV-130] [TRAP-20]", () => {
    expect(make(record({}, { kube_dashboard_enabled: "true", nonsense: "x" }))).toEqual(make(record()));
  });
});
