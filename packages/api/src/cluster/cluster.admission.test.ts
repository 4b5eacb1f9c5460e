import { describe, expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { Cluster } from "./cluster.ts";

const { defaulted, errors } = admissionOf(Cluster);
const cluster = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "c1", namespace: "ns" },
  spec: {
    infrastructureRef: {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
      kind: "OpenStackCluster",
      name: "c1",
      namespace: "ns",
    },
    controlPlaneRef: { kind: "KubeadmControlPlane", name: "c1", namespace: "ns" },
  },
} satisfies Cluster;

describe("Cluster", () => {
  test("references without a namespace mean the Cluster's own; nothing else is filled in [CORE-136]", () => {
    const bare = changed<Cluster>(cluster, {
      spec: { infrastructureRef: { namespace: undefined }, controlPlaneRef: { namespace: "" } },
    });
    expect(defaulted(bare).spec).toEqual(cluster.spec);
    expect(defaulted(cluster)).toBe(cluster);
    expect(defaulted(changed<Cluster>(cluster, { spec: undefined })).spec).toEqual({});
  });

  test("what is not an object is refused as such [API-323]", () => {
    expect(() => defaulted(changed<Cluster>(cluster, { spec: { infrastructureRef: "x" } }))).toThrow(
      /spec.infrastructureRef must be an object/,
    );
  });

  test.each<[string, object, string[]]>([
    [
      "a name that cannot be a label's value [CORE-137]",
      { metadata: { name: "a".repeat(64) } },
      [`metadata.name: Invalid value: "${"a".repeat(64)}": must be a valid label value must be no more than 63 bytes`],
    ],
    [
      "a reference to another namespace [CORE-138]",
      { spec: { infrastructureRef: { namespace: "other" } } },
      ['spec.infrastructureRef.namespace: Invalid value: "other": must match metadata.namespace'],
    ],
    [
      "ranges that are none [CORE-139]",
      { spec: { clusterNetwork: { pods: { cidrBlocks: ["10.0.0.0/16", "x"] } } } },
      ['spec.clusterNetwork.pods.cidrBlocks[1]: Invalid value: "x": invalid CIDR address: x'],
    ],
    ["nothing at all", {}, []],
    [
      "three ranges of both families pass [CORE-139]",
      { spec: { clusterNetwork: { services: { cidrBlocks: ["10.0.0.0/16", "fd00::/48", "10.1.0.0/16"] } } } },
      [],
    ],
  ])("refuses %s", (_what, change, expected) => {
    expect(errors(changed<Cluster>(cluster, change))).toEqual(expected);
  });

  test("references may come and change, but not go [CORE-138]", () => {
    const without = changed<Cluster>(cluster, { spec: { infrastructureRef: undefined, controlPlaneRef: undefined } });
    expect(errors(without)).toEqual([]);
    expect(errors(cluster, without)).toEqual([]);
    expect(errors(changed<Cluster>(cluster, { spec: { infrastructureRef: { name: "c2" } } }), cluster)).toEqual([]);
    expect(errors(without, cluster)).toEqual([
      "spec.infrastructureRef: Forbidden: cannot be removed",
      "spec.controlPlaneRef: Forbidden: cannot be removed",
    ]);
  });
});
