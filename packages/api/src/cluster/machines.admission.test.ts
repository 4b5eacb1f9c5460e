import { describe, expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { Machine } from "./machine.ts";
import { MachineDeployment } from "./machinedeployment.ts";
import { MachineDrainRule } from "./machinedrainrule.ts";
import { MachineHealthCheck } from "./machinehealthcheck.ts";
import { MachineSet } from "./machineset.ts";
import { annotations } from "./names.ts";

const machineSpec = {
  clusterName: "c1",
  version: "v1.33.1",
  bootstrap: { configRef: { kind: "KubeadmConfig", name: "b", namespace: "ns" } },
  infrastructureRef: { kind: "OpenStackMachine", name: "i", namespace: "ns" },
};
const bareMachineSpec = {
  clusterName: "c1",
  version: "1.33.1",
  bootstrap: { configRef: { kind: "KubeadmConfig", name: "b" } },
  infrastructureRef: { kind: "OpenStackMachine", name: "i" },
};
const named = (kind: string) => ({ apiVersion: "cluster.x-k8s.io/v1beta1", kind, metadata: { name: "x", namespace: "ns" } });

describe("Machine", () => {
  const { defaulted, errors } = admissionOf(Machine);
  const machine: Machine = { ...named("Machine"), spec: machineSpec };

  test("gets its cluster's label, namespaces, the v of its version and ten seconds to delete its Node [CORE-200]", () => {
    const full = defaulted({ ...named("Machine"), spec: bareMachineSpec });
    expect(full).toEqual({
      ...named("Machine"),
      metadata: { ...machine.metadata, labels: { "cluster.x-k8s.io/cluster-name": "c1" } },
      spec: { ...machineSpec, nodeDeletionTimeout: "10s" },
    });
    expect(defaulted(full)).toBe(full);
  });

  test.each<[string, object, string[]]>([
    [
      "no bootstrap data [CORE-201]",
      { spec: { bootstrap: { configRef: undefined } } },
      [
        "spec.bootstrap.data: Required value: expected either spec.bootstrap.dataSecretName or spec.bootstrap.configRef to be populated",
      ],
    ],
    [
      "no bootstrap data, unless a pool owns it [CORE-201]",
      { metadata: { labels: { "cluster.x-k8s.io/pool-name": "p" } }, spec: { bootstrap: { configRef: undefined } } },
      [],
    ],
    [
      "references to other namespaces [CORE-202]",
      { spec: { bootstrap: { configRef: { namespace: "o" } }, infrastructureRef: { namespace: "o" } } },
      [
        'spec.bootstrap.configRef.namespace: Invalid value: "o": must match metadata.namespace',
        'spec.infrastructureRef.namespace: Invalid value: "o": must match metadata.namespace',
      ],
    ],
    [
      "a version that is none [CORE-056] [CORE-202]",
      { spec: { version: "v1.33" } },
      ['spec.version: Invalid value: "v1.33": must be a valid semantic version'],
    ],
  ])("refuses %s", (_what, change, expected) => {
    expect(errors(changed<Machine>(machine, change))).toEqual(expected);
  });

  test("stays in its cluster [CORE-058] [CORE-202]", () => {
    expect(errors(changed<Machine>(machine, { spec: { clusterName: "c2" } }), machine)).toEqual([
      "spec.clusterName: Forbidden: field is immutable",
    ]);
    expect(errors(changed<Machine>(machine, { spec: { version: "v1.34.0", failureDomain: "az2" } }), machine)).toEqual([]);
  });
});

describe("replicas that nobody gave", () => {
  const bounds = { [annotations.autoscalerMinSize]: "3", [annotations.autoscalerMaxSize]: "7" };
  const set = (extra: object, replicas?: number): MachineSet =>
    changed<MachineSet>(
      { ...named("MachineSet"), spec: { clusterName: "c1", selector: {}, template: { spec: bareMachineSpec } } },
      { metadata: { annotations: extra }, spec: { replicas } },
    );
  const { defaulted } = admissionOf(MachineSet);

  test.each<[string, object, number | undefined, number]>([
    ["are one", {}, undefined, 1],
    ["are one with only one of the autoscaler's bounds", { [annotations.autoscalerMinSize]: "3" }, undefined, 1],
    ["are the lower bound for a new object", bounds, undefined, 3],
    ["rise to the lower bound", bounds, 1, 3],
    ["stay between the bounds", bounds, 5, 5],
    ["sink to the upper bound", bounds, 9, 7],
  ])("%s [CORE-270]", (_what, extra, before, expected) => {
    expect(defaulted(set(extra), before === undefined ? undefined : set(extra, before)).spec.replicas).toBe(expected);
  });

  test("are refused when a bound is not a number [CORE-270]", () => {
    expect(() => defaulted(set({ ...bounds, [annotations.autoscalerMinSize]: "few" }))).toThrow(/must be a whole number/);
  });
});

describe("MachineSet", () => {
  const { defaulted, errors } = admissionOf(MachineSet);
  const set = defaulted({
    ...named("MachineSet"),
    spec: { clusterName: "c1", selector: {}, template: { spec: bareMachineSpec } },
  });

  test("selects its own Machines by name and deletes at random [CORE-271] [CORE-020]", () => {
    const own = { "cluster.x-k8s.io/set-name": "x" };
    expect(set.metadata.labels).toEqual({ "cluster.x-k8s.io/cluster-name": "c1" });
    expect(set.spec).toEqual({
      clusterName: "c1",
      replicas: 1,
      deletePolicy: "Random",
      selector: { matchLabels: own },
      template: { metadata: { labels: own }, spec: machineSpec },
    });
    expect(defaulted(set)).toBe(set);
  });

  test("a long name becomes a hash in labels [CORE-055]", () => {
    const long = "a".repeat(70);
    const { spec } = defaulted(
      changed<MachineSet>(
        { ...named("MachineSet"), spec: { clusterName: "c1", selector: {}, template: { spec: bareMachineSpec } } },
        { metadata: { name: long } },
      ),
    );
    expect(spec.selector.matchLabels?.["cluster.x-k8s.io/set-name"]).toMatch(/^hash_[A-Za-z0-9_-]{6}_z$/);
  });

  test.each<[string, object, string[]]>([
    [
      "a template that its selector does not select",
      { spec: { template: { metadata: { labels: { "cluster.x-k8s.io/set-name": "y" } } } } },
      [
        'spec.template.metadata.labels: Invalid value: {"cluster.x-k8s.io/set-name":"y"}: must match spec.selector "cluster.x-k8s.io/set-name=x"',
      ],
    ],
    [
      "a version that is none",
      { spec: { template: { spec: { version: "v1" } } } },
      ['spec.template.spec.version: Invalid value: "v1": must be a valid semantic version'],
    ],
    [
      "a preflight check that nobody knows",
      { metadata: { annotations: { [annotations.skipPreflightChecks]: "All, Luck" } } },
      [
        'metadata.annotations.machineset.cluster.x-k8s.io/skip-preflight-checks: Invalid value: ["Luck"]: skipped preflight check(s) must be among: [All ControlPlaneIsStable ControlPlaneVersionSkew KubeadmVersionSkew KubernetesVersionSkew]',
      ],
    ],
    [
      "names without chance",
      { spec: { machineNamingStrategy: { template: "{{ .machineSet.name }}" } } },
      [
        'spec.machineNamingStrategy.template: Invalid value: "{{ .machineSet.name }}": invalid template, {{ .random }} is missing',
      ],
    ],
    [
      "names of unknown parts",
      { spec: { machineNamingStrategy: { template: "{{ .foo }}-{{ .random }}" } } },
      [
        'spec.machineNamingStrategy.template: Invalid value: "{{ .foo }}-{{ .random }}": invalid template: "{{ .foo }}-{{ .random }}" has no variable ".foo" ({{ .foo }})',
      ],
    ],
    [
      "good names are fine",
      { spec: { machineNamingStrategy: { template: "{{ .cluster.name }}-{{ .machineSet.name }}-{{ .random }}" } } },
      [],
    ],
    ["another cluster", { spec: { clusterName: "c2" } }, ["spec.clusterName: Forbidden: field is immutable"]],
    [
      "a changed selector is fine [CORE-273]",
      { spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } } } } },
      [],
    ],
  ])("refuses %s [CORE-272]", (_what, change, expected) => {
    expect(errors(changed<MachineSet>(set, change), set)).toEqual(expected);
  });

  test("labels of the template must be labels [CORE-272]", () => {
    expect(
      errors(changed<MachineSet>(set, { spec: { template: { metadata: { labels: { "a b": "c", d: "e f" } } } } })),
    ).toHaveLength(2);
  });
});

describe("MachineDeployment", () => {
  const { defaulted, errors } = admissionOf(MachineDeployment);
  const bare: MachineDeployment = {
    ...named("MachineDeployment"),
    spec: { clusterName: "c1", selector: {}, template: { spec: bareMachineSpec } },
  };
  const deployment = defaulted(bare);

  test("rolls one at a time, keeps one old revision, and selects by its name [CORE-313] [CORE-314]", () => {
    const own = { "cluster.x-k8s.io/deployment-name": "x", "cluster.x-k8s.io/cluster-name": "c1" };
    expect(deployment.spec).toEqual({
      clusterName: "c1",
      replicas: 1,
      minReadySeconds: 0,
      revisionHistoryLimit: 1,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: own },
      template: { metadata: { labels: own }, spec: machineSpec },
    });
    expect(defaulted(deployment)).toBe(deployment);
  });

  test("OnDelete has no rolling parameters; a selector of one's own keeps it [CORE-313] [CORE-314]", () => {
    const own = defaulted(
      changed<MachineDeployment>(bare, { spec: { strategy: { type: "OnDelete" }, selector: { matchLabels: { a: "b" } } } }),
    );
    expect(own.spec.strategy).toEqual({ type: "OnDelete" });
    expect(own.spec.selector.matchLabels).toEqual({ a: "b", "cluster.x-k8s.io/cluster-name": "c1" });
    expect(own.spec.template.metadata?.labels).toEqual({ "cluster.x-k8s.io/cluster-name": "c1" });
  });

  test.each<[string, object, RegExp[]]>([
    [
      "a name that is no label's value",
      { metadata: { name: "a".repeat(64) } },
      [/^metadata.name: .*must be a valid label value: /],
    ],
    [
      "a template that its selector does not select",
      { spec: { template: { metadata: { labels: { "cluster.x-k8s.io/cluster-name": "y" } } } } },
      [/^spec.template.metadata.labels: Forbidden: must match spec.selector/],
    ],
    [
      "surges of another measure",
      { spec: { strategy: { rollingUpdate: { maxSurge: "some", maxUnavailable: "10" }, remediation: { maxInFlight: "all" } } } },
      [
        /^spec.strategy.rollingUpdate.maxSurge: .*must be either an int or a percentage/,
        /^spec.strategy.rollingUpdate.maxUnavailable: /,
        /^spec.strategy.remediation.maxInFlight: /,
      ],
    ],
    ["percentages are fine", { spec: { strategy: { rollingUpdate: { maxSurge: "30%" } } } }, []],
    ["another cluster", { spec: { clusterName: "c2" } }, [/^spec.clusterName: Forbidden: field is immutable/]],
  ])("refuses %s [CORE-315]", (_what, change, expected) => {
    const found = errors(changed<MachineDeployment>(deployment, change), deployment);
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(found[index]).toMatch(pattern);
    });
  });
});

describe("MachineHealthCheck", () => {
  const { defaulted, errors } = admissionOf(MachineHealthCheck);
  const bare: MachineHealthCheck = {
    ...named("MachineHealthCheck"),
    spec: { clusterName: "c1", selector: { matchLabels: { a: "b" } }, remediationTemplate: { kind: "T", name: "t" } },
  };
  const check = defaulted(bare);

  test("allows all to be remediated and waits ten minutes for a Node [CORE-342]", () => {
    expect(check.spec).toEqual({
      ...bare.spec,
      maxUnhealthy: "100%",
      nodeStartupTimeout: "10m0s",
      remediationTemplate: { kind: "T", name: "t", namespace: "ns" },
    });
  });

  test.each<[string, object, RegExp[]]>([
    [
      "an empty selector",
      { spec: { selector: { matchLabels: undefined } } },
      [/^spec.selector: Required value: selector must not be empty/],
    ],
    [
      "a selector for another cluster",
      { spec: { selector: { matchLabels: { "cluster.x-k8s.io/cluster-name": "c2" } } } },
      [/^spec.selector: .*cannot specify a cluster selector/],
    ],
    [
      "a selector without values",
      { spec: { selector: { matchExpressions: [{ key: "a", operator: "In" }] } } },
      [/^spec.selector: /],
    ],
    [
      "a short startup timeout",
      { spec: { nodeStartupTimeout: "29s" } },
      [/^spec.nodeStartupTimeout: Invalid value: "29s": must be at least 30s/],
    ],
    ["no startup timeout is fine", { spec: { nodeStartupTimeout: "0s" } }, []],
    ["half of something", { spec: { maxUnhealthy: "half" } }, [/^spec.maxUnhealthy: /]],
    [
      "a template of another namespace",
      { spec: { remediationTemplate: { namespace: "o" } } },
      [/^spec.remediationTemplate.namespace: .*must match metadata.namespace/],
    ],
    ["another cluster", { spec: { clusterName: "c2" } }, [/^spec.clusterName: Forbidden/]],
  ])("refuses %s [CORE-343]", (_what, change, expected) => {
    const found = errors(changed<MachineHealthCheck>(check, change), check);
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(found[index]).toMatch(pattern);
    });
  });
});

describe("MachineDrainRule", () => {
  const { errors } = admissionOf(MachineDrainRule);
  const rule = (spec: object): MachineDrainRule => ({ ...named("MachineDrainRule"), spec: spec as MachineDrainRule["spec"] });
  const readable = { matchLabels: { a: "b" } };
  const unreadable = { matchExpressions: [{ key: "a", operator: "In", values: [] }] };

  test.each<[string, object, string[]]>([
    ["an order for what is drained", { drain: { behavior: "Drain", order: 5 }, machines: [{ selector: readable }] }, []],
    ["no order for what is skipped", { drain: { behavior: "Skip" }, pods: [{ namespaceSelector: readable }] }, []],
    [
      "an order for what is skipped",
      { drain: { behavior: "Skip", order: 5 } },
      ['spec.drain.order: Invalid value: 5: order must not be set if drain behavior is "Skip" or "WaitCompleted"'],
    ],
    [
      "an order for what is waited for",
      { drain: { behavior: "WaitCompleted", order: 0 } },
      ['spec.drain.order: Invalid value: 0: order must not be set if drain behavior is "Skip" or "WaitCompleted"'],
    ],
  ])("knows %s [CORE-204]", (_what, spec, expected) => {
    expect(errors(rule(spec))).toEqual(expected);
  });

  test("refuses selectors that cannot be read, each under its own path [CORE-204]", () => {
    const spec = {
      drain: { behavior: "Skip" },
      machines: [{ selector: readable }, { selector: unreadable, clusterSelector: unreadable }],
      pods: [{ selector: unreadable, namespaceSelector: unreadable }],
    };
    expect(errors(rule(spec)).map((text) => text.split(":")[0])).toEqual([
      "spec.machines[1].selector",
      "spec.machines[1].clusterSelector",
      "spec.pods[0].selector",
      "spec.pods[0].namespaceSelector",
    ]);
  });
});
