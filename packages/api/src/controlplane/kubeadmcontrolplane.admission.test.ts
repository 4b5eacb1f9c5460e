import { describe, expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { KubeadmControlPlane } from "./kubeadmcontrolplane.ts";
import { KubeadmControlPlaneTemplate } from "./kubeadmcontrolplanetemplate.ts";

const { defaulted, errors } = admissionOf(KubeadmControlPlane);
const bare: KubeadmControlPlane = {
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmControlPlane",
  metadata: { name: "cp", namespace: "ns" },
  spec: {
    version: "1.33.1",
    machineTemplate: {
      infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachineTemplate", name: "t" },
    },
    kubeadmConfigSpec: { clusterConfiguration: { imageRepository: "r" }, joinConfiguration: {} },
  },
};
const full = defaulted(bare);
const with_ = (spec: object, base = full) => changed<KubeadmControlPlane>(base, { spec });
const config = (kubeadmConfigSpec: object) => ({ kubeadmConfigSpec });
const cluster = (clusterConfiguration: object) => config({ clusterConfiguration });

describe("KubeadmControlPlane", () => {
  test("is one machine, rolled by one, in its own namespace [KCP-014] [KCP-015] [KCP-016] [KCP-017] [KCP-018]", () => {
    expect(full.spec).toEqual({
      ...bare.spec,
      version: "v1.33.1",
      replicas: 1,
      machineTemplate: {
        metadata: {},
        infrastructureRef: { ...bare.spec.machineTemplate.infrastructureRef, namespace: "ns" },
      },
      kubeadmConfigSpec: {
        format: "cloud-config",
        clusterConfiguration: {
          imageRepository: "r",
          ...{ apiServer: {}, controllerManager: {}, scheduler: {}, dns: {}, etcd: {}, networking: {} },
        },
        joinConfiguration: { nodeRegistration: { imagePullPolicy: "IfNotPresent" }, discovery: {} },
      },
      rolloutStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    });
    expect(defaulted(full)).toBe(full);
    expect(errors(full)).toEqual([]);
  });

  test("one that was stored with a duration nobody can read may still lose its finalizer, and no other may come [BOOT-030]", () => {
    const spoilt = with_({ machineTemplate: { nodeDrainTimeout: "a day" } });
    const held = changed<KubeadmControlPlane>(spoilt, { metadata: { finalizers: ["a.b/c"] } });
    expect(defaulted(spoilt, held)).toBe(spoilt);
    expect(errors(spoilt, held)).toEqual([]);
    const unreadable = 'spec.machineTemplate.nodeDrainTimeout: time: invalid duration "a day"';
    expect(() => defaulted(spoilt)).toThrow(unreadable);
    expect(() => defaulted(changed<KubeadmControlPlane>(spoilt, { spec: { replicas: 3 } }), held)).toThrow(unreadable);
    expect(errors(with_({ machineTemplate: { nodeDrainTimeout: "24h" } }), held)).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    [
      "no machines [KCP-019]",
      { replicas: 0 },
      [
        "spec.replicas: Forbidden: cannot be less than or equal to 0",
        "spec.replicas: Forbidden: cannot be an even number when etcd is stacked",
      ],
    ],
    ["an even number [KCP-020]", { replicas: 2 }, ["spec.replicas: Forbidden: cannot be an even number when etcd is stacked"]],
    [
      "an even number is fine with etcd elsewhere [KCP-020]",
      { replicas: 2, ...cluster({ etcd: { external: { endpoints: [], caFile: "a", certFile: "b", keyFile: "c" } } }) },
      [],
    ],
    [
      "a reference without kind, to another namespace [KCP-021]",
      { machineTemplate: { infrastructureRef: { kind: "", namespace: "o" } } },
      [
        'spec.machineTemplate.infrastructure.kind: Invalid value: "": cannot be empty',
        'spec.machineTemplate.infrastructure.namespace: Invalid value: "o": must match metadata.namespace',
      ],
    ],
    [
      "bad labels for machines [KCP-022]",
      { machineTemplate: { metadata: { labels: { "": "x" } } } },
      [
        'spec.machineTemplate.metadata.labels: Invalid value: "": name part must be non-empty',
        "spec.machineTemplate.metadata.labels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
    [
      "a version that is none [KCP-023]",
      { version: "v1.33" },
      ['spec.version: Invalid value: "v1.33": must be a valid semantic version'],
    ],
    [
      "too short a time before certificates expire [KCP-024]",
      { rolloutBefore: { certificatesExpiryDays: 6 } },
      ["spec.rolloutBefore.certificatesExpiryDays: Invalid value: 6: must be greater than or equal to 7"],
    ],
    [
      "a larger surge [KCP-025]",
      { rolloutStrategy: { rollingUpdate: { maxSurge: 2 } } },
      ["spec.rolloutStrategy.rollingUpdate.maxSurge: Required value: value must be 1 or 0"],
    ],
    [
      "scaling in below three [KCP-025]",
      { rolloutStrategy: { rollingUpdate: { maxSurge: 0 } } },
      [
        "spec.rolloutStrategy.rollingUpdate: Required value: when KubeadmControlPlane is configured to scale-in, replica count needs to be at least 3",
      ],
    ],
    [
      "names without chance [KCP-026]",
      { machineNamingStrategy: { template: "{{ .kubeadmControlPlane.name }}" } },
      [
        'spec.machineNamingStrategy.template: Invalid value: "{{ .kubeadmControlPlane.name }}": invalid template, {{ .random }} is missing',
      ],
    ],
    [
      "names of a MachineSet [KCP-026]",
      { machineNamingStrategy: { template: "{{ .machineSet.name }}{{ .random }}" } },
      [
        'spec.machineNamingStrategy.template: Invalid value: "{{ .machineSet.name }}{{ .random }}": invalid template: "{{ .machineSet.name }}{{ .random }}" has no variable ".machineSet.name" ({{ .machineSet.name }})',
      ],
    ],
    [
      "a DNS tag that is no version [KCP-027]",
      cluster({ dns: { imageTag: "v1.6@" } }),
      [
        "spec.kubeadmConfigSpec.clusterConfiguration.dns.imageTag: Forbidden: tag v1.6@ is invalid",
        'dns.imageTag: Invalid value: "v1.6@": failed to parse CoreDNS version: failed to parse major.minor.patch from "v1.6@"',
      ],
    ],
    [
      "two etcds [KCP-028]",
      cluster({ etcd: { local: { imageTag: "a+b" }, external: { endpoints: [], caFile: "a", certFile: "b", keyFile: "c" } } }),
      [
        "spec.kubeadmConfigSpec.clusterConfiguration.etcd.local.imageTag: Forbidden: tag a+b is invalid",
        "spec.kubeadmConfigSpec.clusterConfiguration.etcd.local: Forbidden: cannot have both external and local etcd",
      ],
    ],
    [
      "what a KubeadmConfig would not do [KCP-029]",
      config({ files: [{ path: "/a" }, { path: "/a" }] }),
      ['spec.kubeadmConfigSpec.files[1].path: Invalid value: {"path":"/a"}: path property must be unique among all files'],
    ],
  ])("refuses %s", (_what, spec, expected) => {
    expect(errors(with_(spec))).toEqual(expected);
  });

  describe("on update", () => {
    test.each<[string, object]>([
      [
        "replicas, rollouts and naming [KCP-033]",
        {
          replicas: 3,
          rolloutAfter: "2026-01-01T00:00:00Z",
          rolloutBefore: { certificatesExpiryDays: 30 },
          remediationStrategy: { maxRetry: 3 },
          machineNamingStrategy: { template: "{{ .random }}" },
        },
      ],
      [
        "the machines' template and timeouts [KCP-034]",
        {
          machineTemplate: {
            metadata: { labels: { a: "b" } },
            infrastructureRef: { name: "t2", kind: "OtherTemplate" },
            nodeDrainTimeout: "1m",
          },
        },
      ],
      [
        "commands, files, users, disks [KCP-036]",
        config({
          preKubeadmCommands: ["x"],
          files: [{ path: "/a" }],
          ntp: { enabled: true },
          diskSetup: { partitions: [] },
          verbosity: 3,
        }),
      ],
      [
        "components and their images [KCP-037]",
        cluster({
          etcd: { local: { imageTag: "3.5.1", extraArgs: { a: "b" } } },
          apiServer: { extraArgs: { a: "b" } },
          featureGates: { A: true },
          dns: { imageTag: "v1.12.0" },
        }),
      ],
      [
        "how nodes register and discover [KCP-039]",
        config({
          initConfiguration: { nodeRegistration: { name: "x" }, patches: { directory: "/p" } },
          joinConfiguration: { discovery: { timeout: "5m" }, controlPlane: {} },
        }),
      ],
      [
        "empty blocks that were absent [KCP-032]",
        { ...cluster({ etcd: {}, dns: {}, networking: {} }), machineTemplate: { metadata: {} } },
      ],
    ])("%s may change", (_what, spec) => {
      expect(errors(with_(spec), full)).toEqual([]);
    });

    test.each<[string, object, string[]]>([
      [
        "readiness gates and the reference's namespace [KCP-035]",
        { machineTemplate: { readinessGates: [{ conditionType: "A" }] } },
        ["spec.machineTemplate.readinessGates"],
      ],
      [
        "the cluster's own network and names [KCP-038]",
        cluster({
          networking: { podSubnet: "10.0.0.0/16" },
          controlPlaneEndpoint: "x",
          clusterName: "y",
          etcd: { local: { extraEnvs: [{ name: "A" }] } },
        }),
        [
          "spec.kubeadmConfigSpec.clusterConfiguration.clusterName",
          "spec.kubeadmConfigSpec.clusterConfiguration.controlPlaneEndpoint",
          "spec.kubeadmConfigSpec.clusterConfiguration.etcd.local.extraEnvs",
          "spec.kubeadmConfigSpec.clusterConfiguration.networking.podSubnet",
        ],
      ],
      [
        "whole blocks cannot go [KCP-040]",
        config({ clusterConfiguration: undefined, joinConfiguration: undefined }),
        ["spec.kubeadmConfigSpec.clusterConfiguration", "spec.kubeadmConfigSpec.joinConfiguration"],
      ],
    ])("%s may not change [KCP-031]", (_what, spec, fields) => {
      expect(errors(with_(spec), full)).toEqual(fields.map((field) => `${field}: Forbidden: cannot be modified`));
    });

    test("etcd stays where it is [KCP-041]", () => {
      const external = { endpoints: ["a"], caFile: "a", certFile: "b", keyFile: "c" };
      const local = with_(cluster({ etcd: { local: {} } }));
      expect(errors(with_(cluster({ etcd: { local: undefined, external } }), local), local)).toContain(
        "spec.kubeadmConfigSpec.clusterConfiguration.etcd.external: Forbidden: cannot change between external and local etcd",
      );
    });

    test.each<[string, string, RegExp | undefined]>([
      ["v1.33.1", "v1.34.9", undefined],
      ["v1.33.1", "v1.32.0", undefined],
      ["v1.33.1", "v1.35.0", /^spec.version: Forbidden: cannot update Kubernetes version from v1.33.1 to v1.35.0/],
      ["v1.18.0", "v1.19.0", /^spec.version: Forbidden: cannot update Kubernetes version to v1.19.0/],
      ["1.18", "v1.19.1", /^spec.version: Internal error: failed to parse current kubeadmcontrolplane version: 1.18/],
    ])("from %s to %s [KCP-042] [KCP-043] [KCP-045]", (from, to, expected) => {
      const found = errors(with_({ version: to }), with_({ version: from }));
      if (expected) expect(found[0]).toMatch(expected);
      else expect(found).toEqual([]);
    });

    test("a release that pulls from the dead registry is refused, unless another is named [KCP-044]", () => {
      const none = cluster({ imageRepository: undefined });
      const at = (version: string, base = none) => with_({ version, ...base });
      expect(errors(at("v1.23.14"), at("v1.23.0"))[0]).toMatch(/old default registry/);
      expect(errors(at("v1.23.15"), at("v1.23.0"))).toEqual([]);
      expect(errors(at("v1.23.14", cluster({})), at("v1.23.0", cluster({})))).toEqual([]);
    });

    test("CoreDNS moves up along known releases [KCP-046]", () => {
      const dns = (imageTag: string) => with_(cluster({ dns: { imageTag } }));
      expect(errors(dns("v1.12.1"), dns("v1.11.3"))).toEqual([]);
      expect(errors(dns("v1.11.3_extra"), dns("v1.11.3"))).toEqual([]);
      expect(errors(dns("v1.11.3"), dns("v1.12.1"))[0]).toMatch(/cannot migrate CoreDNS up to '1.11.3' from '1.12.1'/);
      expect(errors(dns("v9.0.0"), dns("v1.12.1"))[0]).toMatch(/end version '9.0.0' not supported/);
      const skipping = changed<KubeadmControlPlane>(dns("v1.11.3"), {
        metadata: { annotations: { "controlplane.cluster.x-k8s.io/skip-coredns": "" } },
      });
      expect(errors(skipping, dns("v1.12.1"))).toEqual([]);
    });
  });
});

describe("KubeadmControlPlaneTemplate", () => {
  const of = admissionOf(KubeadmControlPlaneTemplate);
  const template: KubeadmControlPlaneTemplate = {
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlaneTemplate",
    metadata: { name: "t", namespace: "ns" },
    spec: { template: { spec: { kubeadmConfigSpec: { verbosity: 1 } } } },
  };

  test("needs the topology gate [KCP-050]", () => {
    expect(of.errors(template, undefined, { featureGates: { ClusterTopology: false } })).toEqual([
      "spec: Forbidden: can be set only if the ClusterTopology feature flag is enabled",
    ]);
    expect(of.errors(of.defaulted(template))).toEqual([]);
  });

  test("is never changed, but for its metadata; what defaults add is no change [KCP-051]", () => {
    expect(of.errors(of.defaulted(template), template)).toEqual([]);
    expect(
      of.errors(
        changed<KubeadmControlPlaneTemplate>(template, { spec: { template: { metadata: { labels: { "!": "" } } } } }),
        template,
      ),
    ).toEqual([]);
    expect(
      of.errors(
        changed<KubeadmControlPlaneTemplate>(template, { spec: { template: { spec: { kubeadmConfigSpec: { verbosity: 2 } } } } }),
        template,
      )[0],
    ).toMatch(/^spec.template.spec: Invalid value: .* field is immutable/);
  });
});
