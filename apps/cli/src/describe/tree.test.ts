import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import type { ClusterObjects } from "./collect.ts";
import { printTree, since } from "./print.ts";
import { buildTree, type TreeOptions } from "./tree.ts";

const now = new Date("2026-11-22T12:00:00Z");
const plain: TreeOptions = { showConditions: "", showMachineSets: false, echo: false, grouping: true };

const object = (
  kind: string,
  name: string,
  extra: {
    ready?: string;
    reason?: string;
    severity?: string;
    owner?: string;
    labels?: object;
    spec?: object;
    more?: object[];
  } = {},
): UnstructuredObject => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind,
  metadata: {
    name,
    namespace: "magnum-system",
    uid: `${kind}/${name}`,
    labels: { ...extra.labels },
    ...(extra.owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: "v1", kind: "x", name: "x", uid: extra.owner, controller: true }] }),
  },
  spec: { ...extra.spec },
  status: {
    conditions: [
      {
        type: "Ready",
        status: extra.ready ?? "True",
        ...(extra.severity === undefined ? {} : { severity: extra.severity }),
        ...(extra.reason === undefined ? {} : { reason: extra.reason }),
        lastTransitionTime: "2026-11-22T11:50:00Z",
      },
      ...(extra.more ?? []),
    ],
  },
});

const machine = (name: string, extra: Parameters<typeof object>[2] = {}) =>
  object("Machine", name, {
    ...extra,
    spec: { infrastructureRef: { kind: "OpenStackMachine", name }, bootstrap: { configRef: { kind: "KubeadmConfig", name } } },
  });

const controlPlane = { "cluster.x-k8s.io/control-plane": "" };
const waiting = { ready: "False", severity: "Info", reason: "WaitingForBootstrapData" };
const objects: ClusterObjects = {
  cluster: object("Cluster", "demo"),
  infrastructure: object("OpenStackCluster", "demo"),
  controlPlane: object("KubeadmControlPlane", "demo-cp", {
    more: [{ type: "Available", status: "True", lastTransitionTime: "2026-11-22T11:55:00Z" }],
  }),
  machineDeployments: [
    object("MachineDeployment", "demo-md", { ready: "False", severity: "Warning", reason: "WaitingForAvailableMachines" }),
  ],
  machineSets: [object("MachineSet", "demo-md-1", { owner: "MachineDeployment/demo-md" })],
  machines: [
    ...[1, 2, 3].map((n) => machine(`demo-cp-${n}`, { labels: controlPlane, owner: "KubeadmControlPlane/demo-cp" })),
    machine("demo-md-1-a", { owner: "MachineSet/demo-md-1" }),
    machine("demo-md-1-b", { owner: "MachineSet/demo-md-1", ...waiting }),
    machine("stray"),
  ],
  related: new Map(
    ["demo-cp-1", "demo-md-1-a", "demo-md-1-b"].flatMap((name) => [
      [
        `OpenStackMachine/${name}`,
        object("OpenStackMachine", name, name.endsWith("b") ? { ...waiting, reason: "PortsWaiting" } : {}),
      ] as const,
      [`KubeadmConfig/${name}`, object("KubeadmConfig", name)] as const,
    ]),
  ),
};
const show = (options: Partial<TreeOptions>) =>
  printTree(buildTree(objects, { ...plain, ...options }), { now, color: false })
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
const golden = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8").trimEnd();

describe("describe cluster", () => {
  test.each([
    ["default.txt", {}],
    ["ungrouped.txt", { grouping: false }],
    ["machinesets-echo.txt", { showMachineSets: true, echo: true }],
    ["conditions.txt", { showConditions: "KubeadmControlPlane/demo-cp" }],
  ] as const)(
    "prints the tree as in %s [CTL-097, CTL-099, CTL-100, CTL-102, CTL-103, CTL-106, CTL-107, CTL-108, CTL-110]",
    (file, options) => {
      expect(show(options)).toBe(golden(file));
    },
  );

  test("every cell is padded and followed by two blanks, the last one too [CTL-099]", () => {
    const lines = printTree(buildTree(objects, plain), { now, color: false }).split("\n");
    expect(new Set(lines.map((line) => [...line].length)).size).toBe(1);
    expect(lines[0]).toMatch(/MESSAGE +$/);
  });

  test("a long message is cut at a hundred characters [CTL-097]", () => {
    const long = { ...objects, cluster: object("Cluster", "demo", { ready: "False" }) };
    const status = long.cluster.status as { conditions: { message?: string }[] };
    if (status.conditions[0]) status.conditions[0].message = "x".repeat(150);
    expect(printTree(buildTree(long, plain), { now, color: false })).toContain(`${"x".repeat(100)} ...`);
  });

  test("an object that is being deleted says so [CTL-101]", () => {
    const going = { ...objects.cluster, metadata: { ...objects.cluster.metadata, deletionTimestamp: "2026-11-22T11:00:00Z" } };
    expect(printTree(buildTree({ ...objects, cluster: going }, plain), { now, color: false })).toContain(
      "!! DELETED !! Cluster/demo",
    );
  });

  test("without a control plane object its machines are left out, workers stay [CTL-104, CTL-105]", () => {
    const text = printTree(buildTree({ ...objects, controlPlane: undefined }, plain), { now, color: false });
    expect(text).not.toContain("demo-cp");
    expect(text).toContain("MachineDeployment/demo-md");
  });
});

test.each([
  [30, "30s"],
  [119, "119s"],
  [125, "2m5s"],
  [600, "10m"],
  [3 * 3600, "3h"],
  [3 * 3600 + 300, "3h5m"],
  [9 * 3600, "9h"],
  [50 * 3600, "2d2h"],
  [200 * 3600, "8d"],
  [3 * 365 * 86400, "3y"],
])("%d seconds ago is %s", (seconds, text) => {
  expect(since(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(text);
});
