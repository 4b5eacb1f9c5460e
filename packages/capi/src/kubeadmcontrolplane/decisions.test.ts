import { controlPlaneAnnotations, type KubeadmConfigSpec, type Stored, type UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { kubeadmConfigSpec, machineName, newMachine, updatedMachine, withLocalMode } from "./desired.ts";
import { plan } from "./plan.ts";
import { preflight } from "./preflight.ts";
import { decideRemediation, lastRemediation } from "./remediation.ts";
import { domainForNewMachine, machineToDelete } from "./select.ts";
import { ago, cluster, condition, config, controlPlane, healthy, kcp, machine, member, now } from "./testing/objects.ts";
import { outdatedBecause } from "./uptodate.ts";

const zones = ["az-1", "az-2", "az-3"];

describe("a machine has to be replaced", () => {
  const reasons = (made: Parameters<typeof member>[0], spec = {}, parts = {}) =>
    outdatedBecause(member(made, parts), { kcp: kcp(spec), now }).map(({ reason }) => reason);

  test("when its version is another, to the letter [KCP-095] [TRAP-017]", () => {
    expect(reasons(machine("a"), { version: "v1.31.2" })).toEqual([]);
    expect(reasons(machine("a"), { version: "v1.31.2+build.1" })).toEqual(["version"]);
    expect(outdatedBecause(member(machine("a")), { kcp: kcp({ version: "v1.32.0" }), now })[0]?.message).toBe(
      "* Version v1.31.2, v1.32.0 required",
    );
  });

  test("when its certificates end within the days given [KCP-093]", () => {
    const soon = `${new Date(now.getTime() + 20 * 86_400_000).toISOString().slice(0, 19)}Z`;
    const before = (certificatesExpiryDays: number) => ({ rolloutBefore: { certificatesExpiryDays } });
    expect(reasons(machine("a", { expires: soon }), before(21))).toEqual(["certificatesExpire"]);
    expect(reasons(machine("a", { expires: soon }), before(19))).toEqual([]);
    expect(reasons(machine("a"), before(365))).toEqual([]);
  });

  test("when rolloutAfter has passed and it is older [KCP-094]", () => {
    expect(reasons(machine("a", { age: 600 }), { rolloutAfter: ago(300) })).toEqual(["rolloutAfter"]);
    expect(reasons(machine("a", { age: 100 }), { rolloutAfter: ago(300) })).toEqual([]);
    expect(reasons(machine("a", { age: 600 }), { rolloutAfter: ago(-300) })).toEqual([]);
  });

  test("when it was cloned from another template; what nobody knows is no reason [KCP-096]", () => {
    const infrastructure = (name: string, kind = "OpenStackMachineTemplate.infrastructure.cluster.x-k8s.io") =>
      ({
        apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
        kind: "OpenStackMachine",
        metadata: {
          name: "a",
          annotations: { "cluster.x-k8s.io/cloned-from-name": name, "cluster.x-k8s.io/cloned-from-groupkind": kind },
        },
      }) as unknown as Stored<UnstructuredObject>;
    expect(reasons(machine("a"), {}, { infrastructure: infrastructure("small") })).toEqual([]);
    expect(reasons(machine("a"), {}, { infrastructure: infrastructure("large") })).toEqual(["infrastructure"]);
    expect(reasons(machine("a"), {}, { infrastructure: infrastructure("small", "Other.group") })).toEqual(["infrastructure"]);
    expect(reasons(machine("a"))).toEqual([]);
  });

  const withCluster = (annotation: string) =>
    machine("a", { annotations: { [controlPlaneAnnotations.kubeadmClusterConfiguration]: annotation } });
  test.each([
    ["null", undefined, []],
    ["null", {}, []],
    ['{"etcd":{},"networking":{}}', undefined, []],
    [
      '{"apiServer":{"timeoutForControlPlane":"240s"},"featureGates":{}}',
      { apiServer: { timeoutForControlPlane: "4m0s" }, etcd: {} },
      [],
    ],
    ['{"dns":{"imageTag":"v1.11.3"}}', { dns: { imageTag: "v1.12.0" } }, []],
    ['{"apiServer":{"extraArgs":{"v":"2"}}}', { apiServer: { extraArgs: { v: "4" } } }, ["kubeadmConfig"]],
    ["not json", {}, ["kubeadmConfig"]],
  ])("cluster configuration %s against %j: %j [KCP-097] [KCP-072]", (annotation, clusterConfiguration, expected) => {
    expect(reasons(withCluster(annotation), { kubeadmConfigSpec: { clusterConfiguration } })).toEqual(expected);
    expect(reasons(machine("a"), { kubeadmConfigSpec: { clusterConfiguration } })).toEqual([]);
  });

  const discovery = { bootstrapToken: { token: "abcdef.0123456789abcdef" } };
  test.each<[string, KubeadmConfigSpec, KubeadmConfigSpec, boolean]>([
    [
      "what init filled in [KCP-100] [TRAP-003]",
      { clusterConfiguration: {}, initConfiguration: { apiVersion: "x", kind: "y" } },
      {},
      true,
    ],
    ["what join filled in [KCP-099]", { joinConfiguration: { controlPlane: {}, discovery } }, {}, true],
    ["discovery [KCP-099]", { joinConfiguration: { discovery } }, { joinConfiguration: { discovery: { timeout: "1m" } } }, true],
    [
      "a control plane block that only the machine has [KCP-099]",
      { joinConfiguration: { controlPlane: { localAPIEndpoint: { bindPort: 1 } } } },
      { joinConfiguration: {} },
      true,
    ],
    ["types [KCP-099]", { initConfiguration: { apiVersion: "a", kind: "b" } }, { initConfiguration: {} }, true],
    [
      "the join block on a machine that founded [KCP-098]",
      { initConfiguration: {} },
      { initConfiguration: {}, joinConfiguration: { nodeRegistration: { name: "x" } } },
      true,
    ],
    ["defaults [KCP-098]", { format: "cloud-config" }, {}, true],
    [
      "registration of founders [KCP-098]",
      { initConfiguration: { nodeRegistration: { name: "a" } } },
      { initConfiguration: { nodeRegistration: { name: "b" } } },
      false,
    ],
    ["files [KCP-101]", {}, { files: [{ path: "/a", content: "b" }] }, false],
    ["commands [KCP-101]", { preKubeadmCommands: ["a"] }, { preKubeadmCommands: ["b"] }, false],
    ["empty lists [KCP-101]", { preKubeadmCommands: [] }, {}, true],
    [
      "no taints and the default taint [KCP-101] [TRAP-005]",
      { initConfiguration: { nodeRegistration: { taints: [] } } },
      { initConfiguration: { nodeRegistration: {} } },
      false,
    ],
    [
      "zeros of an object that was stored as it was sent [KCP-101] [BOOT-030]",
      {
        files: [{ path: "/a", append: false, content: "b" }],
        clusterConfiguration: { apiServer: { timeoutForControlPlane: "240s" } },
        initConfiguration: { nodeRegistration: { ignorePreflightErrors: [] }, bootstrapTokens: [] },
        useExperimentalRetryJoin: false,
      },
      { files: [{ path: "/a", content: "b" }], initConfiguration: { localAPIEndpoint: {}, nodeRegistration: {} } },
      true,
    ],
    ["ntp switched off", { ntp: { enabled: true } }, { ntp: { enabled: false } }, false],
  ])("bootstrap: %s", (_, machines, wanted, same) => {
    const found = reasons(machine("a"), { kubeadmConfigSpec: wanted }, { config: config("a", machines) });
    expect(found).toEqual(same ? [] : ["kubeadmConfig"]);
  });
});

describe("failure domains", () => {
  const spread = (...domains: readonly (string | undefined)[]) =>
    domains.map((zone, at) => machine(`m${at}`, { age: 1000 - at, ...(zone === undefined ? {} : { zone }) }));

  test("a new machine goes where fewest that stay are, then where fewest are at all [KCP-123]", () => {
    expect(domainForNewMachine(controlPlane([], { cluster: cluster() }), [])).toBeUndefined();
    expect(domainForNewMachine(controlPlane(spread("az-1", "az-2"), { cluster: cluster(zones) }), [])).toBe("az-3");
    const machines = spread("az-1", "az-2", "az-3");
    expect(domainForNewMachine(controlPlane(machines, { cluster: cluster(zones) }), machines.slice(1, 2))).toBe("az-2");
    const all = spread("az-1", "az-1", "az-2");
    expect(domainForNewMachine(controlPlane(all, { cluster: cluster(["az-1", "az-2"]) }), all)).toBe("az-2");
  });

  test("the machine to go is marked, outdated, sick, in the fullest domain, the oldest [KCP-124] [KCP-125]", () => {
    const marked = machine("marked", { age: 1, zone: "az-1", annotations: { "cluster.x-k8s.io/delete-machine": "" } });
    const sick = machine("sick", { age: 2, zone: "az-2", conditions: [condition("EtcdMemberHealthy", "False")] });
    const [oldest, other] = [machine("oldest", { age: 900, zone: "az-1" }), machine("other", { age: 10, zone: "az-2" })];
    const choose = (
      machines: Parameters<typeof controlPlane>[0],
      outdated: Parameters<typeof controlPlane>[0],
      domains = ["az-1", "az-2"],
    ) => machineToDelete(controlPlane(machines, { cluster: cluster(domains) }), outdated)?.metadata.name;
    expect(choose([marked, oldest, other], [oldest, other])).toBe("marked");
    expect(choose([marked, oldest, other], [marked, oldest])).toBe("marked");
    expect(choose([sick, oldest, other], [sick, oldest])).toBe("sick");
    expect(choose([oldest, other, machine("third", { age: 5, zone: "az-2" })], [])).toBe("other");
    expect(choose([oldest, other], [])).toBe("oldest");
    expect(choose([oldest, machine("stray", { age: 3, zone: "gone" }), other], [])).toBe("stray");
    expect(choose([machine("b", { age: 7 }), machine("a", { age: 7 })], [], [])).toBe("a");
  });
});

describe("before the number of machines changes [KCP-121] [KCP-122]", () => {
  const check = (machines: Parameters<typeof controlPlane>[0], parts = {}, except?: (typeof machines)[number]) => {
    const found = preflight(controlPlane(machines, parts), except);
    return found.passed ? "passed" : `${found.reason} ${found.recheckSeconds} ${JSON.stringify(found.blocked)}`;
  };
  test("nothing is in the way of the first", () => expect(check([])).toBe("passed"));
  test("all are well", () => expect(check([machine("a"), machine("b")])).toBe("passed"));
  test("the topology's version is on its way", () => {
    expect(check([machine("a")], { cluster: cluster([], "v1.32.0") })).toBe(
      'WaitingForTopologyVersion 15 {"topologyVersion":"v1.32.0"}',
    );
    expect(check([machine("a")], { cluster: cluster([], "v1.31.2") })).toBe("passed");
  });
  test("a machine is going", () => {
    expect(check([machine("a"), machine("b", { deleting: 5 })])).toBe('WaitingForMachineDeletion 30 {"deleting":true}');
  });
  test("a machine is no node yet", () => {
    expect(check([machine("a"), machine("b", { node: null })])).toBe('ControlPlaneUnhealthy 15 {"components":true,"etcd":false}');
  });
  test.each(["False", "Unknown"])("a condition is %s, except on the one that goes", (state) => {
    const sick = machine("b", { conditions: [...healthy().slice(0, 4), condition("EtcdMemberHealthy", state)] });
    expect(check([machine("a"), sick])).toBe('ControlPlaneUnhealthy 15 {"components":false,"etcd":true}');
    expect(check([machine("a"), sick], {}, sick)).toBe("passed");
  });
  test("with external etcd nobody asks for members", () => {
    const external = { endpoints: ["https://e"], caFile: "a", certFile: "b", keyFile: "c" };
    const elsewhere = kcp({ kubeadmConfigSpec: { clusterConfiguration: { etcd: { external } } } });
    expect(check([machine("a", { conditions: healthy(false) })], { kcp: elsewhere })).toBe("passed");
  });
});

describe("the next step [KCP-114] [KCP-117] [KCP-118] [KCP-119] [KCP-120]", () => {
  const step = (machines: Parameters<typeof controlPlane>[0], outdated: Parameters<typeof controlPlane>[0], spec = {}) =>
    plan(controlPlane(machines, { kcp: kcp(spec) }), outdated).step;
  const three = ["a", "b", "c"].map((name) => machine(name));
  const four = [...three, machine("d")];
  const none = { rolloutStrategy: { type: "RollingUpdate" as const, rollingUpdate: { maxSurge: 0 } } };
  test.each([
    ["nothing is there", step([], []), "initialize"],
    ["one is missing", step(three.slice(1), []), "scaleUp"],
    ["all are there", step(three, []), "none"],
    ["one is too many", step(four, []), "scaleDown"],
    ["outdated, with room", step(three, three), "scaleUp"],
    ["outdated, without room", step(four, three), "scaleDown"],
    ["outdated, without surge", step(three, three, none), "scaleDown"],
    ["outdated, without surge, after one went", step(three.slice(1), three.slice(1), none), "scaleUp"],
    ["outdated and fewer wanted", step(four, three, { replicas: 1 }), "scaleDown"],
    ["deleting ones count", step([...three, machine("d", { deleting: 1 })], three), "wait"],
  ])("%s: %s", (_, found, expected) => expect(found).toBe(expected));
  test("a strategy that is missing is an error [KCP-116]", () => {
    expect(() =>
      plan(controlPlane(three, { kcp: { ...kcp(), spec: { ...kcp().spec, rolloutStrategy: undefined } } }), three),
    ).toThrow("maxSurge");
  });
});

describe("remediation", () => {
  const condemned = [condition("HealthCheckSucceeded", "False"), condition("OwnerRemediated", "False")];
  const sick = (name: string, options: Parameters<typeof machine>[1] = {}) =>
    machine(name, { ...options, conditions: [...(options.conditions ?? healthy()), ...condemned] });
  const members = (...names: readonly string[]) => names.map((name, at) => ({ id: `${at}`, name, isLearner: false }));
  const decide = (
    machines: Parameters<typeof controlPlane>[0],
    parts: Parameters<typeof controlPlane>[1] = {},
    initialized = true,
  ) =>
    decideRemediation(
      controlPlane(machines, parts),
      members(...machines.flatMap(({ status }) => status?.nodeRef?.name ?? [])),
      initialized,
    );
  const outcome = (...args: Parameters<typeof decide>) => {
    const found = decide(...args);
    if (found.step === "none" || found.step === "forget") return found.step;
    const { machine: chosen, newer, older } = found;
    return `${found.step} ${chosen.metadata.name} ${newer.reason} ${older.reason}`;
  };
  const two = [machine("b"), machine("c")];

  test("nobody is sick [KCP-130]", () => expect(outcome([machine("a"), ...two])).toBe("none"));
  test("a sick one goes, the newest healthy takes over [KCP-143] [KCP-140]", () => {
    const found = decide([sick("a"), machine("b", { age: 5 }), machine("c", { age: 500 })]);
    expect(found).toMatchObject({ step: "remediate", heir: { metadata: { name: "b" } }, data: { machine: "a", retryCount: 0 } });
    expect(outcome([sick("a"), ...two])).toBe("remediate a MachineDeleting RemediationInProgress");
  });
  test("which one first: asked for, no node, no member, no pod, oldest [KCP-131]", () => {
    const first = (...machines: Parameters<typeof controlPlane>[0]) => {
      const found = decide([...machines, ...two, machine("d"), machine("e")]);
      return found.step === "none" || found.step === "forget" ? found.step : found.machine.metadata.name;
    };
    const without = (missing: string) => healthy().filter(({ type }) => type !== missing);
    expect(first(sick("x", { age: 9 }), sick("y", { annotations: { "cluster.x-k8s.io/remediate-machine": "" } }))).toBe("y");
    expect(first(sick("x"), sick("y", { node: null }))).toBe("y");
    expect(
      first(sick("x", { conditions: without("EtcdPodHealthy") }), sick("y", { conditions: without("EtcdMemberHealthy") })),
    ).toBe("y");
    expect(
      first(sick("x", { conditions: without("SchedulerPodHealthy") }), sick("y", { conditions: without("APIServerPodHealthy") })),
    ).toBe("y");
    expect(first(sick("x", { age: 10 }), sick("y", { age: 20 }))).toBe("y");
  });
  test("it is going already [KCP-132]", () => expect(outcome([sick("a", { deleting: 3 }), ...two])).toBe("none"));

  const inProgress = (seconds: number) => ({
    kcp: kcp(
      {},
      {
        [controlPlaneAnnotations.remediationInProgress]: JSON.stringify({ machine: "z", timestamp: ago(seconds), retryCount: 1 }),
      },
    ),
  });
  test("another one is under way, until its replacement is there [KCP-133]", () => {
    expect(outcome([sick("a"), ...two], inProgress(100))).toBe("none");
    expect(outcome([sick("a"), machine("b", { age: 50 }), machine("c")], inProgress(100))).toBe("forget");
  });

  test.each([
    ["the topology's version is on its way", [sick("a"), ...two], { cluster: cluster([], "v1.32.0") }, "RemediationDeferred"],
    ["it is the only one", [sick("a")], {}, "CannotBeRemediated"],
    ["another is still being made", [sick("a"), machine("b"), machine("c", { node: null })], {}, "RemediationDeferred"],
    ["another is going", [sick("a"), machine("b"), machine("c", { deleting: 1 })], {}, "RemediationDeferred"],
    [
      "the majority would be lost",
      [sick("a"), machine("b"), machine("c", { conditions: [condition("EtcdMemberHealthy", "False")] })],
      {},
      "CannotBeRemediated",
    ],
  ])("it waits when %s [KCP-134] [KCP-135] [KCP-136] [KCP-141]", (_, machines, parts, reason) => {
    expect(outcome(machines, parts)).toBe(`defer a ${reason} WaitingForRemediation`);
  });
  test("nobody is left to lead [KCP-134] [KCP-135]", () => {
    const other = machine("b", { conditions: [...healthy(), condition("HealthCheckSucceeded", "False")] });
    expect(decideRemediation(controlPlane([sick("a"), other]), members("a", "b"), true)).toMatchObject({
      step: "defer",
      older: { reason: "RemediationFailed", severity: "Warning" },
      newer: { reason: "CannotBeRemediated" },
    });
  });
  test("before the cluster stands even the only one goes [KCP-142]", () => {
    expect(outcome([sick("a", { node: null })], {}, false)).toBe("remediate a MachineDeleting RemediationInProgress");
  });

  const retried = (seconds: number, retryCount: number) =>
    sick("a", {
      annotations: {
        [controlPlaneAnnotations.remediationFor]: JSON.stringify({ machine: "z", timestamp: ago(seconds), retryCount }),
      },
    });
  test.each([
    ["the first time", [sick("a"), ...two], {}, "remediate 0"],
    ["long after the last", [retried(3700, 5), ...two], { maxRetry: 1 }, "remediate 0"],
    ["soon after the last", [retried(100, 1), ...two], {}, "remediate 2"],
    ["within the retry period", [retried(100, 1), ...two], { retryPeriod: "5m" }, "defer"],
    ["after the retry period", [retried(400, 1), ...two], { retryPeriod: "5m" }, "remediate 2"],
    ["too often", [retried(100, 3), ...two], { maxRetry: 3 }, "defer"],
    ["with a shorter healthy period", [retried(100, 3), ...two], { maxRetry: 3, minHealthyPeriod: "90s" }, "remediate 0"],
  ])("retries: %s [KCP-137] [KCP-138] [KCP-139]", (_, machines, remediationStrategy, expected) => {
    const found = decide(machines, { kcp: kcp({ remediationStrategy }) });
    expect(found.step === "remediate" ? `remediate ${found.data.retryCount}` : found.step).toBe(expected);
  });
  test("the last one is remembered from where it is written [KCP-144]", () => {
    expect(lastRemediation(kcp(), [retried(500, 1), retried(100, 2)])).toMatchObject({ retryCount: 2 });
    expect(lastRemediation(inProgress(10).kcp, [retried(5, 2)])).toMatchObject({ machine: "z", retryCount: 1 });
    expect(lastRemediation(kcp(), [machine("a")])).toBeUndefined();
  });
});

describe("what goes down", () => {
  test("names come from the template and stay names [KCP-073]", () => {
    expect(machineName(kcp(), cluster(), () => 0)).toBe("demo-bbbbb");
    const template = "{{ .cluster.name }}-cp-{{ .random }}";
    expect(machineName(kcp({ machineNamingStrategy: { template } }), cluster(), () => 0)).toBe("demo-cp-bbbbb");
    const long = { ...kcp(), metadata: { ...kcp().metadata, name: "n".repeat(70) } };
    expect(machineName(long, cluster(), () => 0)).toBe(`${"n".repeat(58)}bbbbb`);
  });

  test("the first machine initializes, the others join; the cluster's configuration is for both [KCP-084]", () => {
    const full = kcp({
      kubeadmConfigSpec: {
        clusterConfiguration: { clusterName: "x" },
        initConfiguration: {},
        joinConfiguration: {},
        verbosity: 2,
      },
    });
    expect(Object.keys(kubeadmConfigSpec(full, true)).sort()).toEqual(["clusterConfiguration", "initConfiguration", "verbosity"]);
    expect(Object.keys(kubeadmConfigSpec(full, false)).sort()).toEqual([
      "clusterConfiguration",
      "joinConfiguration",
      "verbosity",
    ]);
  });

  test("from 1.31 kubelets talk to their own API server, unless one says otherwise [KCP-085]", () => {
    expect(withLocalMode(undefined, "v1.31.0-rc.1")).toEqual({ featureGates: { ControlPlaneKubeletLocalMode: true } });
    expect(withLocalMode({ featureGates: { ControlPlaneKubeletLocalMode: false } }, "v1.33.0")).toEqual({
      featureGates: { ControlPlaneKubeletLocalMode: false },
    });
    expect(withLocalMode(undefined, "v1.30.9")).toBeUndefined();
  });

  test("a user's own readiness gates come after ours, once each [KCP-082]", () => {
    const base = kcp();
    const gates = [{ conditionType: "EtcdPodHealthy", polarity: "Negative" as const }, { conditionType: "Mine" }];
    const owner = { ...base, spec: { ...base.spec, machineTemplate: { ...base.spec.machineTemplate, readinessGates: gates } } };
    const made = newMachine(owner, cluster(), { name: "a", failureDomain: undefined, infrastructureRef: {} });
    expect(made.spec.readinessGates?.slice(-2)).toEqual([{ conditionType: "EtcdMemberHealthy" }, { conditionType: "Mine" }]);
    expect(made.spec.readinessGates?.filter(({ conditionType }) => conditionType === "EtcdPodHealthy")).toHaveLength(1);
  });

  test("an existing machine keeps what would replace it, and the notes it was made with [KCP-087]", () => {
    const notes = {
      [controlPlaneAnnotations.kubeadmClusterConfiguration]: "null",
      [controlPlaneAnnotations.preTerminateHook]: "",
      other: "x",
    };
    const made = updatedMachine(kcp({ version: "v1.40.0" }), cluster(), machine("a", { annotations: notes, zone: "az-9" }));
    expect(made.spec).toMatchObject({ version: "v1.31.2", failureDomain: "az-9" });
    expect(made.metadata.annotations).toEqual({
      [controlPlaneAnnotations.kubeadmClusterConfiguration]: "null",
      [controlPlaneAnnotations.preTerminateHook]: "",
    });
    expect(made.metadata.uid).toBe("uid-a");
  });

  test("a machine made for a sick one says for which [KCP-081]", () => {
    const data = JSON.stringify({ machine: "z", timestamp: ago(1), retryCount: 0 });
    const made = newMachine(kcp({}, { [controlPlaneAnnotations.remediationInProgress]: data }), cluster(), {
      name: "a",
      failureDomain: "az-1",
      infrastructureRef: {},
    });
    expect(made.metadata.annotations?.[controlPlaneAnnotations.remediationFor]).toBe(data);
  });
});
