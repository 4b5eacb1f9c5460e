import type { Machine, Node, Stored } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { isSyncedAnnotation, isSyncedLabel, nodeIntent, nodePatch } from "./nodesync.ts";

const machine = (parts: { metadata?: object } = {}): Stored<Machine> =>
  ({ metadata: { name: "m", namespace: "n", ...parts.metadata }, spec: { clusterName: "one" } }) as unknown as Stored<Machine>;

describe("what a Machine brings to its Node", () => {
  test.each([
    ["node-role.kubernetes.io/worker", true],
    ["node-restriction.kubernetes.io/x", true],
    ["my.node-restriction.kubernetes.io/x", true],
    ["mynode-restriction.kubernetes.io/x", false],
    ["node.cluster.x-k8s.io/x", true],
    ["a.node.cluster.x-k8s.io/x", true],
    ["cluster.x-k8s.io/x", false],
    ["plain", false],
  ])("label %s: %s [CORE-224]", (key, synced) => {
    expect(isSyncedLabel(key, [])).toBe(synced);
  });

  test("further keys by pattern; annotations have a domain of their own [CORE-126] [CORE-224] [CORE-225]", () => {
    expect(isSyncedLabel("my.org/zone", [/^my\.org\//])).toBe(true);
    expect(isSyncedAnnotation("node-role.kubernetes.io/x", [])).toBe(false);
    expect(isSyncedAnnotation("x.node.cluster.x-k8s.io/a", [])).toBe(true);
  });

  const of = machine({
    metadata: {
      ownerReferences: [{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "MachineSet", name: "s", uid: "s", controller: true }],
    },
  });
  const options = { interruptible: true, outdated: false as boolean | undefined, syncLabels: [], syncAnnotations: [] };
  const node = (parts: { metadata?: object; taints?: readonly object[] } = {}) =>
    ({ metadata: { name: "n", ...parts.metadata }, spec: { taints: parts.taints } }) as unknown as Node;
  const uninitialized = { key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" };
  const outdated = { key: "node.cluster.x-k8s.io/outdated-revision", effect: "PreferNoSchedule" };

  test("who owns it, where it belongs, and that it may be taken away [CORE-044] [CORE-225] [CORE-227] [CORE-434]", () => {
    expect(nodePatch(node(), nodeIntent(of, options))).toEqual({
      metadata: {
        labels: { "cluster.x-k8s.io/interruptible": "" },
        annotations: {
          "cluster.x-k8s.io/cluster-name": "one",
          "cluster.x-k8s.io/cluster-namespace": "n",
          "cluster.x-k8s.io/machine": "m",
          "cluster.x-k8s.io/owner-kind": "MachineSet",
          "cluster.x-k8s.io/owner-name": "s",
          "cluster.x-k8s.io/labels-from-machine": "cluster.x-k8s.io/interruptible",
          "cluster.x-k8s.io/annotations-from-machine": "",
        },
      },
    });
  });

  test("the first sync makes the Node usable; revisions decide its other taint; others' taints stay [CORE-049] [CORE-050] [CORE-228] [CORE-229]", () => {
    const other = { key: "x", effect: "NoExecute" };
    const taintsOf = (taints: readonly object[], isOutdated: boolean | undefined) =>
      (nodePatch(node({ taints }), nodeIntent(of, { ...options, outdated: isOutdated })) as { spec?: { taints: unknown } }).spec
        ?.taints;
    expect(taintsOf([uninitialized], false)).toBeNull();
    expect(taintsOf([uninitialized, other], true)).toEqual([other, outdated]);
    expect(taintsOf([outdated, other], false)).toEqual([other]);
    expect(taintsOf([outdated, other], undefined)).toBeUndefined();
    const synced = { metadata: (nodePatch(node(), nodeIntent(of, options)) as { metadata: object }).metadata };
    expect(nodePatch(node(synced), nodeIntent(of, options))).toBeUndefined();
  });
});
