import { expect, test } from "vitest";
import { customResourceStateMetrics } from "./customresourcestate.ts";
import { clusterApiKinds } from "./kinds.ts";

test("the declaration is written as kube-state-metrics reads it [OBS-030 OBS-031 OBS-037 OBS-038 OBS-039 OBS-040 OBS-041]", () => {
  const { kind, spec } = customResourceStateMetrics(clusterApiKinds);
  expect(kind).toBe("CustomResourceStateMetrics");
  const cluster = spec.resources.find(({ metricNamePrefix }) => metricNamePrefix === "capi_cluster");
  expect(cluster?.groupVersionKind).toEqual({ group: "cluster.x-k8s.io", version: "v1beta1", kind: "Cluster" });
  const each = (name: string) => cluster?.metrics.find((metric) => metric.name === name)?.each;
  expect(each("spec_paused")).toEqual({ type: "Gauge", gauge: { path: ["spec", "paused"], nilIsZero: true } });
  expect(each("annotation_paused")).toEqual({
    type: "Info",
    info: { path: ["metadata", "annotations", "cluster.x-k8s.io/paused"], labelsFromPath: { paused_value: [] } },
  });
  expect(each("status_condition")).toEqual({
    type: "StateSet",
    stateSet: {
      path: ["status", "v1beta2", "conditions"],
      valueFrom: ["status"],
      labelName: "status",
      labelsFromPath: { type: ["type"] },
      list: ["True", "False", "Unknown"],
    },
  });
});
