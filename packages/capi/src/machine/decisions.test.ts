import type { Cluster, Machine, Node, Stored, UnstructuredObject } from "@slipway/api";
import { findCondition, type Verdict } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import type { External } from "../external/index.ts";
import { mergeControlPlaneComponents } from "./conditions.ts";
import { bootstrap, infrastructure } from "./references.ts";
import type { MachineFacts, MachineScope } from "./scope.ts";
import { type MachineReport, phaseOf, status } from "./status.ts";

const now = new Date("2026-01-01T01:00:00Z");
const past = "2026-01-01T00:00:00Z";
const condition = (type: string, value: string, reason = "R", message = "") => ({
  type,
  status: value,
  reason,
  message,
  lastTransitionTime: past,
});
const gone = { metadata: { deletionTimestamp: past } };

const machine = (parts: { spec?: object; status?: object; metadata?: object } = {}): Stored<Machine> =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: {
      name: "m",
      namespace: "n",
      uid: "u",
      generation: 2,
      resourceVersion: "1",
      creationTimestamp: past,
      ...parts.metadata,
    },
    spec: {
      clusterName: "one",
      bootstrap: { configRef: { apiVersion: "boot.x/v1", kind: "BootConfig", name: "b" } },
      infrastructureRef: { apiVersion: "infra.x/v1", kind: "InfraMachine", name: "i" },
      ...parts.spec,
    },
    ...(parts.status ? { status: parts.status } : {}),
  }) as unknown as Stored<Machine>;
const cluster = (initialized: boolean | string = true, infrastructureReady = true) =>
  ({
    metadata: { name: "one", namespace: "n" },
    spec: {},
    status: {
      infrastructureReady,
      conditions: initialized
        ? [
            {
              ...condition("ControlPlaneInitialized", "True"),
              ...(typeof initialized === "string" ? { lastTransitionTime: initialized } : {}),
            },
          ]
        : [],
    },
  }) as unknown as Stored<Cluster>;
const external = (kind: string, group: string, object: object | null): External => ({
  reference: { kind, name: "x" },
  resource: { group, version: "v1", kind, plural: "x", scope: "Namespaced" },
  object:
    object === null
      ? undefined
      : ({ kind, metadata: { name: "x", uid: "x" }, ...object } as unknown as Stored<UnstructuredObject>),
});
const infra = (object: object | null = {}) => external("InfraMachine", "infra.x", object);
const boot = (object: object | null = {}) => external("BootConfig", "boot.x", object);
const provided = infra({ spec: { providerID: "p:///1" }, status: { ready: true } });

const report = (
  of: Stored<Machine>,
  facts: Partial<MachineFacts>,
  more: { cluster?: Stored<Cluster>; lastProbe?: Date; startedAt?: Date; verdicts?: readonly Verdict[] } = {},
): MachineReport => ({
  facts,
  verdicts: more.verdicts ?? [],
  complete: false,
  acted: false,
  recheckSeconds: undefined,
  errors: [],
  now,
  deleting: of.metadata.deletionTimestamp !== undefined,
  scope: {
    machine: of,
    cluster: more.cluster ?? cluster(),
    lastProbeSuccess: more.startedAt ? undefined : (more.lastProbe ?? now),
    startedAt: more.startedAt ?? new Date(past),
    now,
  } as unknown as MachineScope,
});
const statusOf = (of: Stored<Machine>, facts: Partial<MachineFacts>, more?: Parameters<typeof report>[2]) =>
  status(of, report(of, facts, more));
const v1 = (of: Machine["status"], type: string) => findCondition(of?.conditions, type);
const v2 = (of: Machine["status"], type: string) => findCondition(of?.v1beta2?.conditions, type);

describe("a Machine's phase", () => {
  test.each([
    [{}, "Pending"],
    [{ status: { bootstrapReady: true } }, "Provisioning"],
    [{ status: { bootstrapReady: true }, spec: { providerID: "p" } }, "Provisioned"],
    [{ status: { infrastructureReady: true }, spec: { providerID: "p" } }, "Provisioned"],
    [{ status: { infrastructureReady: true, nodeRef: { name: "n" } } }, "Running"],
    [{ status: { nodeRef: { name: "n" } } }, "Pending"],
    [{ status: { infrastructureReady: true, nodeRef: { name: "n" }, failureReason: "x" } }, "Failed"],
    [{ status: { failureReason: "x" }, ...gone }, "Deleting"],
  ])("%j is %s [CORE-218]", (parts, phase) => {
    expect(phaseOf(machine(parts))).toBe(phase);
  });

  test("lastUpdated moves with the phase only [CORE-218]", () => {
    expect(statusOf(machine({ status: { phase: "Pending", lastUpdated: past } }), {}).lastUpdated).toBe(past);
    expect(
      statusOf(machine({ status: { phase: "Running", lastUpdated: past } }), {
        bootstrap: boot({ status: { ready: true, dataSecretName: "d" } }),
      }).lastUpdated,
    ).toBe("2026-01-01T01:00:00Z");
  });
});

describe("a Machine's bootstrap and infrastructure", () => {
  const scope = (of: Stored<Machine>) => report(of, {}).scope;
  test("without a configuration nothing is said of bootstrapping, a given Secret is trusted [CORE-209] [CORE-256]", () => {
    const given = statusOf(machine({ spec: { bootstrap: { dataSecretName: "d" } } }), {});
    expect(given.bootstrapReady).toBe(false);
    expect(v1(given, "BootstrapReady")).toBeUndefined();
    expect(v2(given, "BootstrapConfigReady")).toMatchObject({ status: "True", reason: "DataSecretProvided" });
    const both = machine({ spec: { bootstrap: { configRef: { kind: "BootConfig" }, dataSecretName: "d" } } });
    expect(v1(statusOf(both, { bootstrap: boot({ status: { ready: false } }) }), "BootstrapReady")?.status).toBe("True");
  });

  test.each([
    ["not ready", {}, boot({}), { status: "False", reason: "WaitingForDataSecret", severity: "Info" }],
    ["not ready, deleting", gone, boot({}), { status: "False", reason: "Deleting", severity: "Info" }],
    ["ready, deleting", gone, boot({ status: { ready: true } }), { status: "True" }],
    ["deleted", gone, boot(null), { status: "False", reason: "Deleted", severity: "Info" }],
  ])("BootstrapReady of a configuration that is %s [CORE-211] [CORE-245]", (_name, parts, found, expected) => {
    expect(v1(statusOf(machine(parts), { bootstrap: found }), "BootstrapReady")).toMatchObject(expected);
  });

  test("ready without what it promises is an error [CORE-210] [CORE-214] [CORE-430]", () => {
    const owned = {
      metadata: {
        name: "x",
        uid: "x",
        labels: { "cluster.x-k8s.io/cluster-name": "one" },
        ownerReferences: [
          {
            apiVersion: "cluster.x-k8s.io/v1beta1",
            kind: "Machine",
            name: "m",
            uid: "u",
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    };
    expect(() => bootstrap.decide(boot({ ...owned, status: { ready: true } }), scope(machine()), {})).toThrow(
      "status.dataSecretName is empty",
    );
    expect(() => infrastructure.decide(infra({ ...owned, status: { ready: true } }), scope(machine()), {})).toThrow(
      "spec.providerID is empty",
    );
    expect(() => infrastructure.decide(infra({ ...owned, status: { ready: "yes" } }), scope(machine()), {})).toThrow(
      "status.ready must be true or false",
    );
  });

  test("missing infrastructure is waited for, unless it was ready [CORE-212] [CORE-213]", () => {
    expect(infrastructure.decide(infra(null), scope(machine()), {})).toMatchObject({ outcome: "wait" });
    expect(infrastructure.decide(infra(null), scope(machine({ status: { infrastructureReady: true } })), {})).toMatchObject({
      outcome: "fail",
      reason: "InvalidConfiguration",
    });
    expect(infrastructure.decide(infra(null), scope(machine(gone)), {}).outcome).toBe("ready");
  });

  test("the configuration's absence is told by what it was [CORE-256] [CORE-257]", () => {
    const of = (parts: object, facts: Partial<MachineFacts>, type: string) => v2(statusOf(machine(parts), facts), type);
    expect(of({ status: { bootstrapReady: true } }, { bootstrap: boot(null) }, "BootstrapConfigReady")).toMatchObject({
      reason: "ObjectDoesNotExist",
    });
    expect(of({ status: { bootstrapReady: true }, ...gone }, { bootstrap: boot(null) }, "BootstrapConfigReady")).toMatchObject({
      reason: "ObjectDeleted",
      message: "BootConfig has been deleted",
    });
    expect(of({ status: { infrastructureReady: true } }, { infrastructure: infra(null) }, "InfrastructureReady")).toMatchObject({
      reason: "ObjectDeleted",
      message: "InfraMachine has been deleted while the Machine still exists",
    });
    expect(of({}, {}, "InfrastructureReady")).toMatchObject({ status: "Unknown", reason: "InternalError" });
  });
});

describe("what a Machine says of its Node", () => {
  const disconnected = { node: { state: "disconnected" } } as const;
  const missing = { node: { state: "missing" }, infrastructure: provided } as const;
  const at = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  test.each([
    [
      "no infrastructure",
      {},
      missing,
      { cluster: cluster(true, false) },
      "InspectionFailed",
      "Waiting for Cluster status.infrastructureReady to be true",
    ],
    [
      "no control plane",
      {},
      missing,
      { cluster: cluster(false) },
      "InspectionFailed",
      "Waiting for Cluster control plane to be initialized",
    ],
    ["silence", {}, missing, { lastProbe: at(301) }, "ConnectionDown", "Last successful probe at 2026-01-01T00:54:59Z"],
    [
      "no provider id",
      {},
      { node: { state: "no provider id" } },
      {},
      "InspectionFailed",
      "Waiting for InfraMachine to report spec.providerID",
    ],
    ["no Node yet", {}, missing, {}, "InspectionFailed", "Waiting for a Node with spec.providerID p:///1 to exist"],
    [
      "Node lost",
      { status: { nodeRef: { name: "n1" } } },
      missing,
      {},
      "NodeDeleted",
      "Node n1 has been deleted while the Machine still exists",
    ],
    [
      "Node deleted with it",
      { status: { nodeRef: { name: "n1" } }, ...gone },
      missing,
      {},
      "NodeDeleted",
      "Node n1 has been deleted",
    ],
    ["never a Node", gone, missing, {}, "NodeDoesNotExist", "Node does not exist"],
    ["never connected", {}, disconnected, {}, "ConnectionDown", "Last successful probe at 2026-01-01T01:00:00Z"],
    [
      "ambiguous",
      {},
      { node: { state: "ambiguous", message: "two" } },
      {},
      "InternalError",
      "Please check controller logs for errors",
    ],
  ] as const)("%s [CORE-258] [CORE-261]", (_name, parts, facts, more, reason, message) => {
    const of = statusOf(machine(parts), facts as Partial<MachineFacts>, more);
    for (const type of ["NodeReady", "NodeHealthy"]) expect(v2(of, type)).toMatchObject({ reason, message });
  });

  test("a control plane that has just been initialized counts as a word from the cluster [CORE-258]", () => {
    const young = { cluster: cluster("2026-01-01T00:58:00Z"), lastProbe: at(4000) };
    expect(v2(statusOf(machine(), missing, young), "NodeReady")?.reason).toBe("InspectionFailed");
  });

  test("just after a start, what was known before it is believed for as long [CORE-258] [CORE-259]", () => {
    const status = { nodeRef: {}, v1beta2: { conditions: [condition("NodeReady", "True"), condition("NodeHealthy", "True")] } };
    const healthAfter = (seconds: number) =>
      v2(statusOf(machine({ status }), disconnected, { startedAt: at(seconds) }), "NodeHealthy");
    expect(healthAfter(300)?.status).toBe("True");
    expect(healthAfter(301)).toMatchObject({ status: "Unknown", reason: "ConnectionDown" });
  });

  test("what was known stays while the connection is down for a little while [CORE-259]", () => {
    const known = {
      v1beta2: { conditions: [condition("NodeReady", "True"), condition("NodeHealthy", "False", "NodeNotHealthy", "m")] },
    };
    const of = statusOf(machine({ status: known }), disconnected);
    expect(v2(of, "NodeHealthy")).toMatchObject({ status: "False", message: "m" });
  });

  const node = (...conditions: readonly object[]) =>
    ({
      node: { state: "found", node: { metadata: { name: "n" }, status: { conditions } } as unknown as Stored<Node> },
      infrastructure: provided,
    }) as const;
  const calm = ["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({ type, status: "False" }));
  test.each([
    ["all well", [{ type: "Ready", status: "True" }, ...calm], "True", "NodeHealthy", "", "True", undefined],
    [
      "not ready",
      [{ type: "Ready", status: "False", message: "no network" }, ...calm],
      "False",
      "NodeNotHealthy",
      "* Node.Ready: no network",
      "False",
      "Node condition Ready is False",
    ],
    [
      "pressed",
      [
        { type: "Ready", status: "True" },
        { type: "DiskPressure", status: "True" },
        ...calm.filter(({ type }) => type !== "DiskPressure"),
      ],
      "False",
      "NodeNotHealthy",
      "* Node.DiskPressure: Condition is True",
      "False",
      "Node condition DiskPressure is True",
    ],
    [
      "partly unknown",
      [{ type: "Ready", status: "Unknown", message: "silent" }, ...calm],
      "Unknown",
      "NodeHealthUnknown",
      "* Node.Ready: silent",
      "True",
      undefined,
    ],
    [
      "incomplete",
      [{ type: "Ready", status: "True" }],
      "Unknown",
      "NodeHealthUnknown",
      "* Node.MemoryPressure: Condition not yet reported\n* Node.DiskPressure: Condition not yet reported\n* Node.PIDPressure: Condition not yet reported",
      "True",
      undefined,
    ],
  ])(
    "its health when %s, in both families [CORE-230] [CORE-260]",
    (_name, conditions, status2, reason, message, status1, message1) => {
      const of = statusOf(machine(), node(...conditions));
      expect(v2(of, "NodeHealthy")).toMatchObject({ status: status2, reason, message });
      expect(v1(of, "NodeHealthy")).toMatchObject({
        status: status1,
        ...(message1 ? { message: message1, reason: "NodeConditionsFailed", severity: "Warning" } : {}),
      });
    },
  );

  test("a Node whose server goes is Deleting in the older family [CORE-230]", () => {
    const of = statusOf(machine(), {
      ...node({ type: "Ready", status: "True" }, ...calm),
      infrastructure: infra({ metadata: { name: "x", deletionTimestamp: past } }),
    });
    expect(v1(of, "NodeHealthy")).toMatchObject({ status: "False", reason: "Deleting", severity: "Info" });
  });

  test("why the Node is not there, in the older family [CORE-221] [CORE-222]", () => {
    expect(v1(statusOf(machine(), { node: { state: "no provider id" } }), "NodeHealthy")).toMatchObject({
      reason: "WaitingForNodeRef",
      severity: "Info",
    });
    expect(v1(statusOf(machine(), missing), "NodeHealthy")).toMatchObject({ reason: "NodeProvisioning", severity: "Warning" });
    expect(v1(statusOf(machine({ status: { nodeRef: {} } }), missing), "NodeHealthy")).toMatchObject({
      reason: "NodeNotFound",
      severity: "Error",
    });
    expect(v1(statusOf(machine(gone), missing), "NodeHealthy")).toBeUndefined();
    expect(v1(statusOf(machine(), { node: { state: "ambiguous", message: "two" } }), "NodeHealthy")).toMatchObject({
      status: "Unknown",
      reason: "NodeInspectionFailed",
    });
  });
});

describe("a Machine's Ready", () => {
  test("takes its gates in, by their polarity [CORE-057] [CORE-263]", () => {
    const gates = { readinessGates: [{ conditionType: "Extra", polarity: "Negative" }] };
    const of = statusOf(
      machine({ spec: gates, status: { v1beta2: { conditions: [condition("Extra", "True", "R", "bad")] } } }),
      {},
    );
    expect(v2(of, "Ready")?.message).toContain("* Extra: bad");
    expect(v2(of, "Available")).toMatchObject({ status: "False", reason: "NotReady" });
  });

  const draining = (started: string, message: string): Verdict => ({
    phase: "drain",
    outcome: "wait",
    reason: "DrainingNode",
    message: `${started}${message}`,
  });
  test.each([
    ["at first", "2026-01-01T00:50:00Z", "2026-01-01T00:50:00Z", "", "Machine deletion in progress, stage: DrainingNode"],
    ["for long", past, "2026-01-01T00:58:00Z", "", "Machine deletion in progress since more than 15m, stage: DrainingNode"],
    [
      "for long, with a reason",
      past,
      past,
      "cannot evict pod as it would violate the pod's disruption budget. x waiting for completion",
      "Machine deletion in progress since more than 15m, stage: DrainingNode, delay likely due to PodDisruptionBudgets, Pods not completed yet",
    ],
  ])("while it is deleted %s [CORE-262] [CORE-264]", (_name, deletionTimestamp, nodeDrainStartTime, why, message) => {
    const of = machine({ metadata: { deletionTimestamp }, status: { deletion: { nodeDrainStartTime } } });
    expect(v2(statusOf(of, {}, { verdicts: [draining("", why)] }), "Ready")?.message).toContain(`* Deleting: ${message}`);
  });

  test("does not mind what is meant to vanish [CORE-264]", () => {
    const of = statusOf(
      machine({ ...gone, status: { bootstrapReady: true, infrastructureReady: true, nodeRef: { name: "n" } } }),
      { bootstrap: boot(null), infrastructure: infra(null), node: { state: "missing" } },
    );
    expect(v2(of, "Ready")?.message).toBe("* Deleting: Machine deletion in progress since more than 15m, stage: Deleting");
  });

  test("says once what all control plane components say [CORE-265]", () => {
    const lines = [
      "* A: x",
      "* APIServerPodHealthy: Waiting",
      "* ControllerManagerPodHealthy: Waiting",
      "* EtcdPodHealthy: Waiting",
    ];
    expect(mergeControlPlaneComponents(lines)).toEqual(["* A: x", "* Control plane components: Waiting"]);
    const differing = ["* APIServerPodHealthy: a", "* SchedulerPodHealthy: b"];
    expect(mergeControlPlaneComponents(differing)).toEqual(differing);
    expect(mergeControlPlaneComponents(["* APIServerPodHealthy: a"])).toEqual(["* APIServerPodHealthy: a"]);
  });
});
