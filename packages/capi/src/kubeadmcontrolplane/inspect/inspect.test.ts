import type { Pod } from "@slipway/api";
import { describe, expect, test } from "vitest";
import type { EtcdMembership } from "../../workload/port.ts";
import { isControlPlaneNode } from "../controlplane.ts";
import { cluster, controlPlane, kcp, machine, node, now, pod } from "../testing/objects.ts";
import { type EtcdSeen, inspectEtcd } from "./etcd.ts";
import type { Finding } from "./findings.ts";
import { inspect } from "./index.ts";
import { inspectPods, staticPods } from "./pods.ts";

const components = staticPods(true).map(({ component }) => component);
const allPods = (...nodes: readonly string[]) => nodes.flatMap((name) => components.map((component) => pod(component, name)));
const show = (finding: Finding | { older?: Finding["older"]; newer?: Finding["newer"] } | undefined): string =>
  [
    finding?.older === undefined
      ? "-"
      : [finding.older.status, finding.older.severity, finding.older.reason]
          .filter((part) => part !== undefined && part !== "")
          .join("/"),
    finding?.newer === undefined ? "-" : `${finding.newer.status}/${finding.newer.reason}`,
  ].join(" | ");

describe("a static pod as the control plane sees it", () => {
  const status = (
    phase: string,
    ready: string | undefined,
    containers: NonNullable<Pod["status"]>["containerStatuses"] = [],
  ): Pod["status"] => ({
    phase: phase as "Running",
    conditions: ready === undefined ? [] : [{ type: "Ready", status: ready as "True" }],
    containerStatuses: containers,
  });
  const container = (state: object, exitCode = 0) => ({
    name: "c",
    ready: false,
    restartCount: 0,
    image: "i",
    imageID: "",
    state,
    lastState: exitCode === 0 ? {} : { terminated: { exitCode } },
  });
  test.each<[string, Pod["status"] | undefined, string]>([
    ["missing [KCP-166]", undefined, "False/Error/PodMissing | False/DoesNotExist"],
    ["pending [KCP-167]", status("Pending", undefined), "False/Info/PodProvisioning | False/Provisioning"],
    ["running and ready [KCP-168]", status("Running", "True"), "True | True/Running"],
    [
      "waiting [KCP-169]",
      status("Running", "False", [container({ waiting: { reason: "ContainerCreating" } })]),
      "False/Info/PodProvisioning | False/Provisioning",
    ],
    [
      "crashing [KCP-169]",
      status("Running", "False", [container({ waiting: { reason: "CrashLoopBackOff" } }, 1)]),
      "False/Error/PodFailed | False/Failed",
    ],
    [
      "terminated [KCP-169]",
      status("Running", "False", [container({ terminated: { exitCode: 0, reason: "Completed" } })]),
      "False/Error/PodFailed | False/Failed",
    ],
    [
      "before its probes [KCP-169]",
      status("Running", "False", [container({ running: {} })]),
      "False/Info/PodProvisioning | False/Provisioning",
    ],
    ["failed [KCP-170]", status("Failed", undefined), "False/Error/PodFailed | False/Failed"],
    ["succeeded [KCP-170]", status("Succeeded", undefined), "False/Error/PodFailed | False/Failed"],
    ["unknown [KCP-170]", status("Unknown", undefined), "Unknown/PodInspectionFailed | Unknown/InspectionFailed"],
  ])("%s", (_, podStatus, expected) => {
    const others = allPods("a").filter(({ metadata }) => metadata.name !== "kube-apiserver-a");
    const pods = podStatus === undefined ? others : [...others, pod("kube-apiserver", "a", podStatus)];
    const seen = inspectPods(controlPlane([machine("a")]), { nodes: [node("a")], pods });
    const finding = seen.machines.get("a")?.find(({ newer }) => newer.type === "APIServerPodHealthy");
    expect(show(finding)).toBe(expected);
  });
});

describe("a machine whose pods cannot be judged", () => {
  test.each([
    ["has no node yet [KCP-160]", machine("a", { node: null, providerId: "" }), [node("b")], "- | Unknown/InspectionFailed"],
    ["is going [KCP-161]", machine("a", { deleting: 10 }), [node("a")], "False/Info/Deleting | False/Deleting"],
    [
      "is unreachable [KCP-162]",
      machine("a"),
      [node("a", { unreachable: true })],
      "Unknown/PodInspectionFailed | Unknown/InspectionFailed",
    ],
    [
      "has a node of unknown state [KCP-162]",
      machine("a"),
      [node("a", { ready: "Unknown" })],
      "Unknown/PodInspectionFailed | Unknown/InspectionFailed",
    ],
    ["lost its node [KCP-163]", machine("a"), [], "False/Error/PodFailed | Unknown/InspectionFailed"],
  ])("%s", (_, made, nodes, expected) => {
    const seen = inspectPods(controlPlane([made]), { nodes, pods: allPods("a") });
    expect(seen.machines.get("a")?.map(show)).toEqual(Array.from({ length: 4 }, () => expected));
  });

  test("nobody could list the nodes [KCP-159]", () => {
    const seen = inspectPods(controlPlane([machine("a")]), { nodesError: "refused" });
    expect(show(seen.machines.get("a")?.[0])).toBe("Unknown/PodInspectionFailed | Unknown/InspectionFailed");
    expect(show(seen.controlPlane[0])).toBe("Unknown/ControlPlaneComponentsInspectionFailed | Unknown/InspectionFailed");
  });

  test("external etcd has no pods here [KCP-165] [KCP-223]", () => {
    expect(staticPods(false).map(({ component }) => component)).not.toContain("etcd");
  });
});

describe("the components as a whole [KCP-171] [KCP-172]", () => {
  const whole = (
    machines: Parameters<typeof controlPlane>[0],
    nodes: readonly ReturnType<typeof node>[],
    pods: ReturnType<typeof allPods>,
  ) => show(inspectPods(controlPlane(machines), { nodes, pods }).controlPlane[0]);
  test("all well", () => {
    expect(whole([machine("a"), machine("b")], [node("a"), node("b")], allPods("a", "b"))).toBe("True | True/Healthy");
  });
  test("one pod missing", () => {
    expect(whole([machine("a"), machine("b")], [node("a"), node("b")], allPods("a"))).toBe(
      "False/Error/ControlPlaneComponentsUnhealthy | False/NotHealthy",
    );
  });
  test("one machine unclear: True beats Unknown in the older family only", () => {
    expect(whole([machine("a"), machine("b")], [node("a"), node("b", { unreachable: true })], allPods("a", "b"))).toBe(
      "True | Unknown/HealthUnknown",
    );
  });
  test("a machine that is still being made counts as fine", () => {
    expect(whole([machine("a"), machine("b", { node: null, providerId: "" })], [node("a")], allPods("a"))).toBe(
      "True | True/Healthy",
    );
  });
  test("a node without a machine is an error, but not while a machine is still without a node [KCP-164]", () => {
    expect(whole([machine("a")], [node("a"), node("stray")], allPods("a"))).toBe(
      "False/Error/ControlPlaneComponentsUnhealthy | False/NotHealthy",
    );
    expect(whole([machine("a"), machine("b", { node: null, providerId: "" })], [node("a"), node("stray")], allPods("a"))).toBe(
      "True | True/Healthy",
    );
  });
});

test("a control plane node is one with either label, and an empty value [KCP-158]", () => {
  const labelled = (labels: { [key: string]: string }) =>
    isControlPlaneNode({ ...node("a"), metadata: { ...node("a").metadata, labels } });
  expect(labelled({ "node-role.kubernetes.io/control-plane": "" })).toBe(true);
  expect(labelled({ "node-role.kubernetes.io/master": "" })).toBe(true);
  expect(labelled({ "node-role.kubernetes.io/control-plane": "true" })).toBe(false);
  expect(labelled({})).toBe(false);
});

describe("etcd", () => {
  const membership = (names: readonly string[], parts: Partial<EtcdMembership> = {}): EtcdMembership => ({
    members: names.map((name, at) => ({ id: `${at + 1}`, name, isLearner: false })),
    leaderId: "1",
    alarms: [],
    errors: [],
    ...parts,
  });
  const look = (machines: Parameters<typeof controlPlane>[0], seen: EtcdSeen) => {
    const found = inspectEtcd(controlPlane(machines), seen);
    return { ...found, a: show(found.machines.get("a")?.[0]), whole: show(found.controlPlane[0]) };
  };
  const nodes = [node("a"), node("b")];
  const both = [machine("a"), machine("b")];

  test.each<[string, EtcdSeen, string, string]>([
    ["all well [KCP-178]", { nodes, membership: membership(["a", "b"]) }, "True | True/Healthy", "True | True/Healthy"],
    [
      "nobody answers [KCP-177]",
      { nodes, unreachable: "no" },
      "Unknown/MemberInspectionFailed | Unknown/InspectionFailed",
      "Unknown/EtcdClusterUnknown | Unknown/HealthUnknown",
    ],
    [
      "it reports errors [KCP-177]",
      { nodes, membership: membership(["a", "b"], { errors: ["no leader"] }) },
      "False/Error/EtcdMemberUnhealthy | False/NotHealthy",
      "False/Error/EtcdClusterUnhealthy | False/NotHealthy",
    ],
    [
      "a member is missing [KCP-178]",
      { nodes, membership: membership(["b"]) },
      "False/Error/EtcdMemberUnhealthy | False/NotHealthy",
      "False/Error/EtcdClusterUnhealthy | False/NotHealthy",
    ],
    [
      "an alarm is raised [KCP-178]",
      { nodes, membership: membership(["a", "b"], { alarms: [{ memberId: "1", type: "NOSPACE" }] }) },
      "False/Error/EtcdMemberUnhealthy | False/NotHealthy",
      "False/Error/EtcdClusterUnhealthy | False/NotHealthy",
    ],
    [
      "the nodes cannot be listed [KCP-174]",
      { nodesError: "no" },
      "Unknown/MemberInspectionFailed | Unknown/InspectionFailed",
      "Unknown/EtcdClusterInspectionFailed | Unknown/InspectionFailed",
    ],
  ])("%s", (_, seen, a, whole) => {
    expect(look(both, seen)).toMatchObject({ a, whole });
  });

  test("machines that come or go say so [KCP-175]", () => {
    const seen = { nodes, membership: membership(["b"]) };
    expect(look([machine("a", { node: null, providerId: "" }), machine("b")], seen).a).toBe("- | Unknown/InspectionFailed");
    expect(look([machine("a", { deleting: 5 }), machine("b")], seen).a).toBe("False/Info/Deleting | False/Deleting");
  });

  test("members and machines match, give or take who is on the way [KCP-179] [KCP-180] [KCP-181] [SIM-072]", () => {
    expect(look(both, { nodes, membership: membership(["a", "b"]) }).matching).toBe(true);
    expect(look(both, { nodes, membership: membership(["b"]) }).matching).toBe(false);
    expect(look(both, { nodes: [node("a", { age: 60 }), node("b")], membership: membership(["b"]) }).matching).toBe(true);
    expect(look(both, { nodes, membership: membership(["a", "b", "ghost"]) })).toMatchObject({
      matching: false,
      whole: "False/Error/EtcdClusterUnhealthy | False/NotHealthy",
    });
    const coming = [machine("a"), machine("c", { node: null, providerId: "" })];
    expect(look(coming, { nodes: [node("a")], membership: membership(["a", ""]) }).matching).toBe(true);
    expect(
      look([machine("a")], { nodes: [node("a")], membership: membership(["a", ""]) }).controlPlane[0]?.newer?.message,
    ).toContain("2 (Name not yet assigned)");
  });

  test("that is external is taken for well and left alone [KCP-173] [KCP-222] [KCP-223]", () => {
    const external = { endpoints: ["https://e"], caFile: "a", certFile: "b", keyFile: "c" };
    const elsewhere = kcp({ kubeadmConfigSpec: { clusterConfiguration: { etcd: { external } } } });
    const seen = inspectEtcd(controlPlane(both, { kcp: elsewhere }), { nodes, unreachable: "etcd is external" });
    expect([...seen.machines]).toEqual([]);
    expect(seen.controlPlane.map(show)).toEqual(["True | -"]);
  });
});

describe("without a connection", () => {
  const initialized = (availableSeconds: number) => {
    const base = kcp();
    const at = `${new Date(now.getTime() - availableSeconds * 1000).toISOString().slice(0, 19)}Z`;
    return {
      ...base,
      status: { initialized: true, conditions: [{ type: "Available", status: "True", lastTransitionTime: at }] },
    };
  };
  const plane = (parts: object) => controlPlane([machine("a")], { cluster: cluster(), ...parts });

  test("before the control plane stands everything is unknown, and nobody waits for it [KCP-155]", () => {
    const seen = inspect(plane({}), { state: "notInitialized" });
    expect(seen.blind).toBe(false);
    expect(seen.machines.get("a")?.map(show)).toEqual(Array.from({ length: 5 }, () => "- | Unknown/InspectionFailed"));
    expect(seen.controlPlane.map(show)).toEqual(["- | Unknown/InspectionFailed", "- | Unknown/InspectionFailed"]);
  });

  test("within the grace period what was seen last stands [KCP-157]", () => {
    const seen = inspect(plane({ kcp: initialized(3600) }), { state: "disconnected", since: new Date(now.getTime() - 60_000) });
    expect(seen.blind).toBe(true);
    expect(seen.machines.size).toBe(0);
    expect(seen.controlPlane.map(show)).toEqual(["- | Unknown/ConnectionDown", "- | Unknown/ConnectionDown"]);
  });

  test("after it nothing is known any more [KCP-156]", () => {
    const seen = inspect(plane({ kcp: initialized(3600) }), { state: "disconnected", since: new Date(now.getTime() - 301_000) });
    expect(seen.blind).toBe(true);
    expect(seen.machines.get("a")?.map(show)).toEqual(Array.from({ length: 5 }, () => "- | Unknown/ConnectionDown"));
    const young = inspect(plane({ kcp: initialized(60) }), { state: "disconnected", since: undefined });
    expect(young.machines.size).toBe(0);
  });
});
