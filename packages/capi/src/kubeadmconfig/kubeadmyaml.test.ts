import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { clusterConfigurationYaml, initConfigurationYaml, joinConfigurationYaml, kubeadmApiFor } from "./kubeadmyaml.ts";
import { parseKubernetesVersion } from "./kubernetesversion.ts";
import { readClusterConfiguration } from "./readkubeadm.ts";

describe("the kubeadm API follows the Kubernetes version [BOOT-105]", () => {
  test.each([
    ["v1.15.0", "v1beta2"],
    ["1.21.14", "v1beta2"],
    ["v1.22.0-beta.1", "v1beta3"],
    ["v1.30.9", "v1beta3"],
    ["v1.31.0-rc.0+build", "v1beta4"],
    ["v2.0.0", "v1beta4"],
    ["1.31", "v1beta4"],
  ])("%s is configured with %s", (version, api) => {
    expect(kubeadmApiFor(parseKubernetesVersion(version))).toBe(api);
  });

  test("older than 1.15 is refused", () => {
    expect(() => kubeadmApiFor(parseKubernetesVersion("v1.14.9"))).toThrow("too old");
  });

  test("what is no version is refused by name [BOOT-072]", () => {
    expect(() => parseKubernetesVersion("latest")).toThrow('"latest" is not a Kubernetes version');
  });
});

test("a minimal ClusterConfiguration has exactly the blocks that kubeadm always prints [BOOT-107] [BOOT-108]", () => {
  expect(clusterConfigurationYaml({}, "v1beta4")).toBe(
    [
      "apiServer: {}",
      "apiVersion: kubeadm.k8s.io/v1beta4",
      "controllerManager: {}",
      "dns: {}",
      "etcd: {}",
      "kind: ClusterConfiguration",
      "networking: {}",
      "proxy: {}",
      "scheduler: {}",
      "",
    ].join("\n"),
  );
  expect(clusterConfigurationYaml({}, "v1beta3")).not.toContain("proxy");
});

test("minimal InitConfiguration and JoinConfiguration [BOOT-109] [BOOT-110]", () => {
  expect(load(initConfigurationYaml({}, {}, "v1beta3"))).toEqual({
    apiVersion: "kubeadm.k8s.io/v1beta3",
    kind: "InitConfiguration",
    localAPIEndpoint: {},
    nodeRegistration: { taints: null },
  });
  expect(load(joinConfigurationYaml({}, undefined, "v1beta2"))).toEqual({
    apiVersion: "kubeadm.k8s.io/v1beta2",
    kind: "JoinConfiguration",
    discovery: {},
    nodeRegistration: {},
  });
});

test("an empty list of taints means none and survives, except where v1beta2 cannot say it [BOOT-110] [BOOT-023] [TRAP-005]", () => {
  const join = { nodeRegistration: { taints: [] } };
  expect(load(joinConfigurationYaml(join, undefined, "v1beta4"))).toMatchObject({ nodeRegistration: { taints: [] } });
  expect(load(joinConfigurationYaml(join, undefined, "v1beta3"))).toMatchObject({ nodeRegistration: { taints: [] } });
  expect(load(joinConfigurationYaml(join, undefined, "v1beta2"))).toMatchObject({ nodeRegistration: {} });
});

test("fields that an older kubeadm does not know are left out [BOOT-112]", () => {
  const init = {
    skipPhases: ["addon/kube-proxy"],
    patches: { directory: "/etc/patches" },
    nodeRegistration: { imagePullPolicy: "Always", imagePullSerial: false },
  } as const;
  const cluster = { scheduler: { extraEnvs: [{ name: "A", value: "b" }] } };
  expect(load(initConfigurationYaml(init, {}, "v1beta2"))).not.toHaveProperty("skipPhases");
  expect(initConfigurationYaml(init, {}, "v1beta2")).not.toContain("imagePull");
  expect(load(initConfigurationYaml(init, {}, "v1beta3"))).toMatchObject({
    skipPhases: ["addon/kube-proxy"],
    patches: { directory: "/etc/patches" },
    nodeRegistration: { imagePullPolicy: "Always" },
  });
  expect(initConfigurationYaml(init, {}, "v1beta3")).not.toContain("imagePullSerial");
  expect(load(initConfigurationYaml(init, {}, "v1beta4"))).toMatchObject({ nodeRegistration: { imagePullSerial: false } });
  expect(clusterConfigurationYaml(cluster, "v1beta3")).not.toContain("extraEnvs");
  expect(load(clusterConfigurationYaml(cluster, "v1beta4"))).toMatchObject({
    scheduler: { extraEnvs: [{ name: "A", value: "b" }] },
  });
});

test("v1beta4 lists arguments by name and reads the last of two [BOOT-113]", () => {
  const cluster = { apiServer: { extraArgs: { v: "2", "cloud-provider": "external" } } };
  const yaml = clusterConfigurationYaml(cluster, "v1beta4");
  expect(load(yaml)).toMatchObject({
    apiServer: {
      extraArgs: [
        { name: "cloud-provider", value: "external" },
        { name: "v", value: "2" },
      ],
    },
  });
  expect(readClusterConfiguration(yaml).apiServer).toEqual(cluster.apiServer);
  const twice =
    "kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\nscheduler:\n  extraArgs:\n  - {name: v, value: '1'}\n  - {name: v, value: '3'}\n";
  expect(readClusterConfiguration(twice).scheduler).toEqual({ extraArgs: { v: "3" } });
});

test("timeouts move to where v1beta4 keeps them [BOOT-114] [BOOT-117] [TRAP-006]", () => {
  const cluster = { apiServer: { timeoutForControlPlane: "240s" } };
  expect(load(clusterConfigurationYaml(cluster, "v1beta3"))).toMatchObject({ apiServer: { timeoutForControlPlane: "4m0s" } });
  expect(clusterConfigurationYaml(cluster, "v1beta4")).not.toContain("timeoutForControlPlane");
  expect(load(initConfigurationYaml({}, cluster, "v1beta4"))).toMatchObject({
    timeouts: { controlPlaneComponentHealthCheck: "4m0s" },
  });
  const join = { discovery: { timeout: "10s" } };
  expect(load(joinConfigurationYaml({ ...join, controlPlane: {} }, cluster, "v1beta4"))).toMatchObject({
    timeouts: { controlPlaneComponentHealthCheck: "4m0s", tlsBootstrap: "10s" },
    discovery: {},
  });
  expect(load(joinConfigurationYaml(join, cluster, "v1beta4"))).toMatchObject({ timeouts: { tlsBootstrap: "10s" } });
  expect(joinConfigurationYaml(join, cluster, "v1beta4")).not.toContain("controlPlaneComponentHealthCheck");
  expect(load(joinConfigurationYaml(join, cluster, "v1beta3"))).toMatchObject({ discovery: { timeout: "10s" } });
});

test("what kubeadm always prints is always printed [BOOT-111]", () => {
  expect(load(clusterConfigurationYaml({ etcd: { local: {} } }, "v1beta3"))).toMatchObject({ etcd: { local: { dataDir: "" } } });
  expect(load(clusterConfigurationYaml({ etcd: { local: {} } }, "v1beta2"))).toMatchObject({ etcd: { local: {} } });
  expect(load(joinConfigurationYaml({ discovery: { bootstrapToken: {} } }, undefined, "v1beta4"))).toMatchObject({
    discovery: { bootstrapToken: { token: "" } },
  });
});

test("a kubeconfig inside file discovery never reaches kubeadm [BOOT-021] [BOOT-112]", () => {
  const file = { kubeConfigPath: "/etc/join.conf", kubeConfig: { user: { exec: { command: "x" } } } };
  expect(load(joinConfigurationYaml({ discovery: { file } }, undefined, "v1beta4"))).toMatchObject({
    discovery: { file: { kubeConfigPath: "/etc/join.conf" } },
  });
  expect(joinConfigurationYaml({ discovery: { file } }, undefined, "v1beta4")).not.toContain("exec");
});

test("the ConfigMap's configuration is read in every version and its strangers are dropped [BOOT-118]", () => {
  expect(readClusterConfiguration("")).toEqual({
    apiServer: {},
    controllerManager: {},
    scheduler: {},
    dns: {},
    etcd: {},
    networking: {},
  });
  const text = [
    "apiVersion: kubeadm.k8s.io/v1beta2",
    "kind: ClusterConfiguration",
    "useHyperKubeImage: true",
    "kubernetesVersion: v1.21.1",
    "dns: {type: CoreDNS, imageTag: 1.8.0}",
    "featureGates: {A: on, B: false}",
  ].join("\n");
  expect(readClusterConfiguration(text)).toMatchObject({
    kubernetesVersion: "v1.21.1",
    dns: { imageTag: "1.8.0" },
    featureGates: { A: true, B: false },
  });
  expect(readClusterConfiguration(text)).not.toHaveProperty("useHyperKubeImage");
  expect(() => readClusterConfiguration("apiVersion: kubeadm.k8s.io/v1alpha1\nkind: ClusterConfiguration")).toThrow(
    "not supported",
  );
});
