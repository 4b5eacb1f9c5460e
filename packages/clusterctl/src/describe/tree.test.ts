import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import type { ClusterObjects } from "./collect.ts";
import type { TreeOptions } from "./node.ts";
import { printTree } from "./print.ts";
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
  family: "v1beta1",
};

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
    since?: string;
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
        lastTransitionTime: extra.since ?? "2026-11-22T11:50:00Z",
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
  machinePools: [],
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
const reference = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, name, namespace: "magnum-system" });
const infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1";
const bootstrap = "bootstrap.cluster.x-k8s.io/v1beta1";
const withReferences: Partial<ClusterObjects> = {
  controlPlane: object("KubeadmControlPlane", "demo-cp", {
    spec: { machineTemplate: { infrastructureRef: reference(infrastructure, "OpenStackMachineTemplate", "demo-cp-t") } },
  }),
  machineDeployments: [
    object("MachineDeployment", "demo-md", {
      spec: {
        template: {
          spec: {
            bootstrap: { configRef: reference(bootstrap, "KubeadmConfigTemplate", "demo-md-b") },
            infrastructureRef: reference(infrastructure, "OpenStackMachineTemplate", "demo-md-t"),
          },
        },
      },
    }),
  ],
  machines: objects.machines.filter(({ metadata }) => metadata.name !== "demo-md-1-b" && metadata.name !== "stray"),
  resourceSetBinding: object("ClusterResourceSetBinding", "demo", {
    spec: { bindings: [{ clusterResourceSetName: "calico" }, { clusterResourceSetName: "addons" }] },
  }),
};
const pool = (name: string) =>
  object("MachinePool", name, {
    spec: {
      template: {
        spec: {
          bootstrap: { configRef: reference(bootstrap, "KubeadmConfig", name) },
          infrastructureRef: reference(infrastructure, "ThingMachinePool", name),
        },
      },
    },
  });
const withPools: Partial<ClusterObjects> = {
  machinePools: [pool("full"), pool("empty")],
  machines: [machine("full-1", { owner: "MachinePool/full" }), machine("full-2", { owner: "MachinePool/full" })],
  related: new Map(
    ["full", "empty"].flatMap((name) => [
      [`KubeadmConfig/${name}`, object("KubeadmConfig", name)] as const,
      [`ThingMachinePool/${name}`, object("ThingMachinePool", name)] as const,
    ]),
  ),
};
const show = (options: Partial<TreeOptions>, shown: ClusterObjects = objects) =>
  printTree(buildTree(shown, { ...plain, ...options }), { now, color: false })
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

  test("every cell is padded and followed by two blanks, the last one too but in the header [CTL-099]", () => {
    const [head = "", ...rows] = printTree(buildTree(objects, plain), { now, color: false }).split("\n");
    expect(new Set(rows.map((line) => [...line].length))).toEqual(new Set([[...head].length + 1]));
    expect(head).toMatch(/MESSAGE +$/);
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

  test("without a control plane object its machines are among the others; without any worker they are nowhere [CTL-104, CTL-105, CTL-106]", () => {
    const text = show({}, { ...objects, controlPlane: undefined });
    expect(text).not.toContain("ControlPlane - ");
    expect(text).toContain("  └─Other\n    ├─Machine/demo-cp-1");
    const masters = objects.machines.filter(({ metadata }) => metadata.name?.startsWith("demo-cp"));
    expect(show({}, { ...objects, machines: masters, controlPlane: undefined })).not.toContain("Machine/");
    // The deployment is there, scaled to nothing: with no worker machine nobody looks for it.
    expect(show({}, { ...objects, machines: masters })).not.toContain("MachineDeployment");
  });

  test("machines without any Ready condition are one group too, and a group is as old as its oldest member [CTL-108]", () => {
    const bare = (name: string) => ({ ...machine(name, { labels: controlPlane }), status: {} });
    expect(show({}, { ...objects, machines: [bare("a"), bare("b")] })).toContain("2 Machines...");
    const aged = ["11:58:00", "11:30:00", "11:59:00"].map((time, n) =>
      machine(`m${n}`, { labels: controlPlane, since: `2026-11-22T${time}Z` }),
    );
    expect(show({}, { ...objects, machines: aged })).toMatch(/3 Machines\.\.\. +True +30m +See m0, m1, \.\.\./);
  });

  test("conditions of grouped machines are shown only when nothing is grouped [CTL-109]", () => {
    const ready = { type: "BootstrapReady", status: "True", lastTransitionTime: "2026-11-22T11:55:00Z" };
    const machines = ["a", "b"].map((name) => machine(name, { labels: controlPlane, more: [ready] }));
    expect(show({ showConditions: "all" }, { ...objects, machines })).not.toContain("BootstrapReady");
    expect(show({ showConditions: "MACHINE", grouping: false }, { ...objects, machines }).match(/BootstrapReady/g)).toHaveLength(
      2,
    );
  });

  test("MachineSets are rows of their own: they are never grouped [CTL-106, CTL-108]", () => {
    const old = object("MachineSet", "demo-md-0", { owner: "MachineDeployment/demo-md" });
    const text = show({ showMachineSets: true }, { ...objects, machineSets: [...objects.machineSets, old] });
    expect(text).toMatch(/├─MachineSet\/demo-md-0[\s\S]*└─MachineSet\/demo-md-1/);
  });

  test("templates come first below their owners, resource sets below the cluster, both by reference only [CTL-102, CTL-103, CTL-114]", () => {
    expect(show({ showTemplates: true, showResourceSets: true }, { ...objects, ...withReferences })).toBe(
      golden("templates.txt"),
    );
  });

  test("a pool's machines are below it; a pool without machines shows itself and its parts [CTL-105, CTL-115]", () => {
    expect(show({ echo: true }, { ...objects, machineDeployments: [], ...withPools })).toBe(golden("pools.txt"));
  });

  test("a state has its colour, and without colours there is none [CTL-113]", () => {
    const seen = (status: string, severity?: string) => {
      const cluster = object("Cluster", "demo", {
        ready: status,
        reason: "Why",
        ...(severity === undefined ? {} : { severity }),
      });
      const text = printTree(buildTree({ ...objects, cluster }, plain), { now, color: true });
      return new RegExp(`${esc}\\[(\\d+)m(?:True|False|Unknown)${esc}\\[39m`).exec(text.split("\n")[1] ?? "")?.[1];
    };
    const [green, red, yellow, white] = ["32", "31", "33", "37"];
    expect([seen("True"), seen("False", "Error"), seen("False", "Warning"), seen("False", "Info"), seen("Unknown")]).toEqual([
      green,
      red,
      yellow,
      white,
      white,
    ]);
    expect(show({ showConditions: "all" })).not.toContain(esc);
    // Colour takes no room.
    const [head, ...rows] = printTree(buildTree(objects, plain), { now, color: true }).split("\n");
    const visible = (line: string) => line.replaceAll(new RegExp(`${esc}\\[\\d+m`, "g"), "").length;
    expect(new Set(rows.map(visible))).toEqual(new Set([(head?.length ?? 0) + 1]));
  });

  test("wide characters and several lines keep the columns straight [CTL-099]", () => {
    const cluster = object("Cluster", "demo", { ready: "False", reason: "なぜ" });
    const status = cluster.status as { conditions: { message?: string }[] };
    if (status.conditions[0]) status.conditions[0].message = "one\ntwo";
    const lines = printTree(buildTree({ ...objects, cluster }, plain), { now, color: false }).split("\n");
    expect(lines[2]?.trim()).toBe("two");
    expect(lines[2]?.indexOf("two")).toBe((lines[1]?.indexOf("one") ?? 0) + 2);
  });
});
