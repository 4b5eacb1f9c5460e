import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { expect, test } from "vitest";
import { familyReaders } from "./collect.ts";
import { customResourceStateMetrics, customResourceStateRole } from "./customresourcestate.ts";
import { clusterApiKinds } from "./kinds.ts";
import { servedKinds } from "./served.ts";

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

test("the shipped files make another's kube-state-metrics serve the same families as ours, and let it read them [OBS-031 OBS-032 OBS-051 OBS-099 OBS-100]", () => {
  interface Configuration {
    readonly spec: {
      readonly resources: readonly {
        readonly metricNamePrefix: string;
        readonly metrics: readonly { readonly name: string }[];
      }[];
    };
  }
  const folder = join(import.meta.dirname, "../../../../deploy/kube-state-metrics");
  const documents = ["capi", "capo", "magnum"].flatMap((name) => {
    const [role, map] = loadAll(readFileSync(join(folder, `${name}.yaml`), "utf8")) as unknown as readonly [
      object,
      { data: { [key: string]: string } },
    ];
    expect(role).toMatchObject({
      kind: "ClusterRole",
      metadata: { labels: { "kube-state-metrics/aggregate-to-manager": "true" } },
    });
    expect(map).toMatchObject({ kind: "ConfigMap", metadata: { labels: { "kube-state-metrics/custom-resource": "true" } } });
    return loadAll(map.data[`${name}.yaml`] ?? "") as Configuration[];
  });
  const theirs = documents.flatMap(({ spec }) =>
    spec.resources.flatMap(({ metricNamePrefix: prefix, metrics }) => metrics.map(({ name }) => `${prefix}_${name}`)),
  );
  expect(theirs).toEqual(servedKinds.flatMap((kind) => familyReaders(kind).map(({ name }) => name)));
  expect(customResourceStateRole("r", clusterApiKinds, (kind) => `${kind.toLowerCase()}s`).rules).toContainEqual({
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: ["list", "watch"],
  });
});

test("every family says what it is, and no two have one name [OBS-064]", () => {
  const readers = servedKinds.flatMap(familyReaders);
  for (const { name, help } of readers) expect(help.length, name).toBeGreaterThan(5);
  expect(new Set(readers.map(({ name }) => name)).size).toBe(readers.length);
});
