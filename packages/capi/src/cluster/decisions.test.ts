import type { Cluster, Machine, MachineDeployment, Stored, UnstructuredObject } from "@slipway/api";
import { findCondition, type Verdict } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import type { External } from "../external/index.ts";
import { upToDateDue } from "./conditions.ts";
import type { ClusterFacts, ClusterScope, Descendants } from "./scope.ts";
import { type ClusterReport, desired, phaseOf, status } from "./status.ts";

const now = new Date("2026-01-01T01:00:00Z");
const past = "2026-01-01T00:00:00Z";
type Object = Stored<UnstructuredObject>;

const none: Descendants = {
  machinePools: [],
  machineDeployments: [],
  machineSets: [],
  controlPlaneMachines: [],
  workerMachines: [],
};
const infraRef = { apiVersion: "infra.x/v1", kind: "InfraCluster", name: "i" };
const cpRef = { apiVersion: "cp.x/v1", kind: "ControlPlane", name: "c" };
const cluster = (
  parts: { spec?: Partial<Cluster["spec"]>; status?: Cluster["status"]; metadata?: object } = {},
): Stored<Cluster> =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: {
      name: "one",
      namespace: "n",
      uid: "u",
      generation: 3,
      resourceVersion: "1",
      creationTimestamp: past,
      ...parts.metadata,
    },
    spec: { infrastructureRef: infraRef, controlPlaneRef: cpRef, ...parts.spec },
    ...(parts.status ? { status: parts.status } : {}),
  }) as Stored<Cluster>;
const external = (reference: typeof infraRef, object: object | null): External => ({
  reference,
  resource: {
    group: reference.apiVersion.split("/")[0] ?? "",
    version: "v1",
    kind: reference.kind,
    plural: "x",
    scope: "Namespaced",
  },
  object:
    object === null
      ? undefined
      : ({
          apiVersion: reference.apiVersion,
          kind: reference.kind,
          metadata: { name: reference.name, uid: "x" },
          ...object,
        } as unknown as Object),
});
const infrastructure = (object: object | null = {}) => external(infraRef, object);
const controlPlane = (object: object | null = {}) => external(cpRef, object);
const report = (
  of: Stored<Cluster>,
  facts: Partial<ClusterFacts>,
  more: {
    descendants?: Partial<Descendants>;
    lastProbe?: Date;
    startedAt?: Date;

    verdicts?: readonly Verdict[];
    errors?: readonly unknown[];
    class?: object;
  } = {},
): ClusterReport => ({
  facts,
  verdicts: more.verdicts ?? [],
  complete: false,
  acted: false,
  recheckSeconds: undefined,
  errors: more.errors ?? [],
  now,
  deleting: of.metadata.deletionTimestamp !== undefined,
  scope: {
    cluster: of,
    clusterClass: more.class as ClusterScope["clusterClass"],
    descendants: { ...none, ...more.descendants },
    lastProbeSuccess: more.lastProbe,
    startedAt: more.startedAt ?? new Date(past),
    context: undefined as unknown as ClusterScope["context"],
  },
});
const statusOf = (of: Stored<Cluster>, facts: Partial<ClusterFacts>, more?: Parameters<typeof report>[2]) =>
  status(of, report(of, facts, more));
const v1 = (of: Cluster["status"], type: string) => findCondition(of?.conditions, type);
const v2 = (of: Cluster["status"], type: string) => findCondition(of?.v1beta2?.conditions, type);
const condition = (type: string, value: string, reason = "R", message = "") => ({
  type,
  status: value,
  reason,
  message,
  lastTransitionTime: past,
});
const gone = { metadata: { deletionTimestamp: past } };

describe("a Cluster's phase", () => {
  const endpoint = { host: "h", port: 6443 };
  test.each([
    [{ spec: { infrastructureRef: undefined, controlPlaneRef: undefined } }, "Pending"],
    [{}, "Provisioning"],
    [{ status: { infrastructureReady: true } }, "Provisioning"],
    [{ status: { infrastructureReady: true }, spec: { controlPlaneEndpoint: { host: "", port: 6443 } } }, "Provisioning"],
    [{ status: { infrastructureReady: true }, spec: { controlPlaneEndpoint: endpoint } }, "Provisioned"],
    [{ status: { infrastructureReady: true, failureMessage: "x" }, spec: { controlPlaneEndpoint: endpoint } }, "Failed"],
    [{ status: { failureReason: "x" }, ...gone }, "Deleting"],
  ] as const)("%j is %s [CORE-161] [CORE-133]", (parts, phase) => {
    expect(phaseOf(cluster(parts as Parameters<typeof cluster>[0]))).toBe(phase);
  });
});

describe("what a Cluster takes from its references", () => {
  const offered = (host: string) => ({ spec: { controlPlaneEndpoint: { host, port: 6443 } }, status: { ready: true } });
  const endpointFrom = (of: Stored<Cluster>, facts: Partial<ClusterFacts>) =>
    desired(of, report(of, facts)).spec.controlPlaneEndpoint;
  test("the endpoint comes from infrastructure, then from the control plane, and is never changed [CORE-152] [CORE-153] [CORE-422] [CORE-423] [CORE-462]", () => {
    const both = { infrastructure: infrastructure(offered("infra")), controlPlane: controlPlane(offered("plane")) };
    expect(endpointFrom(cluster(), both)?.host).toBe("infra");
    expect(endpointFrom(cluster(), { ...both, infrastructure: infrastructure({ status: { ready: true } }) })?.host).toBe("plane");
    expect(endpointFrom(cluster({ spec: { controlPlaneEndpoint: { host: "mine", port: 1 } } }), both)?.host).toBe("mine");
    const notReady = { ...offered("early"), status: { ready: false } };
    expect(endpointFrom(cluster(), { infrastructure: infrastructure(notReady) })).toBeUndefined();
    expect(
      endpointFrom(cluster({ status: { infrastructureReady: true } }), { infrastructure: infrastructure(notReady) })?.host,
    ).toBe("early");
  });

  test("nothing comes from an object that is being deleted [CORE-156]", () => {
    const leaving = infrastructure({ ...offered("leaving"), metadata: { name: "i", deletionTimestamp: past } });
    expect(endpointFrom(cluster(), { infrastructure: leaving })).toBeUndefined();
    expect(statusOf(cluster(), { infrastructure: leaving }).infrastructureReady).toBe(false);
  });

  test("failure domains are always those of ready infrastructure, none included [CORE-152] [CORE-424]", () => {
    const before = { failureDomains: { old: { controlPlane: true } }, infrastructureReady: true };
    expect(
      statusOf(cluster({ status: before }), { infrastructure: infrastructure({ status: { ready: false } }) }).failureDomains,
    ).toEqual({});
  });

  test("observedGeneration moves only when nothing went wrong [CORE-084]", () => {
    expect(statusOf(cluster({ status: { observedGeneration: 2 } }), {}, { errors: [new Error("x")] }).observedGeneration).toBe(2);
    expect(statusOf(cluster({ status: { observedGeneration: 2 } }), {}).observedGeneration).toBe(3);
  });

  test("a failure is kept when its cause is gone [CORE-160] [CORE-414]", () => {
    const failed = { failureReason: "CreateError", failureMessage: "x" };
    expect(statusOf(cluster({ status: failed }), { infrastructure: infrastructure({}) })).toMatchObject(failed);
  });
});

describe("the older conditions of a Cluster", () => {
  test.each([
    ["not ready", infrastructure({ status: {} }), {}, { status: "False", reason: "WaitingForInfrastructure", severity: "Info" }],
    ["ready", infrastructure({ status: { ready: true } }), {}, { status: "True" }],
    ["deleting", infrastructure({ status: { ready: true } }), gone, { status: "False", reason: "Deleting", severity: "Info" }],
    ["deleted", infrastructure(null), gone, { status: "False", reason: "Deleted", severity: "Info" }],
  ] as const)("InfrastructureReady of infrastructure that is %s [CORE-150] [CORE-171]", (_name, found, parts, expected) => {
    expect(v1(statusOf(cluster(parts), { infrastructure: found }), "InfrastructureReady")).toMatchObject(expected);
  });

  test("ControlPlaneInitialized without a control plane object waits for a first Node [CORE-158]", () => {
    const own = cluster({ spec: { controlPlaneRef: undefined } });
    const machine = (parts: object) => ({ metadata: {}, ...parts }) as unknown as Stored<Machine>;
    const of = (...machines: readonly Stored<Machine>[]) =>
      v1(statusOf(own, {}, { descendants: { controlPlaneMachines: machines } }), "ControlPlaneInitialized");
    expect(of(machine({}))).toMatchObject({ status: "False", reason: "MissingNodeRef" });
    expect(of(machine({ ...gone, status: { nodeRef: {} } }))?.status).toBe("False");
    expect(of(machine({ status: { nodeRef: {} } }))?.status).toBe("True");
  });
});

describe("the newer conditions of a Cluster", () => {
  const probed = { lastProbe: new Date(now.getTime() - 50_000) };
  test.each([
    [undefined, "False", "ProbeFailed", "Remote connection probe failed"],
    [51, "False", "ProbeFailed", "Remote connection probe failed, probe last succeeded at 2026-01-01T00:59:09Z"],
    [50, "True", "ProbeSucceeded", ""],
  ] as const)("RemoteConnectionProbe %s seconds after the last success [CORE-176]", (seconds, value, reason, message) => {
    const lastProbe = seconds === undefined ? {} : { lastProbe: new Date(now.getTime() - seconds * 1000) };
    expect(v2(statusOf(cluster(), {}, lastProbe), "RemoteConnectionProbe")).toMatchObject({ status: value, reason, message });
  });

  test("just after a start, what was known before it is believed for as long [CORE-176]", () => {
    const known = cluster({
      status: { v1beta2: { conditions: [condition("RemoteConnectionProbe", "True", "ProbeSucceeded") as never] } },
    });
    const probeAfter = (seconds: number) =>
      v2(statusOf(known, {}, { startedAt: new Date(now.getTime() - seconds * 1000) }), "RemoteConnectionProbe");
    expect(probeAfter(50)?.status).toBe("True");
    expect(probeAfter(51)?.status).toBe("False");
  });

  test.each([
    [
      "reported",
      infrastructure({ status: { conditions: [condition("Ready", "False", "Broken", "m")] } }),
      {},
      "False",
      "Broken",
      "m",
    ],
    [
      "True without a reason",
      infrastructure({ status: { conditions: [{ type: "Ready", status: "True" }] } }),
      {},
      "True",
      "Ready",
      "",
    ],
    ["not reported, not ready", infrastructure({ status: {} }), {}, "False", "NotReady", "InfraCluster status.ready is false"],
    ["not reported, ready", infrastructure({ status: { ready: true } }), {}, "True", "Ready", ""],
    [
      "malformed",
      infrastructure({ status: { conditions: [{ type: "Ready", status: "Maybe" }] } }),
      {},
      "Unknown",
      "InvalidConditionReported",
      undefined,
    ],
    ["unreadable", undefined, {}, "Unknown", "InternalError", "Please check controller logs for errors"],
    ["not there yet", infrastructure(null), {}, "False", "ObjectDoesNotExist", "InfraCluster does not exist"],
    [
      "lost",
      infrastructure(null),
      { status: { infrastructureReady: true } },
      "False",
      "ObjectDeleted",
      "InfraCluster has been deleted while the cluster still exists",
    ],
    [
      "deleted with it",
      infrastructure(null),
      { status: { infrastructureReady: true }, ...gone },
      "False",
      "ObjectDeleted",
      "InfraCluster has been deleted",
    ],
  ] as const)("InfrastructureReady: %s [CORE-177] [CORE-178] [CORE-425]", (_name, found, parts, value, reason, message) => {
    const facts = found ? { infrastructure: found } : {};
    const is = v2(statusOf(cluster(parts as Parameters<typeof cluster>[0]), facts), "InfrastructureReady");
    expect(is).toMatchObject({ status: value, reason, ...(message === undefined ? {} : { message }) });
  });

  test("a topology that is not there yet is waited for [CORE-145] [CORE-178]", () => {
    const topology = cluster({
      spec: { infrastructureRef: undefined, controlPlaneRef: undefined, topology: { class: "c", version: "v1.31.1" } },
    });
    const { infrastructureReady, ...rest } = statusOf(topology, {});
    expect(infrastructureReady).toBe(false);
    const waiting = { status: "False", reason: "ObjectDoesNotExist", message: "Waiting for cluster topology to be reconciled" };
    expect(v2({ infrastructureReady, ...rest }, "InfrastructureReady")).toMatchObject(waiting);
    expect(v2({ infrastructureReady, ...rest }, "ControlPlaneAvailable")).toMatchObject(waiting);
  });

  test("ControlPlaneInitialized asks whether the infrastructure was found when the control plane is missing [CORE-182]", () => {
    const missing = { controlPlane: controlPlane(null) };
    expect(v2(statusOf(cluster(), { ...missing, infrastructure: infrastructure({}) }), "ControlPlaneInitialized")).toMatchObject({
      reason: "InternalError",
    });
    expect(
      v2(statusOf(cluster(), { ...missing, infrastructure: infrastructure(null) }), "ControlPlaneInitialized"),
    ).toMatchObject({ reason: "ObjectDoesNotExist" });
  });

  const machine = (name: string, parts: { status?: object; metadata?: object } = {}) =>
    ({
      kind: "Machine",
      metadata: { name, creationTimestamp: past, ...parts.metadata },
      status: parts.status,
    }) as unknown as Stored<Machine>;
  const newer = (...conditions: readonly object[]) => ({ v1beta2: { conditions } });

  test("Machines' readiness is added up; without Machines there is nothing amiss [CORE-185]", () => {
    const workerMachines = [
      machine("a", { status: newer(condition("Ready", "False", "NotReady", "x")) }),
      machine("b", { status: newer(condition("Ready", "True")) }),
    ];
    const of = statusOf(cluster(), {}, { descendants: { workerMachines } });
    expect(v2(of, "WorkerMachinesReady")).toMatchObject({ status: "False", reason: "NotReady", message: "* Machine a: x" });
    expect(v2(of, "ControlPlaneMachinesReady")).toMatchObject({ status: "True", reason: "NoReplicas" });
  });

  test("Machines of pools are left out [CORE-184] [TRAP-24]", () => {
    const workerMachines = [machine("p", { metadata: { labels: { "cluster.x-k8s.io/pool-name": "pool" } } })];
    expect(v2(statusOf(cluster(), {}, { descendants: { workerMachines } }), "WorkerMachinesReady")).toMatchObject({
      reason: "NoReplicas",
    });
  });

  test("a Machine has ten seconds to say whether it is up to date [CORE-186]", () => {
    const young = machine("young", { metadata: { creationTimestamp: "2026-01-01T00:59:55Z" } });
    const of = (...workerMachines: readonly Stored<Machine>[]) =>
      v2(statusOf(cluster(), {}, { descendants: { workerMachines } }), "WorkerMachinesUpToDate");
    expect(of(young)).toMatchObject({ reason: "NoReplicas" });
    expect(of(machine("old"))).toMatchObject({ status: "Unknown", reason: "UpToDateUnknown" });
    expect(upToDateDue([young, machine("old")], now)).toBe(6);
    expect(upToDateDue([machine("old")], now)).toBeUndefined();
  });

  test("who moves is told, the control plane only if it speaks of it [CORE-187] [CORE-188]", () => {
    const deployment = {
      kind: "MachineDeployment",
      metadata: { name: "md" },
      spec: {},
      status: newer(condition("RollingOut", "True", "RollingOut", "1 of 3"), condition("ScalingUp", "False")),
    };
    const facts = { controlPlane: controlPlane({ status: newer(condition("ScalingUp", "True", "ScalingUp", "to 3")) }) };
    const of = statusOf(cluster(), facts, {
      descendants: { machineDeployments: [deployment as unknown as Stored<MachineDeployment>] },
    });
    expect(v2(of, "RollingOut")).toMatchObject({
      status: "True",
      reason: "RollingOut",
      message: "* MachineDeployment md: 1 of 3",
    });
    expect(v2(of, "ScalingUp")).toMatchObject({ status: "True", reason: "ScalingUp", message: "* ControlPlane c: to 3" });
    expect(v2(of, "ScalingDown")).toMatchObject({ status: "Unknown", reason: "ScalingDownUnknown" });
    expect(v2(statusOf(cluster(), {}), "RollingOut")).toMatchObject({ status: "Unknown", reason: "InternalError" });
    expect(v2(statusOf(cluster({ spec: { controlPlaneRef: undefined } }), {}), "RollingOut")).toMatchObject({
      status: "False",
      reason: "NotRollingOut",
    });
  });

  test("Remediating names who is replaced, else who is ill [CORE-189]", () => {
    const ill = (name: string, ...more: readonly object[]) =>
      machine(name, {
        status: {
          conditions: [condition("HealthCheckSucceeded", "False"), ...more],
          ...newer(condition("OwnerRemediated", "False", "R", "waiting")),
        },
      });
    const of = (...workerMachines: readonly Stored<Machine>[]) =>
      v2(statusOf(cluster(), {}, { descendants: { workerMachines } }), "Remediating");
    expect(of(ill("a"), ill("b"))).toMatchObject({
      status: "False",
      reason: "NotRemediating",
      message: "Machines a, b are not healthy (not to be remediated)",
    });
    expect(of(ill("a", condition("OwnerRemediated", "False")))).toMatchObject({
      status: "True",
      reason: "Remediating",
      message: "* Machine a: waiting",
    });
  });

  test("Available sums up, with the gates of the Cluster or of its class [CORE-191] [CORE-193]", () => {
    const facts = {
      infrastructure: infrastructure({ status: { ready: true } }),
      controlPlane: controlPlane({ status: { ready: true } }),
    };
    expect(v2(statusOf(cluster(), facts, probed), "Available")).toMatchObject({ status: "True", reason: "Available" });
    const gate = { availabilityGates: [{ conditionType: "Extra" }] };
    expect(v2(statusOf(cluster({ spec: gate }), facts, probed), "Available")).toMatchObject({
      status: "Unknown",
      message: "* Extra: Condition not yet reported",
    });
    const negative = { spec: { availabilityGates: [{ conditionType: "Extra", polarity: "Negative" }] } };
    const said = { v1beta2: { conditions: [condition("Extra", "True", "R", "bad") as never] } };
    expect(v2(statusOf(cluster({ status: said }), facts, { ...probed, class: negative }), "Available")).toMatchObject({
      status: "False",
      message: "* Extra: bad",
    });
  });

  test("Available minds a topology only when it failed, and while deleting not what is meant to vanish [CORE-192]", () => {
    const facts = {
      infrastructure: infrastructure({ status: { ready: true } }),
      controlPlane: controlPlane({ status: { ready: true } }),
    };
    const topology = { topology: { class: "c", version: "v1.31.1" } };
    const of = (reason: string) =>
      v2(
        statusOf(
          cluster({
            spec: topology,
            status: { v1beta2: { conditions: [condition("TopologyReconciled", "False", reason, "m") as never] } },
          }),
          facts,
          probed,
        ),
        "Available",
      );
    expect(of("ControlPlaneUpgradePending")?.status).toBe("True");
    expect(of("ReconcileFailed")).toMatchObject({ status: "False", message: "* TopologyReconciled: m" });
    const going = cluster({ ...gone, status: { infrastructureReady: true, controlPlaneReady: true } });
    const verdicts: readonly Verdict[] = [
      { phase: "workersGone", outcome: "wait", reason: "WaitingForWorkersDeletion", message: "* Worker Machines: w" },
    ];
    const leaving = statusOf(
      going,
      { infrastructure: infrastructure(null), controlPlane: controlPlane(null) },
      { ...probed, verdicts },
    );
    expect(v2(leaving, "Available")).toMatchObject({ status: "False", message: "* Deleting:\n  * Worker Machines: w" });
    expect(v2(leaving, "Deleting")).toMatchObject({ status: "True", reason: "WaitingForWorkersDeletion" });
  });

  test("Deleting says when it cannot tell [CORE-173] [CORE-190]", () => {
    const verdicts: readonly Verdict[] = [{ phase: "workersGone", outcome: "error", message: "x", error: new Error("x") }];
    expect(v2(statusOf(cluster(gone), {}, { verdicts }), "Deleting")).toMatchObject({
      status: "True",
      reason: "InternalError",
      message: "Please check controller logs for errors",
    });
    expect(v2(statusOf(cluster(), {}), "Deleting")).toMatchObject({ status: "False", reason: "NotDeleting" });
  });
});

describe("a Cluster's counters", () => {
  test("of the control plane are its own words; what it does not say stays [CORE-194] [CORE-464]", () => {
    const before = { v1beta2: { controlPlane: { desiredReplicas: 1, replicas: 1, readyReplicas: 1 } } };
    const object = { spec: { replicas: 3 }, status: { replicas: 2, v1beta2: { availableReplicas: 1 }, upToDateReplicas: 2 } };
    expect(statusOf(cluster({ status: before }), { controlPlane: controlPlane(object) }).v1beta2?.controlPlane).toEqual({
      desiredReplicas: 3,
      replicas: 2,
      readyReplicas: 1,
      availableReplicas: 1,
      upToDateReplicas: 2,
    });
    expect(statusOf(cluster({ status: before }), { controlPlane: controlPlane(null) }).v1beta2?.controlPlane).toEqual({});
  });

  test("without a control plane object are of its Machines; nothing is not zero [CORE-195] [CORE-196]", () => {
    const own = cluster({ spec: { controlPlaneRef: undefined } });
    const machine = (ready: string) =>
      ({ metadata: {}, status: { v1beta2: { conditions: [condition("Ready", ready)] } } }) as unknown as Stored<Machine>;
    expect(
      statusOf(own, {}, { descendants: { controlPlaneMachines: [machine("True"), machine("False")] } }).v1beta2?.controlPlane,
    ).toEqual({
      desiredReplicas: 2,
      replicas: 2,
      readyReplicas: 1,
    });
    expect(statusOf(own, {}).v1beta2).toMatchObject({ controlPlane: {}, workers: {} });
  });
});
