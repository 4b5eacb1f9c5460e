import { describe, expect, test } from "vitest";
import { alertGroups } from "../alerts/alerts.ts";
import { dataSourceUid, grafanaDataSources } from "../alerts/grafana.ts";
import { ownFamilies } from "../metrics/families.ts";
import { familyReaders } from "../state/collect.ts";
import { servedKinds } from "../state/served.ts";
import { dashboards, grafanaDashboard, grafanaDashboardProvider } from "./grafana.ts";
import { metricNames } from "./names.ts";

/** Of the API server (packages/apiserver/src/http/metrics). */
const ofTheApiServer = ["apiserver_request_total", "apiserver_request_duration_seconds_bucket", "apiserver_storage_objects"];
const served = new Set([
  ...servedKinds.flatMap((kind) => familyReaders(kind).map(({ name }) => name)),
  ...Object.entries(ownFamilies).flatMap(([name, { type }]) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => `${name}${suffix}`) : [name],
  ),
  ...ofTheApiServer,
]);

describe.each(dashboards)("dashboard $title", (dashboard) => {
  const panels = dashboard.rows.flatMap(({ panels: own }) => own);
  const queries = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...dashboard.variables.map(({ query }) => query),
  ];

  test("every query is about metrics that Slipway serves [OBS-104 OBS-106 OBS-107 OBS-108 OBS-197 OBS-198 OBS-200 OBS-204]", () => {
    for (const query of queries) {
      const names = metricNames(query);
      expect(names.length, query).toBeGreaterThan(0);
      expect(
        names.filter((name) => !served.has(name)),
        query,
      ).toEqual([]);
    }
  });

  test("a fixed uid, no id, a schema that Grafana 11 reads, a choice of data source, and panels that do not overlap [OBS-179 OBS-180]", () => {
    const json = grafanaDashboard(dashboard);
    expect(json).not.toHaveProperty("id");
    expect(json.uid).toMatch(/^slipway-[a-z]+$/);
    expect(json.schemaVersion).toBeLessThanOrEqual(39);
    expect(json.tags).toContain("capi");
    expect(json.templating.list[0]).toMatchObject({ type: "datasource", query: "prometheus", current: { value: dataSourceUid } });
    const placed = json.panels as readonly {
      readonly id: number;
      readonly gridPos: { x: number; y: number; w: number; h: number };
    }[];
    expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
    const cells = placed.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test("every panel says what it shows, and a variable that is used is declared", () => {
    for (const { title, description } of panels) expect([title, description]).not.toContain("");
    const used = new Set(queries.flatMap((query) => [...query.matchAll(/\$(\w+)/g)].map(([, name]) => name)));
    const known = [...dashboard.variables.map(({ name }) => name), "__rate_interval", "1"];
    expect([...used].filter((name) => !known.includes(name ?? ""))).toEqual([]);
  });
});

test("each alert leads to a panel that there is [OBS-125]", () => {
  for (const { panel, title } of alertGroups().flatMap(({ rules }) => rules)) {
    const found = dashboards.find(({ uid }) => uid === panel.dashboardUid);
    const panels = found === undefined ? [] : (grafanaDashboard(found).panels as readonly { readonly id: number }[]);
    expect(
      panels.some(({ id }) => id === panel.id),
      title,
    ).toBe(true);
  }
});

test("clusters are counted and their phases summed as upstream's dashboards do [OBS-201]", () => {
  const queries = dashboards.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets)));
  const all = queries.map(({ expr }) => expr);
  expect(all).toContain("sum(capi_cluster_info)");
  expect(all).toContain("sum by (phase) (capi_cluster_status_phase == 1)");
});

test("how long a cluster and its machines took is shown step by step, for one and on the mean [OBS-199]", () => {
  const all = dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
  );
  const about = (kind: string, type: string) =>
    all.filter((expr) => expr.includes(`capi_${kind}_status_condition_last_transition_time{`) && expr.includes(`type="${type}"`));
  for (const type of ["InfrastructureReady", "ControlPlaneAvailable"])
    expect(about("cluster", type).length, type).toBeGreaterThan(1);
  for (const type of ["BootstrapConfigReady", "InfrastructureReady", "NodeHealthy", "NodeReady"])
    expect(
      about("machine", type).some((expr) => expr.startsWith("avg(")),
      type,
    ).toBe(true);
});

test("the data source and the provider of the dashboards are as Grafana reads them [OBS-174 OBS-175 OBS-176 OBS-177 OBS-178]", () => {
  expect(grafanaDataSources()).toMatchObject({
    apiVersion: 1,
    datasources: [
      { type: "prometheus", uid: "prometheus", access: "proxy", url: "$PROMETHEUS_URL", jsonData: { httpMethod: "POST" } },
    ],
  });
  expect(grafanaDashboardProvider()).toMatchObject({
    apiVersion: 1,
    providers: [{ type: "file", folder: "Slipway", allowUiUpdates: false, options: { path: expect.stringMatching(/^\//) } }],
  });
});

test.each([
  ['sum by (phase) (capi_cluster_status_phase{phase!="x"} == 1)', ["capi_cluster_status_phase"]],
  [
    "histogram_quantile(0.95, sum by (le) (rate(a_bucket[5m]))) / on (x) group_left (y) b offset 5m or vector(0)",
    ["a_bucket", "b"],
  ],
  ['label_replace(a == bool 0, "b", "$1", "c", "(.+)")', ["a"]],
  ['label_values(a{b="c"}, name)', ["a"]],
])("the metrics of %s", (query, names) => {
  expect(metricNames(query)).toEqual(names);
});
