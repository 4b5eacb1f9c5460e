import { controlPlaneAnnotations, type KubeadmControlPlane, type Machine, type Stored } from "@slipway/api";
import { findCondition, type Report, type Verdict } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import type { EtcdMembership } from "../workload/port.ts";
import type { ControlPlane } from "./controlplane.ts";
import { inspect } from "./inspect/index.ts";
import { withFindings } from "./machinestatus.ts";
import { preTerminate } from "./phases/preterminate.ts";
import { recovered } from "./phases/remediate.ts";
import { schedule } from "./phases/schedule.ts";
import { syncMachines } from "./phases/syncmachines.ts";
import { type Facts, MachineCreationError, type Scope } from "./scope.ts";
import { status } from "./status.ts";
import { ago, cluster, condition, controlPlane, healthy, kcp, machine, node, now, pod } from "./testing/objects.ts";
import { outdatedBecause } from "./uptodate.ts";

type Machines = Parameters<typeof controlPlane>[0];
const scopeOf = (plane: ControlPlane): Scope =>
  ({
    ...plane,
    adoptable: [],
    allControlPlane: [],
    allMachines: plane.members.map((member) => member.machine),
  }) as unknown as Scope;

const components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];
const ready = (machines: Machines) =>
  machines.map(
    (made): Stored<Machine> => ({
      ...made,
      status: {
        ...made.status,
        conditions: [
          ...(findCondition(made.status?.conditions, "Ready") ? [] : [condition("Ready", "True", "")]),
          ...(made.status?.conditions ?? []),
        ],
        v1beta2: {
          conditions: ["Ready", "Available"].map((type) => ({
            type,
            status: "True" as const,
            reason: type,
            message: "",
            lastTransitionTime: ago(60),
          })),
        },
      },
    }),
  );

const initialized = (replicas = 3, spec: Partial<KubeadmControlPlane["spec"]> = {}): Stored<KubeadmControlPlane> => ({
  ...kcp({ replicas, ...spec }),
  status: {
    initialized: true,
    ready: true,
    conditions: [{ type: "Available", status: "True", lastTransitionTime: ago(3600) }],
    v1beta2: {
      conditions: [{ type: "Initialized", status: "True", reason: "Initialized", message: "", lastTransitionTime: ago(3600) }],
    },
  },
});

/** A pass that looked at everything and found these members, nodes and pods. */
const look = (
  machines: Machines,
  options: {
    readonly owner?: Stored<KubeadmControlPlane>;
    readonly members?: readonly string[];
    readonly learners?: readonly string[];
    readonly broken?: readonly string[];
    readonly verdicts?: readonly Verdict[];
    readonly facts?: Partial<Facts>;
    readonly etcdUnreachable?: boolean;
  } = {},
) => {
  const plane = controlPlane(ready(machines), { kcp: options.owner ?? initialized(), cluster: cluster() });
  const names = machines.flatMap((made) => made.status?.nodeRef?.name ?? []);
  const nodes = names.map((name) => node(name));
  const membership: EtcdMembership = {
    members: (options.members ?? names).map((name, at) => ({
      id: `${at + 1}`,
      name,
      isLearner: options.learners?.includes(name) ?? false,
    })),
    leaderId: "1",
    alarms: [],
    errors: [],
  };
  const pods = names
    .filter((name) => !options.broken?.includes(name))
    .flatMap((name) => components.map((each) => pod(each, name)));
  const inspection = inspect(plane, {
    state: "connected",
    pods: { nodes, pods },
    etcd: options.etcdUnreachable ? { nodes, unreachable: "no" } : { nodes, membership },
  });
  const outdated = new Map(plane.members.map((member) => [member.machine.metadata.name, outdatedBecause(member, plane)]));
  const facts: Partial<Facts> = {
    inspection,
    outdated,
    members: withFindings(plane, inspection, outdated),
    readyNodes: names.length,
    ...options.facts,
  };
  const report = {
    scope: scopeOf(plane),
    now,
    deleting: plane.kcp.metadata.deletionTimestamp !== undefined,
    facts,
    verdicts: options.verdicts ?? [{ phase: "certificates", outcome: "ready" as const }],
    errors: [],
    acted: false,
    complete: true,
    recheckSeconds: undefined,
  } as Report<Scope, Facts>;
  const found = status(plane.kcp, report);
  const older = (type: string) => {
    const { status: value, severity, reason } = findCondition(found.conditions, type) ?? {};
    return [value, severity, reason].filter((part) => part !== undefined && part !== "").join("/");
  };
  const newer = (type: string) => {
    const { status: value, reason } = findCondition(found.v1beta2?.conditions, type) ?? {};
    return value === undefined ? "" : `${value}/${reason}`;
  };
  const message = (type: string) => findCondition(found.v1beta2?.conditions, type)?.message;
  return { found, older, newer, message };
};

const three = ["a", "b", "c"].map((name) => machine(name));

describe("the counters", () => {
  test("count machines, their nodes and what their conditions say [KCP-192] [KCP-193] [KCP-194] [KCP-203] [TRAP-011]", () => {
    const { found } = look([machine("a"), machine("b", { version: "v1.30.0" }), machine("c", { node: null })]);
    expect(found).toMatchObject({
      selector: "cluster.x-k8s.io/cluster-name=demo,cluster.x-k8s.io/control-plane",
      replicas: 3,
      updatedReplicas: 2,
      readyReplicas: 2,
      unavailableReplicas: 1,
      v1beta2: { readyReplicas: 3, availableReplicas: 3, upToDateReplicas: 2 },
    });
  });
  test("the version is the lowest, with the build; without machines it stays [KCP-195] [CORE-465]", () => {
    expect(
      look([machine("a"), machine("b", { version: "v1.31.2+b" }), machine("c", { version: "v1.31.2+a" })]).found.version,
    ).toBe("v1.31.2");
    expect(look([machine("a", { version: "v1.32.0" }), machine("b", { version: "v1.31.9" })]).found.version).toBe("v1.31.9");
    const before = initialized();
    expect(look([], { owner: { ...before, status: { ...before.status, version: "v1.29.0" } } }).found.version).toBe("v1.29.0");
  });
  test("initialized and ready never go back [KCP-196] [KCP-197] [TRAP-011]", () => {
    const { found, older } = look([], { facts: { readyNodes: 0 } });
    expect(found).toMatchObject({ initialized: true, ready: true, readyReplicas: 0 });
    expect(older("Available")).toBe("True");
  });
});

describe("the older conditions", () => {
  test("Resized, and what it says of the way there [KCP-199] [KCP-200]", () => {
    expect(look(three.slice(1)).older("Resized")).toBe("False/Warning/ScalingUp");
    expect(look([...three, machine("d")]).older("Resized")).toBe("False/Warning/ScalingDown");
    expect(look(three).older("Resized")).toBe("True");
    expect(look(three).older("MachinesCreated")).toBe("True");
    expect(look(three.slice(1)).older("MachinesCreated")).toBe("");
  });
  test("Ready sums up six of them; the health of etcd and pods is told beside it [KCP-063]", () => {
    const { found, older } = look(three, { broken: ["a"] });
    expect(older("ControlPlaneComponentsHealthy")).toBe("False/Error/ControlPlaneComponentsUnhealthy");
    expect(older("Ready")).toBe("True");
    expect(found.conditions?.map(({ type }) => type)).toEqual([
      "Ready",
      "Available",
      "CertificatesAvailable",
      "ControlPlaneComponentsHealthy",
      "EtcdClusterHealthy",
      "MachinesCreated",
      "MachinesReady",
      "Resized",
    ]);
  });
  test.each(["InfrastructureTemplateCloningFailed", "BootstrapTemplateCloningFailed", "MachineGenerationFailed"] as const)(
    "a machine that could not be made says where it failed: %s [KCP-076]",
    (reason) => {
      const error = new MachineCreationError(reason, new Error("quota"));
      const verdicts: readonly Verdict[] = [{ phase: "changeMachines", outcome: "error", message: "quota", error }];
      const { found, older } = look(three.slice(1), { verdicts });
      expect(older("MachinesCreated")).toBe(`False/Error/${reason}`);
      expect(findCondition(found.conditions, "MachinesCreated")?.message).toBe("quota");
    },
  );
  test("machines that are not ready name themselves [KCP-201]", () => {
    const sick = { ...machine("b") };
    const conditions = [condition("Ready", "False", "NodeNotFound", "Error"), ...healthy()];
    const { older } = look([machine("a"), { ...sick, status: { ...sick.status, conditions } }]);
    expect(older("MachinesReady")).toBe("False/Error/NodeNotFound @ Machine/b");
  });
});

describe("the newer conditions", () => {
  test("there is no Ready, and the order is fixed [KCP-064] [KCP-065] [TRAP-015]", () => {
    expect(look(three).found.v1beta2?.conditions?.map(({ type }) => type)).toEqual([
      "Available",
      "CertificatesAvailable",
      "Initialized",
      "EtcdClusterHealthy",
      "ControlPlaneComponentsHealthy",
      "RollingOut",
      "Remediating",
      "ScalingDown",
      "ScalingUp",
      "MachinesReady",
      "MachinesUpToDate",
      "Deleting",
    ]);
  });
  test("a rollout lists why, versions first [KCP-205] [KCP-103]", () => {
    const old = [machine("a", { version: "v1.30.0" }), machine("b", { age: 900 })];
    const { newer, message } = look(old, { owner: initialized(3, { rolloutAfter: ago(600) }) });
    expect(newer("RollingOut")).toBe("True/RollingOut");
    expect(message("RollingOut")).toBe(
      "Rolling out 2 not up-to-date replicas\n* Version v1.30.0, v1.31.2 required\n* KubeadmControlPlane spec.rolloutAfter expired",
    );
    expect(newer("MachinesUpToDate")).toBe("False/NotUpToDate");
  });
  test("scaling says what is in its way [KCP-206] [KCP-207]", () => {
    const up = look(three.slice(1), { facts: { blockedUp: { components: true, etcd: true } } });
    expect(up.message("ScalingUp")).toBe(
      "Scaling up from 2 to 3 replicas is blocked because:\n* waiting for control plane components to become healthy\n* waiting for etcd cluster to become healthy",
    );
    const down = look([...three, machine("d", { deleting: 1000 })], { facts: { blockedDown: { deleting: true } } });
    expect(down.message("ScalingDown")).toBe(
      "Scaling down from 4 to 3 replicas is blocked because:\n* waiting for a control plane Machine to complete deletion\n* Machine d in deletion since more than 15m",
    );
    expect(look(three).newer("ScalingUp")).toBe("False/NotScalingUp");
    expect(look(three, { facts: { templateMissing: true } }).message("ScalingUp")).toContain("would be blocked");
    expect(
      look(three, { owner: { ...initialized(), spec: { ...initialized().spec, replicas: undefined } } }).newer("ScalingUp"),
    ).toBe("Unknown/WaitingForReplicasSet");
  });
  test("no machines, nothing to say of them [KCP-208] [KCP-209]", () => {
    const { newer } = look([]);
    expect([newer("MachinesReady"), newer("MachinesUpToDate")]).toEqual(["True/NoReplicas", "True/NoReplicas"]);
  });
  test("sick machines, and whose task they are [KCP-210]", () => {
    const sick = (more: readonly string[]) =>
      machine("a", {
        conditions: [...healthy(), condition("HealthCheckSucceeded", "False"), ...more.map((type) => condition(type, "False"))],
      });
    expect(look([sick(["OwnerRemediated"]), ...three.slice(1)]).newer("Remediating")).toBe("True/Remediating");
    const other = look([sick([]), ...three.slice(1)]);
    expect(other.newer("Remediating")).toBe("False/NotRemediating");
    expect(other.message("Remediating")).toContain("Machine a not healthy");
  });
  test("initialized or not [KCP-204]", () => {
    expect(look(three).newer("Initialized")).toBe("True/Initialized");
    expect(look([], { owner: kcp() }).newer("Initialized")).toBe("False/NotInitialized");
  });
});

describe("the control plane is available [KCP-212] [KCP-213] [KCP-214] [KCP-215]", () => {
  test.each<[string, ReturnType<typeof look>, string]>([
    ["when all is well", look(three), "True/Available"],
    ["with one machine broken", look(three, { broken: ["a"] }), "True/Available"],
    ["not with none whole", look(three, { broken: ["a", "b", "c"] }), "False/NotAvailable"],
    ["not before it stands", look([], { owner: kcp() }), "False/NotAvailable"],
    [
      "not without its certificates",
      look(three, { verdicts: [{ phase: "certificates", outcome: "error", message: "x", error: 0 }] }),
      "False/NotAvailable",
    ],
    ["not while members and machines differ", look(three, { members: ["a", "b", "c", "ghost"] }), "False/NotAvailable"],
    ["nobody knows while etcd is silent", look(three, { etcdUnreachable: true }), "Unknown/InspectionFailed"],
    [
      "with learners, who have no vote",
      look([machine("a"), machine("b", { node: null })], { members: ["a", "b"], learners: ["b"] }),
      "True/Available",
    ],
    [
      "with a machine that is still being made",
      look([machine("a"), machine("b", { node: null, providerId: "" })], { members: ["a"] }),
      "True/Available",
    ],
  ])("%s", (_, { newer }, expected) => expect(newer("Available")).toBe(expected));

  test("right after it was founded, etcd has two minutes [KCP-212]", () => {
    const young = initialized();
    const conditions = [
      { type: "Initialized", status: "True" as const, reason: "Initialized", message: "", lastTransitionTime: ago(60) },
    ];
    const owner = { ...young, status: { ...young.status, v1beta2: { conditions } } };
    expect(look(three, { owner, etcdUnreachable: true }).newer("Available")).toBe("False/NotAvailable");
  });
  test("is not while it is deleted, and says how far that is [KCP-202] [KCP-211] [KCP-213]", () => {
    const base = initialized();
    const owner = { ...base, metadata: { ...base.metadata, deletionTimestamp: ago(5) } };
    const deleting = { reason: "WaitingForMachineDeletion", message: "Deleting 3 Machines: a, b, c" };
    const { newer, found, older } = look(three, { owner, facts: { deleting } });
    expect([newer("Available"), newer("Deleting"), older("Resized")]).toEqual([
      "False/NotAvailable",
      "True/WaitingForMachineDeletion",
      "False/Info/Deleting",
    ]);
    expect(found).toMatchObject({ readyReplicas: 0, unavailableReplicas: 3 });
    expect(newer("ScalingDown")).toBe("True/ScalingDown");
  });
});

describe("before a machine's server ends", () => {
  const hook = { [controlPlaneAnnotations.preTerminateHook]: "" };
  const waits = condition("PreTerminateDeleteHookSucceeded", "False", "WaitingExternalHook", "Info");
  const going = (
    name: string,
    deleting: number,
    annotations: { [key: string]: string } = hook,
    conditions: ReturnType<typeof healthy> = [...healthy(), waits],
  ) => machine(name, { deleting, annotations, conditions });
  const decide = (machines: Machines, owner = initialized()) => {
    const plane = controlPlane(machines, { kcp: owner });
    const decision = preTerminate.decide(null, scopeOf(plane), {});
    return decision.outcome === "act" ? decision.effects.map((effect) => effect.call).join(", ") : decision.outcome;
  };
  test("nobody is going [KCP-145]", () => expect(decide(three)).toBe("ready"));
  test("the lead is handed over, the member leaves, the hook goes; nothing else happens meanwhile [KCP-149] [KCP-151] [TRAP-013] [TRAP-014]", () => {
    expect(decide([going("a", 60), machine("b"), machine("c")])).toBe("moveLeader, removeMemberOf, patch");
  });
  test("it has to be drained first [KCP-148]", () => {
    expect(decide([going("a", 60, hook, healthy()), machine("b")])).toBe("wait");
    const done = condition("PreTerminateDeleteHookSucceeded", "True");
    expect(decide([going("a", 60, hook, [...healthy(), done]), machine("b")])).toBe("wait");
  });
  test("one at a time, the longest first [KCP-145] [KCP-146]", () => {
    expect(decide([going("a", 60), going("b", 30, {}), machine("c")])).toBe("wait");
    const plane = controlPlane([going("a", 30), going("b", 60), machine("c")], { kcp: initialized() });
    const decision = preTerminate.decide(null, scopeOf(plane), {});
    expect(decision.outcome === "act" && decision.effects[1]).toMatchObject({
      call: "removeMemberOf",
      machine: { metadata: { name: "b" } },
    });
  });
  test("since 1.31 after all other hooks [KCP-147]", () => {
    const other = { ...hook, "pre-terminate.delete.hook.machine.cluster.x-k8s.io/mine": "" };
    expect(decide([going("a", 60, other), machine("b")])).toBe("wait");
    expect(decide([going("a", 60, other), machine("b")], initialized(3, { version: "v1.30.4" }))).toBe(
      "moveLeader, removeMemberOf, patch",
    );
  });
  test("the last one, and one without etcd, only lose their hook [KCP-150] [KCP-223]", () => {
    expect(decide([going("a", 60)])).toBe("patch");
    const external = { endpoints: ["https://e"], caFile: "a", certFile: "b", keyFile: "c" };
    const elsewhere = initialized(3, { kubeadmConfigSpec: { clusterConfiguration: { etcd: { external } } } });
    expect(decide([going("a", 60), machine("b")], elsewhere)).toBe("patch");
  });
});

test("a machine that got well is no longer ours to remediate [KCP-129]", () => {
  const conditions = [...healthy(), condition("HealthCheckSucceeded", "True"), condition("OwnerRemediated", "False")];
  const decision = recovered.decide(null, scopeOf(controlPlane([machine("a", { conditions }), machine("b")])), {});
  const [effect] = decision.outcome === "act" ? decision.effects : [];
  expect(effect).toMatchObject({ call: "patch", ref: { name: "a" }, subresource: "status" });
  expect(JSON.stringify(effect)).toContain("HealthCheckSucceeded");
  expect(JSON.stringify(effect)).not.toContain("OwnerRemediated");
  expect(recovered.decide(null, scopeOf(controlPlane([machine("b")])), {}).outcome).toBe("ready");
});

test("a machine that is going only gets the timeouts of its end [KCP-088]", async () => {
  const timeouts = { nodeDrainTimeout: "1m0s", nodeDeletionTimeout: "2m0s" };
  const base = kcp();
  const owner = {
    ...base,
    spec: { ...base.spec, machineTemplate: { ...base.spec.machineTemplate, ...timeouts, metadata: { labels: { a: "b" } } } },
  };
  const plane = scopeOf(controlPlane([machine("a", { deleting: 5 })], { kcp: owner }));
  const { effects } = await syncMachines.observe(plane, {});
  expect(effects).toHaveLength(1);
  expect(effects[0]).toMatchObject({ call: "patch", ref: { name: "a" }, patch: { type: "merge", body: { spec: timeouts } } });
});

test("what only time brings is looked at when it is due [KCP-060] [KCP-094]", () => {
  const recheck = (owner: Stored<KubeadmControlPlane>, facts: Partial<Facts> = {}, machines: Machines = three) => {
    const decision = schedule.decide(null, scopeOf(controlPlane(machines, { kcp: owner })), facts);
    return decision.outcome === "wait" ? decision.recheckSeconds : undefined;
  };
  expect(recheck(initialized())).toBe(86_400);
  expect(recheck(initialized(3, { rolloutAfter: ago(-300) }))).toBe(301);
  const expires = `${new Date(now.getTime() + 30 * 86_400_000 + 60_000).toISOString().slice(0, 19)}Z`;
  expect(recheck(initialized(3, { rolloutBefore: { certificatesExpiryDays: 30 } }), {}, [machine("a", { expires })])).toBe(61);
  const blind = inspect(controlPlane(three, { kcp: kcp() }), { state: "notInitialized" });
  expect(recheck(kcp(), { inspection: blind })).toBe(20);
});
