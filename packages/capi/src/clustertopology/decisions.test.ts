import type { MachineDeploymentTopology } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { type Outcome, topologyReconciled } from "./conditions.ts";
import { copyName, nameBy } from "./names.ts";
import { concurrencyOf, type VersionFacts, versionsOf } from "./upgrade.ts";

const hold = "topology.cluster.x-k8s.io/hold-upgrade-sequence";
const defer = "topology.cluster.x-k8s.io/defer-upgrade";
const [old, now] = ["v1.32.5", "v1.33.1"];

interface Worker {
  readonly version?: string;
  readonly upgrading?: boolean;
  readonly annotation?: string;
  /** It is in the topology and not made yet. */
  readonly wanted?: true;
}
const facts = (
  controlPlane: VersionFacts["controlPlane"],
  workers: { readonly [name: string]: Worker },
  concurrency = 1,
): VersionFacts => ({
  topology: {
    class: "c",
    version: now,
    workers: {
      machineDeployments: Object.entries(workers).map(
        ([name, { annotation }]): MachineDeploymentTopology => ({
          class: "w",
          name,
          ...(annotation === undefined ? {} : { metadata: { annotations: { [annotation]: "" } } }),
        }),
      ),
    },
  },
  concurrency,
  controlPlane,
  deployments: new Map(
    Object.entries(workers)
      .filter(([, { wanted }]) => wanted !== true)
      .map(([name, { version = old, upgrading = false }]) => [name, { version, upgrading }]),
  ),
});
const done = { version: now, running: now };

describe("the control plane's version", () => {
  test.each<[string, VersionFacts["controlPlane"], { [name: string]: Worker }, string, boolean]>([
    ["is the topology's when it is new", undefined, {}, now, false],
    ["changes when nothing else moves", { version: old, running: old }, { a: {} }, now, false],
    ["waits while it comes up for the first time", { version: old, running: undefined }, {}, old, true],
    ["waits for an upgrade that is still going on", { version: old, running: "v1.31.9" }, {}, old, true],
    ["waits for workers that are upgraded", { version: old, running: old }, { a: { upgrading: true } }, old, true],
    ["stays where it is meant to be", done, {}, now, false],
    ["another build is another version", { version: `${now}+b`, running: `${now}+a` }, {}, `${now}+b`, true],
  ])("%s [TOPO-084]", (_what, controlPlane, workers, version, pending) => {
    expect(versionsOf(facts(controlPlane, workers))).toMatchObject({ controlPlane: version, controlPlanePending: pending });
  });
});

describe("workers' versions", () => {
  const chosen = (
    workers: { readonly [name: string]: Worker },
    concurrency = 1,
    control: VersionFacts["controlPlane"] = done,
  ) => {
    const { deployments, pendingUpgrade, pendingCreate, deferred } = versionsOf(facts(control, workers, concurrency));
    return { versions: Object.fromEntries(deployments), pendingUpgrade, pendingCreate, deferred };
  };
  test("change one after the other, in the topology's order [TOPO-088] [TOPO-089] [TOPO-090] [TOPO-092]", () => {
    expect(chosen({ a: {}, b: {}, c: { version: now } })).toMatchObject({
      versions: { a: now, b: old, c: now },
      pendingUpgrade: ["b"],
    });
    expect(chosen({ a: { version: now, upgrading: true }, b: {} })).toMatchObject({
      versions: { b: old },
      pendingUpgrade: ["b"],
    });
    expect(chosen({ a: {}, b: {}, c: {} }, 2)).toMatchObject({ versions: { a: now, b: now, c: old } });
    expect([undefined, "3", "0", "many"].map(concurrencyOf)).toEqual([1, 3, 1, 1]);
  });
  test("wait for a control plane that is not stable [TOPO-088] [TOPO-091]", () => {
    for (const control of [
      { version: old, running: old }, // it starts now
      { version: now, running: old },
      { version: old, running: undefined },
    ]) {
      expect(chosen({ a: {}, fresh: { wanted: true } }, 1, control)).toMatchObject({
        versions: { a: old },
        pendingUpgrade: ["a"],
        pendingCreate: ["fresh"],
      });
    }
    expect(chosen({ fresh: { wanted: true } })).toMatchObject({ versions: { fresh: now }, pendingCreate: [] });
  });
  test("are held back by an annotation, alone or with all that follow [TOPO-090] [TOPO-104]", () => {
    expect(chosen({ a: { annotation: defer }, b: {} })).toMatchObject({
      versions: { a: old, b: now },
      deferred: ["a"],
      pendingUpgrade: ["a"],
    });
    expect(chosen({ a: {}, b: { annotation: hold }, c: {} }, 5)).toMatchObject({
      versions: { a: now, b: old, c: old },
      deferred: ["b", "c"],
    });
  });
});

describe("TopologyReconciled", () => {
  const said = (outcome: Outcome) => {
    const { v1, v2 } = topologyReconciled(outcome);
    return [v1.status, v1.reason, v1.severity, v1.message, v2.reason];
  };
  const applied = (given: VersionFacts): Outcome => ({
    is: "applied",
    versions: versionsOf(given),
    version: now,
    controlPlaneVersion: given.controlPlane?.version ?? now,
    names: new Map([["a", "blue-a-xxxxx"]]),
  });
  test.each<[string, Outcome, readonly unknown[]]>([
    ["paused", { is: "paused" }, ["False", "Paused", "Info", undefined, "Paused"]],
    ["deleted", { is: "deleting" }, ["False", "Deleted", "Info", "Cluster is deleting", "Deleting"]],
    ["failed", { is: "failed", message: "no" }, ["False", "TopologyReconcileFailed", "Error", "no", "ReconcileFailed"]],
    [
      "without a class",
      { is: "classNotReady", message: "m" },
      ["False", "ClusterClassNotReconciled", "Info", "m", "ClusterClassNotReconciled"],
    ],
    ["done", applied(facts(done, { a: { version: now } })), ["True", undefined, undefined, undefined, "ReconcileSucceeded"]],
  ])("of one that is %s [TOPO-100]", (_what, outcome, expected) => {
    expect(said(outcome)).toEqual(expected);
  });
  test.each<[string, VersionFacts, string, string]>([
    [
      "the control plane waits for workers",
      facts({ version: old, running: old }, { a: { upgrading: true } }),
      "ControlPlaneUpgradePending",
      `Control plane rollout and upgrade to version ${now} on hold. MachineDeployment(s) blue-a-xxxxx are upgrading`,
    ],
    [
      "it comes up for the first time",
      facts({ version: old, running: undefined }, {}),
      "ControlPlaneUpgradePending",
      `Control plane rollout and upgrade to version ${now} on hold. Control plane is completing initial provisioning`,
    ],
    [
      "workers wait for the control plane",
      facts({ version: now, running: old }, { a: {} }),
      "MachineDeploymentsUpgradePending",
      `MachineDeployment(s) blue-a-xxxxx rollout and upgrade to version ${now} on hold. Control plane is upgrading to version ${now}`,
    ],
    [
      "new workers wait for it",
      facts({ version: now, running: old }, { fresh: { wanted: true } }),
      "MachineDeploymentsCreatePending",
      `MachineDeployment(s) for Topologies fresh creation on hold. Control plane is upgrading to version ${now}`,
    ],
    [
      "many wait",
      facts({ version: now, running: old }, Object.fromEntries("bcdefgh".split("").map((name) => [name, {}]))),
      "MachineDeploymentsUpgradePending",
      `MachineDeployment(s) b, c, d, e, f, ... rollout and upgrade to version ${now} on hold. Control plane is upgrading to version ${now}`,
    ],
  ])("tells that %s [TOPO-101] [TOPO-102]", (_what, given, reason, message) => {
    expect(said(applied(given)).slice(0, 4)).toEqual(["False", reason, "Info", message]);
  });
});

test("names look like chance and are the same each time, cut to what a name may be [TOPO-064]", () => {
  const make = (uid: string) => nameBy("{{ .cluster.name }}-{{ .random }}", { ".cluster.name": "blue" }, `${uid}/x`);
  expect(make("1")).toMatch(/^blue-[b-df-hj-np-tv-xz2-9]{5}$/);
  expect(make("1")).toBe(make("1"));
  expect(new Set(Array.from({ length: 100 }, (_, index) => make(String(index)))).size).toBe(100);
  expect(copyName("blue-", { a: 1, b: 2 })).toBe(copyName("blue-", { b: 2, a: 1 }));
  expect(copyName("blue-", { a: 1 })).not.toBe(copyName("blue-", { a: 2 }));
  expect(copyName("x".repeat(80), {})).toHaveLength(63);
});
