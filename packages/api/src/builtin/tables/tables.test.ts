import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../meta/object.ts";
import { builtinKinds } from "../all.ts";
import { ConfigMap, Event } from "../core.ts";
import { isBuiltin } from "../kind.ts";
import { Node } from "../node.ts";
import { Pod, type PodSpec, type PodStatus } from "../pod.ts";
import { ClusterRole } from "../rbac.ts";
import { Service } from "../service.ts";
import { builtinTable } from "./index.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const created = "2026-01-01T00:00:00Z";

const row = (kind: Parameters<typeof builtinTable>[0], object: object) =>
  builtinTable(kind)?.cells({ metadata: { name: "x", creationTimestamp: created }, ...object } as KubeObject, now);

describe("tables of built-in kinds", () => {
  test("every kind has one, with a name first and a cell for each column [API-077] [API-078]", () => {
    for (const kind of builtinKinds) {
      const table = builtinTable(kind);
      expect(table?.columns[0]?.name, kind.kind).toBe(kind.kind === "Event" ? "Last Seen" : "Name");
      if (isBuiltin(kind) && !kind.builtin.virtual && kind.group !== "rbac.authorization.k8s.io") {
        const empty = { apiVersion: "v1", kind: kind.kind, metadata: { name: "x" }, spec: { source: {}, containers: [] } };
        expect(table?.cells(empty as KubeObject, now), kind.kind).toHaveLength(table?.columns.length ?? 0);
      }
    }
    expect(builtinTable(ClusterRole)?.columns.map(({ name }) => name)).toEqual(["Name", "Created At"]);
    expect(row(ConfigMap, { data: { a: "" }, binaryData: { b: "" } })).toEqual(["x", 2, "60m"]);
  });

  const pod = (status: PodStatus, spec: Partial<PodSpec> = {}, metadata: object = {}) =>
    row(Pod, {
      metadata: { name: "x", creationTimestamp: created, ...metadata },
      spec: { containers: [{ name: "a" }], ...spec },
      status,
    })?.slice(1, 4);
  const container = (name: string, more: object) => ({ name, image: "", imageID: "", ready: false, restartCount: 0, ...more });

  test.each([
    ["waits", pod({ phase: "Pending" }), ["0/1", "Pending", "0"]],
    [
      "runs",
      pod({ phase: "Running", containerStatuses: [container("a", { ready: true, state: { running: {} } })] }),
      ["1/1", "Running", "0"],
    ],
    [
      "crashes",
      pod({
        phase: "Running",
        containerStatuses: [
          container("a", {
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:55:00Z" } },
          }),
        ],
      }),
      ["0/1", "CrashLoopBackOff", "3 (5m ago)"],
    ],
    [
      "ended by a signal",
      pod({ phase: "Failed", containerStatuses: [container("a", { state: { terminated: { exitCode: 137, signal: 9 } } })] }),
      ["0/1", "Signal:9", "0"],
    ],
    [
      "initializes",
      pod(
        { phase: "Pending", initContainerStatuses: [container("i", { state: { waiting: { reason: "PodInitializing" } } })] },
        { initContainers: [{ name: "i" }, { name: "j" }] },
      ),
      ["0/1", "Init:0/2", "0"],
    ],
    [
      "has a sidecar",
      pod(
        {
          phase: "Running",
          initContainerStatuses: [container("s", { ready: true, started: true, state: { running: {} } })],
          containerStatuses: [container("a", { ready: true, state: { running: {} } })],
        },
        { initContainers: [{ name: "s", restartPolicy: "Always" }] },
      ),
      ["2/2", "Running", "0"],
    ],
    ["goes", pod({ phase: "Running" }, {}, { deletionTimestamp: created }), ["0/1", "Terminating", "0"]],
    ["is done", pod({ phase: "Succeeded" }, {}, { deletionTimestamp: created }), ["0/1", "Succeeded", "0"]],
    ["was evicted", pod({ phase: "Failed", reason: "Evicted" }), ["0/1", "Evicted", "0"]],
  ])("a pod that %s [API-092]", (_, cells, expected) => {
    expect(cells).toEqual(expected);
  });

  test("a node's state, roles and addresses [API-090]", () => {
    const node = {
      metadata: {
        name: "n",
        creationTimestamp: created,
        labels: {
          "node-role.kubernetes.io/worker": "",
          "node-role.kubernetes.io/control-plane": "",
          "kubernetes.io/role": "old",
        },
      },
      spec: { unschedulable: true },
      status: { conditions: [{ type: "Ready", status: "False" }] },
    };
    expect(row(Node, node)?.slice(0, 5)).toEqual(["n", "NotReady,SchedulingDisabled", "control-plane,old,worker", "60m", ""]);
    expect(row(Node, { status: {} })?.[1]).toBe("Unknown");
  });

  test("a service's ports and outside addresses [API-087]", () => {
    const ports = [
      { port: 80, nodePort: 30080, protocol: "TCP" },
      { port: 53, protocol: "UDP" },
    ];
    expect(row(Service, { spec: { type: "LoadBalancer", clusterIP: "10.0.0.1", ports } })).toEqual([
      "x",
      "LoadBalancer",
      "10.0.0.1",
      "<pending>",
      "80:30080/TCP,53/UDP",
      "60m",
      "<none>",
    ]);
  });

  test("an event of either family [API-089]", () => {
    expect(
      row(Event, {
        involvedObject: { kind: "Machine", name: "m" },
        reason: "Created",
        message: "made \n",
        type: "Normal",
        source: { component: "capi" },
        lastTimestamp: "2026-01-01T00:59:00Z",
        count: 4,
      }),
    ).toEqual(["60s", "Normal", "Created", "machine/m", "", "capi", "made", "60s", 4, "x"]);
  });
});
