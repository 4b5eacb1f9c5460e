import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { localTime, rolloutPatch, undoPatch } from "./patches.ts";
import { parseResources } from "./resources.ts";

const now = new Date("2026-11-22T12:00:00Z");
const deployment = (spec: object = {}): UnstructuredObject => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "MachineDeployment",
  metadata: { name: "md", uid: "md" },
  spec: { selector: { matchLabels: { in: "md" } }, ...spec },
});
const controlPlane = (annotations = {}, spec = {}): UnstructuredObject => ({
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
  kind: "KubeadmControlPlane",
  metadata: { name: "kcp", annotations },
  spec,
});
const paused = { "cluster.x-k8s.io/paused": "" };

describe("the objects of a rollout command", () => {
  test("are given as kind/name, several at once, in any case, or as a kind and names [CTL-087]", () => {
    const both = [
      { kind: "machinedeployment", name: "a" },
      { kind: "kubeadmcontrolplane", name: "b" },
    ];
    expect(parseResources(["MachineDeployment/a", "kubeadmcontrolplane/b"])).toEqual(both);
    expect(parseResources(["machinedeployment", "a", "c"])).toEqual([both[0], { kind: "machinedeployment", name: "c" }]);
  });
  test.each([
    [[], "required resource not specified"],
    [["machinedeployment"], "arguments must be in resource/name format"],
    [["a/b/c"], "may not have more than one slash"],
    [["/b"], "must have a single resource and name"],
    [["machinedeployment", "machinedeployment/a"], "there is no need to specify a resource type"],
  ])("%j are refused [CTL-087]", (args, sentence) => {
    expect(() => parseResources(args)).toThrow(sentence);
  });
});

describe("a rollout", () => {
  test("is paused by a field or an annotation, once [CTL-088]", () => {
    expect(rolloutPatch("pause", deployment(), now)).toEqual({ type: "merge", body: { spec: { paused: true } } });
    expect(rolloutPatch("pause", controlPlane(), now)).toEqual({
      type: "merge",
      body: { metadata: { annotations: { "cluster.x-k8s.io/paused": "true" } } },
    });
    expect(() => rolloutPatch("pause", deployment({ paused: true }), now)).toThrow(
      "MachineDeployment is already paused: machinedeployment/md",
    );
    expect(() => rolloutPatch("pause", controlPlane(paused), now)).toThrow("KubeadmControlPlane is already paused");
  });

  test("goes on again when it was paused, and only then [CTL-088]", () => {
    expect(rolloutPatch("resume", deployment({ paused: true }), now)).toEqual({
      type: "merge",
      body: { spec: { paused: false } },
    });
    expect(rolloutPatch("resume", controlPlane(paused), now)).toEqual({
      type: "merge",
      body: { metadata: { annotations: { "cluster.x-k8s.io/paused": null } } },
    });
    for (const object of [deployment(), controlPlane()])
      expect(() => rolloutPatch("resume", object, now)).toThrow("is not currently paused");
  });

  test("is started by the time of now, unless it is paused or already planned [CTL-089]", () => {
    for (const object of [deployment({ rolloutAfter: "2026-11-22T11:59:00Z" }), controlPlane()])
      expect(rolloutPatch("restart", object, now)).toEqual({ type: "merge", body: { spec: { rolloutAfter: localTime(now) } } });
    expect(() => rolloutPatch("restart", deployment({ paused: true }), now)).toThrow("can't restart paused MachineDeployment");
    expect(() => rolloutPatch("restart", controlPlane(paused), now)).toThrow("can't restart paused KubeadmControlPlane");
    const later = { rolloutAfter: "2026-11-22T12:01:00Z" };
    for (const object of [deployment(later), controlPlane({}, later)])
      expect(() => rolloutPatch("restart", object, now)).toThrow("remove 'spec.rolloutAfter' first");
  });

  test("names its time with the offset of where one is [CTL-089]", () => {
    expect(localTime(now)).toMatch(/^2026-11-2\dT\d\d:\d\d:00(Z|[+-]\d\d:\d\d)$/);
    expect(new Date(localTime(now))).toEqual(now);
    const inTokyo = Object.assign(new Date(now), { getTimezoneOffset: () => -540 });
    expect(localTime(inTokyo)).toBe("2026-11-22T21:00:00+09:00");
  });
});

describe("undoing a rollout", () => {
  const set = (revision: number, more: Partial<UnstructuredObject["metadata"]> = {}): UnstructuredObject => ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "MachineSet",
    metadata: {
      name: `md-${revision}`,
      labels: { in: "md" },
      annotations: { "machinedeployment.clusters.x-k8s.io/revision": String(revision) },
      ownerReferences: [{ apiVersion: "x", kind: "MachineDeployment", name: "md", uid: "md", controller: true }],
      ...more,
    },
    spec: {
      template: { metadata: { labels: { in: "md", "machine-template-hash": "1" } }, spec: { version: `v1.${revision}.0` } },
    },
  });
  const template = (revision: number) => ({
    type: "json",
    body: [
      {
        op: "replace",
        path: "/spec/template",
        value: { metadata: { labels: { in: "md" } }, spec: { version: `v1.${revision}.0` } },
      },
    ],
  });
  const sets = [set(3), set(10), set(9)];

  test("puts the template of the one before back, or the one that is asked for, without the hash [CTL-090]", () => {
    expect(undoPatch(deployment(), sets, 0)).toEqual(template(9));
    expect(undoPatch(deployment(), sets, 3)).toEqual(template(3));
  });

  test("is refused while paused, and for a revision that is not there [CTL-090]", () => {
    expect(() => undoPatch(deployment({ paused: true }), sets, 0)).toThrow("can't rollback a paused MachineDeployment");
    expect(() => undoPatch(deployment(), sets, -1)).toThrow("revision number cannot be negative");
    expect(() => undoPatch(deployment(), sets, 7)).toThrow("unable to find specified MachineDeployment revision: 7");
    const foreign = [set(10), set(9, { ownerReferences: [] }), set(8, { labels: {} })];
    expect(() => undoPatch(deployment(), foreign, 0)).toThrow("no rollout history found");
  });
});
