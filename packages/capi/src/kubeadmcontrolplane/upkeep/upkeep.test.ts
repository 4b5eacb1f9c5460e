import type { Deployment, KubeadmControlPlane } from "@slipway/api";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { coreDnsUpgrade, rulesWithEndpointSlices } from "./coredns.ts";
import { forcedRegistry, formatImage, movedRepository, parseImage, tagOf } from "./images.ts";
import { updatedClusterConfiguration } from "./kubeadmconfigmap.ts";
import { wantedKubeProxyImage } from "./kubeproxy.ts";
import { clusterAdmins, getNodes, kubeletConfigAccess, kubeletConfigName } from "./rbac.ts";

type Cluster = NonNullable<KubeadmControlPlane["spec"]["kubeadmConfigSpec"]["clusterConfiguration"]>;
const kcp = (
  version: string,
  clusterConfiguration?: Cluster,
  annotations = {},
): Pick<KubeadmControlPlane, "spec" | "metadata"> => ({
  metadata: { name: "demo", annotations },
  spec: {
    version,
    kubeadmConfigSpec: clusterConfiguration === undefined ? {} : { clusterConfiguration },
    machineTemplate: { infrastructureRef: {} },
  },
});

test("images are taken apart and put together; a digest is nothing to move on from [KCP-183]", () => {
  for (const image of ["registry.k8s.io/kube-proxy:v1.31.2", "kube-proxy:v1", "host:5000/a/b:v1"]) {
    expect(formatImage(parseImage(image))).toBe(image);
  }
  expect(() => parseImage("a/b@sha256:00")).toThrow("pinned by digest");
  expect(tagOf("v1.31.2+build.1")).toBe("v1.31.2_build.1");
  expect(movedRepository("k8s.gcr.io/sub", "registry.k8s.io")).toBe("registry.k8s.io/sub");
  expect(movedRepository("own/sub", "registry.k8s.io")).toBe("registry.k8s.io");
  expect(forcedRegistry(parseKubernetesVersion("v1.25.3"))).toBe("registry.k8s.io");
  expect(forcedRegistry(parseKubernetesVersion("v1.26.0"))).toBeUndefined();
});

describe("kube-proxy follows the control plane's version [KCP-183]", () => {
  const daemonSet = (image: string) => ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {},
    spec: { selector: {}, template: { spec: { containers: [{ name: "kube-proxy", image }] } } },
  });
  test.each([
    ["same version", kcp("v1.31.2"), "registry.k8s.io/kube-proxy:v1.31.2", undefined],
    ["newer version", kcp("v1.32.0"), "registry.k8s.io/kube-proxy:v1.31.2", "registry.k8s.io/kube-proxy:v1.32.0"],
    [
      "own registry",
      kcp("v1.32.0", { imageRepository: "own/k8s" }),
      "registry.k8s.io/kube-proxy:v1.32.0",
      "own/k8s/kube-proxy:v1.32.0",
    ],
    ["former registry", kcp("v1.25.3"), "k8s.gcr.io/kube-proxy:v1.25.3", "registry.k8s.io/kube-proxy:v1.25.3"],
    ["skipped", kcp("v1.32.0", {}, { "controlplane.cluster.x-k8s.io/skip-kube-proxy": "" }), "a/kube-proxy:v1", undefined],
  ])("%s", (_, controlPlane, image, wanted) => {
    expect(wantedKubeProxyImage(controlPlane, daemonSet(image))).toBe(wanted);
  });
  test("not installed", () => expect(wantedKubeProxyImage(kcp("v1.32.0"), undefined)).toBeUndefined());
});

describe("CoreDNS", () => {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { Corefile: ".:53 {}" } };
  const deployment = (image: string): Deployment => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {},
    spec: {
      selector: {},
      template: {
        spec: { containers: [{ name: "coredns", image }], tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }] },
      },
    },
  });
  const upgrade = (controlPlane: ReturnType<typeof kcp>, image: string) =>
    coreDnsUpgrade(controlPlane, { configMap, deployment: deployment(image) });

  test("stays at its version when Kubernetes moves [KCP-185] [KCP-188]", () => {
    expect(upgrade(kcp("v1.33.0", {}), "registry.k8s.io/coredns/coredns:v1.11.3")).toBeUndefined();
    expect(upgrade(kcp("v1.33.0"), "registry.k8s.io/coredns/coredns:v1.11.3")).toBeUndefined();
  });

  test("moves up to the tag that is asked for, with the tolerations of its release [KCP-185] [KCP-189] [KCP-190]", () => {
    expect(upgrade(kcp("v1.31.2", { dns: { imageTag: "v1.12.0" } }), "registry.k8s.io/coredns/coredns:v1.11.3")).toEqual({
      image: "registry.k8s.io/coredns/coredns:v1.12.0",
      tolerations: [
        { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
        { key: "CriticalAddonsOnly", operator: "Exists" },
      ],
      dns: { imageRepository: "registry.k8s.io/coredns", imageTag: "v1.12.0" },
    });
    expect(upgrade(kcp("v1.25.9", { dns: { imageTag: "v1.9.3" } }), "own/coredns:v1.8.6")?.tolerations).toContainEqual({
      key: "node-role.kubernetes.io/master",
      effect: "NoSchedule",
    });
  });

  test("has a folder of its own in the default registries only [KCP-186]", () => {
    const dns = { imageRepository: "registry.k8s.io", imageTag: "v1.12.0" };
    expect(upgrade(kcp("v1.31.2", { dns }), "own/coredns:v1.11.3")?.image).toBe("registry.k8s.io/coredns/coredns:v1.12.0");
    expect(upgrade(kcp("v1.31.2", { imageRepository: "own/k8s" }), "registry.k8s.io/coredns/coredns:v1.11.3")?.image).toBe(
      "own/k8s/coredns:v1.11.3",
    );
  });

  test("is refused a way that does not exist [KCP-188] [KCP-184]", () => {
    expect(() => upgrade(kcp("v1.31.2", { dns: { imageTag: "v1.10.0" } }), "own/coredns:v1.11.3")).toThrow("cannot migrate up");
    expect(() => upgrade(kcp("v1.31.2", { dns: { imageTag: "v1.10.0" } }), "own/coredns:v1.7.0")).toThrow(
      "too old to be upgraded",
    );
    expect(() =>
      coreDnsUpgrade(kcp("v1.31.2", {}), { configMap: { ...configMap, data: {} }, deployment: deployment("a/coredns:v1") }),
    ).toThrow('no "Corefile"');
    expect(
      upgrade(
        kcp("v1.31.2", { dns: { imageTag: "v1.12.0" } }, { "controlplane.cluster.x-k8s.io/skip-coredns": "" }),
        "own/coredns:v1.1.0",
      ),
    ).toBeUndefined();
    expect(coreDnsUpgrade(kcp("v1.31.2", {}), { configMap: undefined, deployment: undefined })).toBeUndefined();
  });

  test("may read EndpointSlices from 1.8.1 on [KCP-187]", () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: {}, rules: [] };
    expect(rulesWithEndpointSlices(kcp("v1.31.2", {}), role, "a/coredns:v1.11.3")).toBeUndefined();
    expect(rulesWithEndpointSlices(kcp("v1.22.4", {}), role, "a/coredns:v1.8.4")).toEqual([
      { verbs: ["list", "watch"], apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
    ]);
  });
});

describe("kubeadm-config before a rollout [KCP-111] [KCP-112]", () => {
  const text = [
    "apiVersion: kubeadm.k8s.io/v1beta3",
    "kind: ClusterConfiguration",
    "kubernetesVersion: v1.30.4",
    "dns: {imageTag: v1.11.3}",
    "etcd: {local: {dataDir: /var/lib/etcd}}",
    "featureGates: {Old: true}",
    "networking: {podSubnet: 10.100.0.0/16}",
  ].join("\n");

  test("says what the new machines will be, in the words of their kubeadm", () => {
    const wanted: Cluster = {
      apiServer: { extraArgs: { v: "4" } },
      etcd: { local: { dataDir: "/data", imageTag: "3.5.16-0" } },
      dns: { imageTag: "v1.12.0" },
      imageRepository: "own/k8s",
    };
    expect(load(updatedClusterConfiguration(text, kcp("v1.31.2", wanted)) ?? "")).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kubernetesVersion: "v1.31.2",
      imageRepository: "own/k8s",
      apiServer: { extraArgs: [{ name: "v", value: "4" }] },
      dns: { imageTag: "v1.11.3" },
      etcd: { local: { dataDir: "/data", imageTag: "3.5.16-0" } },
      featureGates: { ControlPlaneKubeletLocalMode: true },
      networking: { podSubnet: "10.100.0.0/16" },
    });
  });

  test("is not written when it says so already", () => {
    const once = updatedClusterConfiguration(text, kcp("v1.31.2", {})) ?? "";
    expect(updatedClusterConfiguration(once, kcp("v1.31.2", {}))).toBeUndefined();
  });

  test("never moves etcd from here to elsewhere", () => {
    const external = { endpoints: ["https://e"], caFile: "a", certFile: "b", keyFile: "c" };
    const after = load(updatedClusterConfiguration(text, kcp("v1.31.2", { etcd: { external } })) ?? "") as { etcd: object };
    expect(Object.keys(after.etcd)).toEqual(["local"]);
  });
});

test("a joining kubeadm may read what it needs, by version [KCP-107] [KCP-108] [KCP-109] [KCP-113]", () => {
  const names = (version: string) => {
    const parsed = parseKubernetesVersion(version);
    return [...kubeletConfigAccess(parsed), ...getNodes(), ...clusterAdmins(parsed)].map(
      ({ object }) => `${object.kind} ${object.metadata.name}`,
    );
  };
  expect(names("v1.31.2")).toEqual([
    "Role kubeadm:kubelet-config",
    "RoleBinding kubeadm:kubelet-config",
    "ClusterRole kubeadm:get-nodes",
    "ClusterRoleBinding kubeadm:get-nodes",
    "ClusterRoleBinding kubeadm:cluster-admins",
  ]);
  expect(names("v1.28.0")).not.toContain("ClusterRoleBinding kubeadm:cluster-admins");
  expect(kubeletConfigName(parseKubernetesVersion("v1.23.5"))).toBe("kubelet-config-1.23");
});
