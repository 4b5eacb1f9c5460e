import type { Cluster, Condition, Machine, MachineHealthCheck, Node, Stored } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { allowanceFor, restrictedMessage } from "./allowance.ts";
import { judge } from "./judge.ts";

const now = new Date("2026-01-01T01:00:00Z");
const minutesAgo = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString().replace(".000", "");
const isTrue = (type: string, minutes = 60): Condition => ({ type, status: "True", lastTransitionTime: minutesAgo(minutes) });

const check = (spec: Partial<MachineHealthCheck["spec"]> = {}): MachineHealthCheck => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "MachineHealthCheck",
  metadata: { name: "c", namespace: "n" },
  spec: {
    clusterName: "one",
    selector: {},
    unhealthyConditions: [{ type: "Ready", status: "Unknown", timeout: "5m0s" }],
    ...spec,
  },
});
const cluster = (...conditions: readonly Condition[]) => ({ status: { conditions } }) as unknown as Cluster;
const running = cluster(isTrue("ControlPlaneInitialized"), isTrue("InfrastructureReady"));
const machine = (parts: { metadata?: object; status?: object } = {}) =>
  ({
    metadata: { name: "m", creationTimestamp: minutesAgo(30), ...parts.metadata },
    status: { nodeRef: { name: "n1" }, conditions: [isTrue("InfrastructureReady", 20)], ...parts.status },
  }) as unknown as Stored<Machine>;
const node = (status: string, minutes: number) =>
  ({
    metadata: { name: "n1" },
    status: { conditions: [{ type: "Ready", status, lastTransitionTime: minutesAgo(minutes) }] },
  }) as unknown as Stored<Node>;
const found = (of: Stored<Machine>, its: Stored<Node> | undefined = node("True", 9)) => ({
  machine: of,
  node: its,
  nodeMissing: false,
});

describe("how a Machine is judged", () => {
  test.each([
    ["healthy with a good Node", found(machine()), "healthy", undefined, undefined],
    [
      "marked by hand",
      found(machine({ metadata: { annotations: { "cluster.x-k8s.io/remediate-machine": "" } } })),
      "unhealthy",
      "HasRemediateMachineAnnotation",
      "HasRemediateAnnotation",
    ],
    ["failed for a reason", found(machine({ status: { failureReason: "X" } })), "unhealthy", "MachineHasFailure", undefined],
    ["failed with a message", found(machine({ status: { failureMessage: "x" } })), "unhealthy", "MachineHasFailure", undefined],
    [
      "without the Node it had",
      { machine: machine(), node: undefined, nodeMissing: true },
      "unhealthy",
      "NodeNotFound",
      "NodeDeleted",
    ],
    ["too long in a bad condition", found(machine(), node("Unknown", 6)), "unhealthy", "UnhealthyNode", "UnhealthyNode"],
    ["not long enough in a bad condition", found(machine(), node("Unknown", 4)), "ailing", undefined, undefined],
    ["in another condition than the bad one", found(machine(), node("False", 600)), "healthy", undefined, undefined],
    [
      "too late to start",
      found(machine({ status: { nodeRef: undefined } }), null as never),
      "unhealthy",
      "NodeStartupTimeout",
      "NodeStartupTimeout",
    ],
    ["on its way out", found(machine({ metadata: { deletionTimestamp: minutesAgo(1) } })), "unknown", undefined, undefined],
  ] as const)("%s [CORE-347] [CORE-349] [CORE-350] [CORE-351] [CORE-352]", (_name, target, health, v1, v2) => {
    const target_ = { ...target, node: target.node ?? undefined };
    const judgement = judge(target_, check(), running, now);
    expect(judgement.health).toBe(health);
    if (judgement.health !== "unhealthy") return;
    expect(judgement.v1beta1).toMatchObject({ type: "HealthCheckSucceeded", status: "False", severity: "Warning", reason: v1 });
    expect(judgement.v1beta2?.reason).toBe(v2);
  });

  test("says for how long the Node has been bad [CORE-349]", () => {
    expect(judge(found(machine(), node("Unknown", 6)), check(), running, now)).toMatchObject({
      v1beta1: { message: "Condition Ready on node is reporting status Unknown for more than 5m0s" },
      v1beta2: { message: "Health check failed: Condition Ready on Node is reporting status Unknown for more than 5m0s" },
    });
    expect(judge(found(machine(), node("Unknown", 4)), check(), running, now)).toEqual({ health: "ailing", recheckSeconds: 61 });
  });

  const noNode = { machine: machine({ status: { nodeRef: undefined } }), node: undefined, nodeMissing: false };
  test("starting is timed from the last thing that had to be there first [CORE-348] [TRAP-16]", () => {
    expect(judge(noNode, check({ nodeStartupTimeout: "21m0s" }), running, now)).toEqual({ health: "ailing", recheckSeconds: 61 });
    const late = cluster(isTrue("ControlPlaneInitialized", 5), isTrue("InfrastructureReady"));
    expect(judge(noNode, check(), late, now)).toEqual({ health: "ailing", recheckSeconds: 301 }); // ten minutes when nothing is said
    expect(judge(noNode, check({ nodeStartupTimeout: "0s" }), running, now)).toEqual({ health: "unknown" });
  });

  test("workers are not judged before the control plane is there, control plane Machines are [CORE-347]", () => {
    const young = cluster(isTrue("InfrastructureReady"));
    expect(judge(noNode, check(), young, now).health).toBe("unknown");
    const controlPlane = machine({
      metadata: { labels: { "cluster.x-k8s.io/control-plane": "" } },
      status: { nodeRef: undefined },
    });
    expect(judge({ ...noNode, machine: controlPlane }, check(), young, now).health).toBe("unhealthy");
    expect(judge(noNode, check(), cluster(isTrue("ControlPlaneInitialized")), now).health).toBe("unknown");
  });
});

describe("whether to remediate", () => {
  test.each([
    [{ maxUnhealthy: 1 }, 3, 2, true, 0],
    [{ maxUnhealthy: 1 }, 3, 1, false, 0],
    [{ maxUnhealthy: "40%" }, 4, 3, true, 0],
    [{ maxUnhealthy: "40%" }, 5, 3, true, 0],
    [{ maxUnhealthy: "40%" }, 4, 2, false, 0],
    [{}, 3, 0, true, 0],
    [{ unhealthyRange: "[2-3]" }, 5, 4, false, 0],
    [{ unhealthyRange: "[2-3]" }, 5, 3, true, 1],
    [{ unhealthyRange: "[2-3]" }, 5, 1, false, 0],
  ])("%j of %i with %i healthy [CORE-354]", (spec, expected, healthy, allowed, remediations) => {
    expect(allowanceFor(check(spec), expected, healthy)).toEqual({ allowed, remediations });
  });

  test("says why not [CORE-355]", () => {
    expect(restrictedMessage(check({ maxUnhealthy: "40%" }), 5, 3)).toBe(
      "Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: 5, unhealthy: 3, maxUnhealthy: 40%)",
    );
    expect(() => allowanceFor(check({ unhealthyRange: "[3-1]" }), 1, 1)).toThrow(/is not a range/);
  });
});
