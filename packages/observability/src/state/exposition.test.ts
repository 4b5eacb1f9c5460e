import type { KubeObject } from "@slipway/api";
import { expect, test } from "vitest";
import { collectFamilies, familyReaders } from "./collect.ts";
import { familyHead, familyLines, negotiate, renderFamilies } from "./exposition.ts";
import { clusterApiKinds } from "./kinds.ts";
import { formatValue, gaugeValue } from "./value.ts";

const cluster = (name: string): KubeObject =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name, namespace: "tenants", uid: `u-${name}`, creationTimestamp: "2023-08-25T15:07:45Z" },
    spec: { topology: { class: 'a "quoted"\\\nname' } },
    status: { phase: "Provisioned" },
  }) as KubeObject;

const kind = 'customresource_group="cluster.x-k8s.io",customresource_kind="Cluster",customresource_version="v1beta1"';

test("the older text calls everything a gauge; labels are escaped, numbers as Go writes them [OBS-009 OBS-010 OBS-012 OBS-013]", () => {
  const text = renderFamilies(collectFamilies([cluster("a")]), "text");
  expect(text).toContain(
    `# HELP capi_cluster_created When a cluster was created, in Unix seconds.\n# TYPE capi_cluster_created gauge\ncapi_cluster_created{${kind},name="a",namespace="tenants",uid="u-a"} 1.692976065e+09\n`,
  );
  expect(text).toContain(
    `# TYPE capi_cluster_info gauge\ncapi_cluster_info{${kind},name="a",namespace="tenants",topology_class="a \\"quoted\\"\\\\\\nname",uid="u-a"} 1\n`,
  );
  expect(text).not.toContain("capi_cluster_annotation_paused"); // no samples, no header
});

test("OpenMetrics knows states and infos [OBS-010]", () => {
  const text = renderFamilies(collectFamilies([cluster("a")]), "openmetrics");
  expect(text).toContain("# TYPE capi_cluster_info info\n");
  expect(text).toContain("# TYPE capi_cluster_status_phase stateset\n");
  expect(text).toContain("# TYPE capi_cluster_created gauge\n");
});

test("a family's lines are its samples, written without the way round [OBS-012 OBS-013]", () => {
  const odd = [cluster("a"), cluster("b"), { ...cluster("c"), status: undefined }];
  for (const kind of clusterApiKinds) {
    for (const reader of familyReaders(kind)) {
      const samples = odd.flatMap((object) => reader.read(object));
      const family = { name: reader.name, help: reader.help, type: reader.type, samples };
      const lines = familyLines(reader, odd);
      expect(lines === "" ? "" : `${familyHead(reader, "text")}${lines}`).toBe(renderFamilies([family], "text"));
    }
  }
});

test("OpenMetrics is for those who ask for it [OBS-007]", () => {
  const prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  expect(negotiate(prometheus)).toBe("openmetrics");
  const others = [undefined, "*/*", "text/plain", "application/openmetrics-text;q=0", "application/vnd.google.protobuf"];
  expect(others.map(negotiate)).toEqual(others.map(() => "text"));
});

test("numbers, words, times, quantities and shares become numbers; anything else is none [OBS-047]", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    ...([
      [3, 3],
      [true, 1],
      [false, 0],
      ["Yes", 1],
      ["no", 0],
      ["Unknown", 0],
    ] as const),
    ...([
      ["2023-08-25T15:07:45Z", 1692976065],
      ["500m", 0.5],
      ["2Ki", 2048],
      ["1e3", 1000],
      ["-4", -4],
    ] as const),
    ...([
      ["25%", 0.25],
      ["NaN", Number.NaN],
      ["ready", undefined],
      ["", undefined],
      [{}, undefined],
      [null, undefined],
    ] as const),
  ];
  for (const [value, expected] of cases) expect(gaugeValue(value), String(value)).toBe(expected);
});

test("values print as Go prints them [OBS-013]", () => {
  const cases: readonly (readonly [number, string])[] = [
    ...([
      [0, "0"],
      [1, "1"],
      [-1, "-1"],
      [Number.NaN, "NaN"],
      [Number.POSITIVE_INFINITY, "+Inf"],
    ] as const),
    ...([
      [Number.NEGATIVE_INFINITY, "-Inf"],
      [999999, "999999"],
      [1e6, "1e+06"],
      [1692976065, "1.692976065e+09"],
    ] as const),
    ...([
      [0.25, "0.25"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [123456.5, "123456.5"],
      [1234567.5, "1.2345675e+06"],
    ] as const),
  ];
  for (const [value, expected] of cases) expect(formatValue(value)).toBe(expected);
});
