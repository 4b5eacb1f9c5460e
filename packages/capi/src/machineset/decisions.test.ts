import type { KubeObject, Machine, MachineSet, Stored, UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { isApplied } from "./applied.ts";
import { machinesToDelete } from "./deletepriority.ts";
import { staleMessage, unhealthyMessage } from "./health.ts";
import { preflightErrors } from "./preflight.ts";
import { replicasOf } from "./scope.ts";
import { upToDateCondition } from "./sync.ts";
import { rolloutDifferences } from "./uptodate.ts";

const now = new Date("2026-11-22T12:00:00Z");
const before = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();
const day = 86_400;

type Parts = { metadata?: object; status?: object };
const machine = (name: string, { metadata, status }: Parts = {}): Stored<Machine> =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: { name, namespace: "ns", uid: name, resourceVersion: "1", creationTimestamp: before(10 * day), ...metadata },
    spec: { clusterName: "c", bootstrap: {}, infrastructureRef: {} },
    status: { nodeRef: { name }, ...status },
  }) as Stored<Machine>;
const names = (machines: readonly Stored<Machine>[]) => machines.map(({ metadata }) => metadata.name);
const deleting = (name: string, seconds = 1) => machine(name, { metadata: { deletionTimestamp: before(seconds) } });
const marked = (name: string) => machine(name, { metadata: { annotations: { "cluster.x-k8s.io/delete-machine": "" } } });
const nodeless = (name: string) => machine(name, { status: { nodeRef: undefined } });
const aged = (name: string, days: number) => machine(name, { metadata: { creationTimestamp: before(days * day) } });

describe("scaling down takes", () => {
  test.each<[string, Stored<Machine>[], MachineSet["spec"]["deletePolicy"], string[]]>([
    [
      "those that go anyway, those marked, those unwell, then by name",
      [machine("a"), nodeless("b"), marked("c"), deleting("d")],
      "Random",
      ["d", "c", "b", "a"],
    ],
    ["by name when all are alike: random is not random", [machine("c"), machine("a"), machine("b")], "Random", ["a", "b", "c"]],
    ["the oldest first", [aged("a", 1), aged("b", 30), aged("c", 5)], "Oldest", ["b", "c", "a"]],
    ["the newest first", [aged("a", 1), aged("b", 30), aged("c", 5)], "Newest", ["a", "c", "b"]],
    ["unwell before old", [aged("a", 300), nodeless("b")], "Oldest", ["b", "a"]],
    ["one from the future last, as if it were new", [aged("a", -1), aged("b", 1)], "Oldest", ["b", "a"]],
  ])("%s [CORE-288] [CORE-289] [TRAP-14]", (_what, machines, policy, expected) => {
    expect(names(machinesToDelete(machines, machines.length, policy, now))).toEqual(expected);
    expect(names(machinesToDelete(machines, 1, policy, now))).toEqual(expected.slice(0, 1));
  });

  test.each<[string, object]>([
    ["no Node", { nodeRef: undefined }],
    ["a failure", { failureMessage: "x" }],
    ["an unhealthy Node", { conditions: [{ type: "NodeHealthy", status: "False" }] }],
    ["a failed health check", { conditions: [{ type: "HealthCheckSucceeded", status: "False" }] }],
  ])("a Machine with %s before a well one; what is unknown does not count [CORE-290]", (_what, status) => {
    const unknown = machine("a", { status: { conditions: [{ type: "NodeHealthy", status: "Unknown" }] } });
    expect(names(machinesToDelete([unknown, machine("b", { status })], 1, "Random", now))).toEqual(["b"]);
  });
});

describe("preflight checks", () => {
  const set = (version?: string, annotations?: object, kind = "KubeadmConfigTemplate"): MachineSet =>
    ({
      apiVersion: "",
      kind: "MachineSet",
      metadata: { name: "ms", annotations },
      spec: {
        template: {
          spec: {
            version,
            bootstrap: { configRef: { kind, apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1" } },
            infrastructureRef: {},
          },
        },
      },
    }) as unknown as MachineSet;
  const controlPlane = (version?: string, running: string | undefined = version): UnstructuredObject => ({
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlane",
    metadata: { name: "cp", namespace: "ns" },
    spec: { version },
    status: { version: running },
  });
  const cluster = (topologyVersion?: string) =>
    ({ spec: topologyVersion ? { topology: { class: "c", version: topologyVersion } } : {} }) as Parameters<
      typeof preflightErrors
    >[1];

  test.each<[string, MachineSet, ReturnType<typeof cluster>, UnstructuredObject | undefined, RegExp[]]>([
    ["no control plane", set("v1.30.0"), cluster(), undefined, []],
    ["a control plane without versions", set("v1.30.0"), cluster(), controlPlane(undefined), []],
    ["the same version", set("v1.30.0"), cluster(), controlPlane("v1.30.0"), []],
    [
      "a control plane that is coming up [CORE-307]",
      set("v1.30.0"),
      cluster(),
      controlPlane("v1.30.0", ""),
      [/^KubeadmControlPlane ns\/cp is provisioning \("ControlPlaneIsStable" preflight check failed\)$/],
    ],
    [
      "a control plane that is being upgraded [CORE-307]",
      set("v1.30.0"),
      cluster(),
      controlPlane("v1.30.1", "v1.30.0"),
      [/is upgrading/],
    ],
    [
      "a topology that wants another version [CORE-307]",
      set("v1.30.0"),
      cluster("v1.31.0"),
      controlPlane("v1.30.0"),
      [/has a pending version upgrade to v1.31.0/],
    ],
    [
      "newer workers [CORE-308] [CORE-309]",
      set("v1.31.0"),
      cluster(),
      controlPlane("v1.30.0"),
      [/MachineSet version is higher than ControlPlane version/, /kubeadm only supports joining/],
    ],
    [
      "much older workers [CORE-308]",
      set("v1.26.0", undefined, "Other"),
      cluster(),
      controlPlane("v1.30.0"),
      [/more than 3 minor versions older/],
    ],
    [
      "much older workers under an old control plane [CORE-308]",
      set("v1.24.0", undefined, "Other"),
      cluster(),
      controlPlane("v1.27.9"),
      [/more than 2 minor versions older/],
    ],
    ["another patch is fine for kubeadm [CORE-309]", set("v1.30.1"), cluster(), controlPlane("v1.30.5"), []],
    [
      "a topology wants the very same version [CORE-309]",
      set("v1.30.1"),
      cluster("v1.30.5"),
      controlPlane("v1.30.5"),
      [/is not yet the same as the ControlPlane version/],
    ],
    [
      "without a version only stability counts [CORE-310]",
      set(),
      cluster(),
      controlPlane("v1.30.1", "v1.30.0"),
      [/is upgrading/],
    ],
    [
      "a check that is skipped [CORE-039]",
      set("v1.31.0", { "machineset.cluster.x-k8s.io/skip-preflight-checks": "KubernetesVersionSkew , KubeadmVersionSkew" }),
      cluster(),
      controlPlane("v1.30.0"),
      [],
    ],
    [
      "all skipped [CORE-039]",
      set("v1.31.0", { "machineset.cluster.x-k8s.io/skip-preflight-checks": "All" }),
      cluster(),
      controlPlane("v1.30.0", ""),
      [],
    ],
  ])("%s [CORE-306] [TRAP-15]", (_what, machineSet, of, plane, expected) => {
    const errors = preflightErrors(machineSet, of, plane);
    expect(errors).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(errors[index]).toMatch(pattern);
    });
  });
});

describe("what makes a new machine", () => {
  const spec = {
    clusterName: "c",
    version: "v1.30.0",
    bootstrap: { configRef: { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfigTemplate", name: "b" } },
    infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachineTemplate", name: "i" },
  };

  test.each<[string, object, string[]]>([
    [
      "timeouts and gates do not",
      { nodeDrainTimeout: "1m", readinessGates: [{ conditionType: "A" }], nodeDeletionTimeout: "2m" },
      [],
    ],
    [
      "a reference's version and namespace do not",
      { infrastructureRef: { ...spec.infrastructureRef, apiVersion: "infrastructure.cluster.x-k8s.io/v1", namespace: "n" } },
      [],
    ],
    ["a version does", { version: "v1.31.0" }, ["Version v1.30.0, v1.31.0 required"]],
    [
      "another template does",
      { infrastructureRef: { ...spec.infrastructureRef, name: "i2" } },
      ["OpenStackMachine is not up-to-date"],
    ],
    [
      "another bootstrap template does",
      { bootstrap: { configRef: { ...spec.bootstrap.configRef, name: "b2" } } },
      ["KubeadmConfig is not up-to-date"],
    ],
    ["a failure domain does", { failureDomain: "az1" }, ["Failure domain nil, az1 required"]],
  ])("%s [CORE-318] [CORE-298]", (_what, change, expected) => {
    expect(rolloutDifferences(spec, { ...spec, ...change })).toEqual(expected);
  });

  const owner = (template: object, extra: object = {}) =>
    ({
      kind: "X",
      metadata: { name: "x", creationTimestamp: before(100) },
      spec: { template: { spec: template }, ...extra },
    }) as never;
  const condition = (deployment: object) => upToDateCondition({ set: owner(spec), deployment: owner(spec, deployment), now });

  test("a stand-alone MachineSet says nothing; rolloutAfter counts once it has passed [CORE-298] [TRAP-12]", () => {
    expect(upToDateCondition({ set: owner(spec), deployment: undefined, now })).toBeUndefined();
    expect(condition({})?.status).toBe("True");
    expect(condition({ rolloutAfter: before(-10) })?.status).toBe("True");
    expect(condition({ rolloutAfter: before(200) })?.status).toBe("True");
    expect(condition({ rolloutAfter: before(10) })).toMatchObject({
      status: "False",
      reason: "NotUpToDate",
      message: "* MachineDeployment spec.rolloutAfter expired",
    });
  });
});

describe("messages", () => {
  test("name Machines that take long to go, and why [CORE-297]", () => {
    const draining = machine("b", {
      metadata: { deletionTimestamp: before(3600) },
      status: {
        deletion: { nodeDrainStartTime: before(3600) },
        v1beta2: {
          conditions: [
            {
              type: "Deleting",
              status: "True",
              reason: "DrainingNode",
              message: "* Pod x: cannot evict pod as it would violate the pod's disruption budget.",
            },
          ],
        },
      },
    });
    expect(staleMessage([deleting("a", 60)], now)).toBe("");
    expect(staleMessage([deleting("a", 1000)], now)).toBe("Machine a is in deletion since more than 15m");
    expect(staleMessage([deleting("a", 1000), draining], now)).toBe(
      "Machines a, b are in deletion since more than 15m, delay likely due to PodDisruptionBudgets",
    );
  });

  test("name unhealthy Machines that nobody will replace [CORE-295]", () => {
    const sick = (name: string) => machine(name, { status: { conditions: [{ type: "HealthCheckSucceeded", status: "False" }] } });
    expect(unhealthyMessage(["d", "c", "b", "a"].map(sick), "MachineSet")).toBe(
      "Machines a, b, c, ... (1 more) are not healthy (not to be remediated by MachineSet)",
    );
  });
});

describe("server-side apply is spared", () => {
  const owned = (fieldsV1: object) => [
    { manager: "m", operation: "Apply" as const, fieldsV1: fieldsV1 as { readonly [path: string]: unknown } },
  ];
  const live = (fields: object) => ({
    ...machine("a", { metadata: { labels: { a: "1", other: "x" }, managedFields: owned(fields) } }),
    spec: { clusterName: "c", bootstrap: {}, infrastructureRef: {}, readinessGates: [{ conditionType: "A" }] },
  });
  const wanted = (extra: object = {}) => ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: { labels: { a: "1" } },
    spec: { clusterName: "c", readinessGates: [{ conditionType: "A" }], ...extra },
  });
  const fields = {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": { "f:clusterName": {}, "f:readinessGates": { 'k:{"conditionType":"A"}': { ".": {}, "f:conditionType": {} } } },
  };

  test.each<[string, object, KubeObject, boolean]>([
    ["when all is there and ours", fields, wanted(), true],
    ["when all is there, owned or not", {}, wanted(), true],
    ["not when a value differs", fields, wanted({ clusterName: "d" }), false],
    [
      "not when we own what we want no more",
      { ...fields, "f:metadata": { "f:labels": { "f:a": {}, "f:b": {} } } },
      wanted(),
      false,
    ],
    [
      "not when an item we own is gone",
      { ...fields, "f:spec": { "f:readinessGates": { 'k:{"conditionType":"B"}': {} } } },
      wanted(),
      false,
    ],
  ])("%s [CORE-279]", (_what, has, wants, expected) => {
    expect(isApplied(live(has), wants, "m")).toBe(expected);
    expect(isApplied(live(has), wants, "somebody-else")).toBe(false);
  });
});

test("an object without replicas came around admission: nothing is guessed [CORE-287] [CORE-339]", () => {
  const metadata = { name: "md", namespace: "ns" };
  expect(() => replicasOf({ kind: "MachineDeployment", metadata, spec: {} })).toThrow(
    "MachineDeployment md has no spec.replicas: set it",
  );
  expect(replicasOf({ kind: "MachineSet", metadata, spec: { replicas: 0 } })).toBe(0);
});
