import { describe, expect, test } from "vitest";
import { admissionOf } from "../kind/admission.testing.ts";
import { ClusterResourceSet } from "./clusterresourceset.ts";
import { ClusterResourceSetBinding } from "./clusterresourcesetbinding.ts";

describe("ClusterResourceSet", () => {
  const { defaulted, errors } = admissionOf(ClusterResourceSet);
  const set = (spec: Partial<ClusterResourceSet["spec"]> = {}): ClusterResourceSet => ({
    apiVersion: "addons.cluster.x-k8s.io/v1beta1",
    kind: "ClusterResourceSet",
    metadata: { name: "x", namespace: "ns" },
    spec: { clusterSelector: { matchLabels: { cni: "calico" } }, ...spec },
  });
  const full = set({ strategy: "ApplyOnce" });

  test("is applied once unless it says otherwise [CORE-379]", () => {
    expect(defaulted(set())).toEqual(full);
    expect(defaulted(full)).toBe(full);
    expect(defaulted(set({ strategy: "Reconcile" })).spec.strategy).toBe("Reconcile");
  });

  test("says which clusters, and neither that nor its strategy changes [CORE-379]", () => {
    expect(errors(full)).toEqual([]);
    expect(errors(full, full)).toEqual([]);
    expect(errors(set({ clusterSelector: {} }))).toEqual(["spec.clusterSelector: Invalid value: {}: selector must not be empty"]);
    expect(errors(set({ clusterSelector: { matchExpressions: [{ key: "a", operator: "Near" }] } }))).toEqual([
      expect.stringMatching(/^spec\.clusterSelector: Invalid value: .*"Near" is not a valid label selector operator/),
    ]);
    expect(errors(set({ strategy: "Reconcile", clusterSelector: { matchLabels: { cni: "cilium" } } }), full)).toEqual([
      'spec.strategy: Invalid value: "Reconcile": field is immutable',
      expect.stringMatching(/^spec\.clusterSelector: Invalid value: .*: field is immutable$/),
    ]);
  });
});

test("a binding stays with its Cluster [CORE-383]", () => {
  const binding = (clusterName?: string): ClusterResourceSetBinding =>
    ({
      apiVersion: "addons.cluster.x-k8s.io/v1beta1",
      kind: "ClusterResourceSetBinding",
      metadata: { name: "b", namespace: "n" },
      spec: { ...(clusterName === undefined ? {} : { clusterName }) },
    }) as ClusterResourceSetBinding;
  const { errors } = admissionOf(ClusterResourceSetBinding);
  expect(errors(binding("a"), binding("a"))).toEqual([]);
  expect(errors(binding("a"), binding())).toEqual([]);
  expect(errors(binding("b"), binding("a"))).toEqual(['spec.clusterName: Invalid value: "b": field is immutable']);
});

test("sets and bindings are refused while the feature is turned off [CORE-393]", () => {
  const refused = ["spec: Forbidden: can be set only if the ClusterResourceSet feature flag is enabled"];
  const off = { featureGates: { ClusterResourceSet: false } };
  const object = { metadata: { name: "a" }, spec: { clusterSelector: {} } };
  expect(admissionOf(ClusterResourceSet).errors(object as ClusterResourceSet, undefined, off)).toEqual(refused);
  const binding = { metadata: { name: "a" }, spec: {} } as ClusterResourceSetBinding;
  expect(admissionOf(ClusterResourceSetBinding).errors(binding, undefined, off)).toEqual(refused);
});
