import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import type { ClusterObjects } from "./collect.ts";
import type { TreeOptions } from "./node.ts";
import { paragraph } from "./paragraph.ts";
import { printTreeV1Beta2 } from "./printv1beta2.ts";
import { buildTree } from "./tree.ts";

const esc = "\u001b";
const now = new Date("2026-11-22T12:00:00Z");
const plain: TreeOptions = {
  showConditions: "",
  showMachineSets: false,
  showTemplates: false,
  showResourceSets: false,
  echo: false,
  grouping: true,
  family: "v1beta2",
};

interface Given {
  readonly conditions?: readonly (readonly [type: string, status: string, reason: string, message?: string, minute?: number])[];
  readonly owner?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly spec?: object;
  readonly status?: object;
  readonly counters?: object;
}
const object = (kind: string, name: string, given: Given): UnstructuredObject => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind,
  metadata: {
    name,
    namespace: "magnum-system",
    uid: `${kind}/${name}`,
    labels: { ...given.labels },
    ...(given.owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: "v1", kind: "x", name: "x", uid: given.owner, controller: true }] }),
  },
  spec: { ...given.spec },
  status: {
    ...given.status,
    v1beta2: {
      ...given.counters,
      conditions: (given.conditions ?? []).map(([type, status, reason, message = "", minute = 50]) => ({
        type,
        status,
        reason,
        message,
        lastTransitionTime: `2026-11-22T11:${minute}:00Z`,
      })),
    },
  },
});
const machine = (name: string, owner: string, well: boolean, labels = {}) =>
  object("Machine", name, {
    owner,
    labels,
    conditions: [
      ["Available", well ? "True" : "False", well ? "Available" : "NotReady"],
      ["Ready", well ? "True" : "False", well ? "Ready" : "NodeNotReady"],
      ["UpToDate", well ? "True" : "False", well ? "UpToDate" : "NotUpToDate"],
    ],
  });
const masters = { "cluster.x-k8s.io/control-plane": "" };
const objects: ClusterObjects = {
  cluster: object("Cluster", "demo", {
    conditions: [
      [
        "Available",
        "False",
        "NotAvailable",
        "* WorkersAvailable:\n  * MachineDeployment demo-md: 1 available replicas, at least 2 required (spec.strategy.rollout.maxUnavailable is 0, spec.replicas is 2)",
      ],
    ],
    counters: {
      controlPlane: { desiredReplicas: 3, replicas: 3, availableReplicas: 3, readyReplicas: 3, upToDateReplicas: 3 },
      workers: { desiredReplicas: 3, replicas: 2, availableReplicas: 1, readyReplicas: 2, upToDateReplicas: 2 },
    },
  }),
  // A provider that knows only the old family.
  infrastructure: {
    ...object("OpenStackCluster", "demo", {}),
    status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-11-22T11:50:00Z" }] },
  },
  controlPlane: object("KubeadmControlPlane", "demo-cp", {
    spec: { replicas: 3 },
    status: { replicas: 3 },
    counters: { availableReplicas: 3, readyReplicas: 3, upToDateReplicas: 3 },
    conditions: [["Available", "True", "Available"]],
  }),
  machineDeployments: [
    object("MachineDeployment", "demo-md", {
      spec: { replicas: 2 },
      status: { replicas: 3 },
      counters: { availableReplicas: 1, readyReplicas: 2, upToDateReplicas: 2 },
      conditions: [
        ["Available", "False", "NotAvailable", "1 available replicas", 55],
        ["RollingOut", "True", "RollingOut", "Rolling out 1 not up-to-date replicas\n* Version v1.31.0, v1.32.5 required", 55],
      ],
    }),
  ],
  machineSets: [object("MachineSet", "demo-md-1", { owner: "MachineDeployment/demo-md" })],
  machinePools: [],
  machines: [
    ...[1, 2, 3].map((n) => machine(`demo-cp-${n}`, "KubeadmControlPlane/demo-cp", true, masters)),
    machine("demo-md-1-a", "MachineSet/demo-md-1", true),
    machine("demo-md-1-b", "MachineSet/demo-md-1", false),
  ],
  related: new Map(),
};
const show = (options: Partial<TreeOptions>, color = false) =>
  printTreeV1Beta2(buildTree(objects, { ...plain, ...options }), { now, color });
const trimmed = (text: string) =>
  `${text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
const golden = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");

describe("describe cluster --v1beta2", () => {
  test.each([
    ["v1beta2.txt", {}],
    ["v1beta2-conditions.txt", { showConditions: "machinedeployment" }],
  ])(
    "prints counters, one condition and wrapped messages as in %s [CTL-098, CTL-099, CTL-108, CTL-110, CTL-111, CTL-112]",
    (file, options) => {
      expect(trimmed(show(options))).toBe(`${golden(file)}\n`);
    },
  );

  test("machines that differ only in being up to date are not one group [CTL-108]", () => {
    const stale = {
      ...objects.machines[0],
      metadata: { ...objects.machines[0]?.metadata, name: "demo-cp-0" },
    } as UnstructuredObject;
    const status = structuredClone(stale.status) as { v1beta2: { conditions: { type: string; status: string }[] } };
    for (const condition of status.v1beta2.conditions) if (condition.type === "UpToDate") condition.status = "False";
    const machines = [{ ...stale, status }, ...objects.machines];
    expect(printTreeV1Beta2(buildTree({ ...objects, machines }, plain), { now, color: false })).toMatch(
      /├─3 Machines\.\.\.[\s\S]*└─Machine\/demo-cp-0/,
    );
  });

  test("what should not be is red: False of most, True of rolling out and its like; unknown is yellow [CTL-113]", () => {
    const text = show({ showConditions: "MachineDeployment" }, true);
    expect(text).toContain("\u001b[31mAvailable: False\u001b[39m");
    expect(text).toContain("\u001b[32mReady: True\u001b[39m");
    expect(text).toMatch(new RegExp(`RollingOut${esc}\\[39m +${esc}\\[31mTrue`));
    const cluster = object("Cluster", "demo", { conditions: [["Available", "Unknown", "Internal"]] });
    expect(printTreeV1Beta2(buildTree({ ...objects, cluster }, plain), { now, color: true })).toContain(
      "\u001b[33mAvailable: Unknown\u001b[39m",
    );
  });
});

test.each([
  ["", 254, [""]],
  ["* a b c d e f", 5, ["* a b", "  c d", "  e f"]],
  ["* a b c d e f\n  * g h\n  * i j", 5, ["* a b", "  c d", "  e f", "  * g", "    h", "  * i", "    j"]],
])("a message is broken between words, under its bullet [CTL-098]", (text, width, lines) => {
  expect(paragraph(text, width)).toEqual(lines);
});
