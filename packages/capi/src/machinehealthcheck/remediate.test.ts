import type { Cluster, Machine, MachineHealthCheck, Stored, UnstructuredObject } from "@slipway/api";
import { findCondition, isFalse, isTrue, v1beta2 } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import type { Judgement } from "./judge.ts";
import { type ExternalRemediation, type Remediation, remediate } from "./remediate.ts";
import type { HealthCheckEffect, MarkMachine } from "./scope.ts";

const now = new Date("2026-01-01T01:00:00Z");
const past = "2026-01-01T00:00:00Z";
const ill: Judgement = {
  health: "unhealthy",
  v1beta1: isFalse("HealthCheckSucceeded", "UnhealthyNode", "Warning", "m"),
  v1beta2: v1beta2("HealthCheckSucceeded", "False", "UnhealthyNode", "m"),
};
const well: Judgement = {
  health: "healthy",
  v1beta1: isTrue("HealthCheckSucceeded"),
  v1beta2: v1beta2("HealthCheckSucceeded", "True", "HealthCheckSucceeded"),
};
const machine = (parts: { metadata?: object; status?: object } = {}) =>
  ({
    kind: "Machine",
    metadata: { name: "m", namespace: "n", uid: "u", ...parts.metadata },
    spec: { clusterName: "one" },
    status: parts.status,
  }) as unknown as Stored<Machine>;
const target = (parts: { metadata?: object; status?: object } = {}) => ({
  machine: machine(parts),
  node: undefined,
  nodeMissing: false,
});

const templateResource = {
  group: "r.x",
  version: "v1",
  kind: "RebootTemplate",
  plural: "reboottemplates",
  scope: "Namespaced",
} as const;
const requestResource = { ...templateResource, kind: "Reboot", plural: "reboots" } as const;
const external = (parts: { template?: boolean; request?: object } = {}): ExternalRemediation => ({
  template:
    parts.template === false
      ? undefined
      : ({
          kind: "RebootTemplate",
          metadata: { name: "t" },
          spec: { template: { spec: { hard: true } } },
        } as unknown as Stored<UnstructuredObject>),
  templateResource,
  requestResource,
  requestFor: () => parts.request as Stored<UnstructuredObject> | undefined,
});
const options = (parts: Partial<Remediation> = {}): Remediation => ({
  check: {
    metadata: { name: "c" },
    spec: { remediationTemplate: { kind: "RebootTemplate", namespace: "n", name: "t" } },
  } as unknown as Stored<MachineHealthCheck>,
  cluster: { metadata: { name: "one" }, spec: {} } as unknown as Stored<Cluster>,
  now,
  allowed: true,
  external: undefined,
  ...parts,
});
const markOf = (effects: readonly HealthCheckEffect[]): MarkMachine["after"] | undefined =>
  effects.find((effect): effect is MarkMachine => effect.call === "markMachine")?.after;
const callsOf = (effects: readonly HealthCheckEffect[]) => effects.map(({ call }) => call);

describe("an ill Machine", () => {
  test("is its owner's to replace; what the owner has begun to say stands [CORE-357]", () => {
    const marked = markOf(remediate(target(), ill, options()));
    expect(findCondition(marked?.status?.conditions, "OwnerRemediated")).toMatchObject({
      status: "False",
      reason: "WaitingForRemediation",
      severity: "Warning",
    });
    const begun = { type: "OwnerRemediated", status: "False", reason: "RemediationInProgress", lastTransitionTime: past };
    const again = markOf(
      remediate(
        target({ status: { conditions: [begun], v1beta2: { conditions: [{ ...begun, message: "" }] } } }),
        ill,
        options(),
      ),
    );
    expect(findCondition(again?.status?.conditions, "OwnerRemediated")).toEqual(begun);
  });

  test("that is being deleted is only reported on [CORE-357]", () => {
    const marked = markOf(remediate(target({ metadata: { deletionTimestamp: past } }), ill, options()));
    expect(marked?.status?.conditions?.map(({ type }) => type)).toEqual(["HealthCheckSucceeded"]);
  });

  test.each([
    ["while too many are ill", { allowed: false }],
    [
      "while its Cluster is paused",
      { cluster: { metadata: { name: "one" }, spec: { paused: true } } as unknown as Stored<Cluster> },
    ],
  ])("is only reported on %s [CORE-355] [CORE-362]", (_when, parts) => {
    const effects = remediate(target(), ill, options({ ...parts, external: external() }));
    expect(callsOf(effects)).toEqual(["markMachine"]);
    expect(markOf(effects)?.status?.conditions?.map(({ type }) => type)).toEqual(["HealthCheckSucceeded"]);
  });

  test("gets a request named like it when hands from outside remediate; its owner is not asked [CORE-358] [CORE-440]", () => {
    const effects = remediate(target(), ill, options({ external: external() }));
    expect(effects[0]).toMatchObject({
      call: "create",
      resource: { kind: "Reboot" },
      object: {
        kind: "Reboot",
        metadata: {
          name: "m",
          namespace: "n",
          labels: { "cluster.x-k8s.io/cluster-name": "one" },
          ownerReferences: [{ kind: "Machine", name: "m", uid: "u" }],
        },
        spec: { hard: true },
      },
    });
    const marked = markOf(effects);
    expect(findCondition(marked?.status?.conditions, "OwnerRemediated")).toBeUndefined();
    expect(findCondition(marked?.status?.v1beta2?.conditions, "ExternallyRemediated")).toMatchObject({
      status: "False",
      reason: "WaitingForRemediation",
    });
  });

  test("is not asked for twice, and a missing template is said [CORE-358] [CORE-359] [CORE-360]", () => {
    expect(callsOf(remediate(target(), ill, options({ external: external({ request: { metadata: { name: "m" } } }) })))).toEqual([
      "markMachine",
    ]);
    const marked = markOf(remediate(target(), ill, options({ external: external({ template: false }) })));
    expect(findCondition(marked?.status?.v1beta2?.conditions, "ExternallyRemediated")).toMatchObject({
      reason: "RemediationTemplateNotFound",
      message: "Error retrieving remediation template RebootTemplate n/t",
    });
  });
});

describe("a Machine that is well", () => {
  test("is said to be so once, and its request goes [CORE-350] [CORE-361]", () => {
    const request = { metadata: { name: "m", namespace: "n" } };
    expect(callsOf(remediate(target(), well, options({ external: external({ request }) })))).toEqual(["delete", "markMachine"]);
    const known = markOf(remediate(target(), well, options())) as Stored<Machine>;
    expect(remediate({ ...target(), machine: known }, well, options())).toEqual([]);
    expect(remediate(target(), { health: "ailing", recheckSeconds: 5 }, options())).toEqual([]);
  });
});
