import { dataSourceUid } from "../alerts/grafana.ts";
import { clusterDashboard } from "./cluster.ts";
import { controllersDashboard } from "./controllers.ts";
import type { Dashboard, Panel, Row, Variable } from "./dashboard.ts";
import { fleetDashboard } from "./fleet.ts";
import { openStackDashboard } from "./openstack.ts";

export const dashboards: readonly Dashboard[] = [fleetDashboard, clusterDashboard, controllersDashboard, openStackDashboard];

/** Grafana 11's; newer ones read it (OBS-179, OBS-180). */
const schemaVersion = 39;
const gridWidth = 24;
const heights = { stat: 4, timeseries: 8, table: 12 } as const;
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana's
const dataSource = { type: "prometheus", uid: "${datasource}" };

/** A dashboard as Grafana's file provisioning reads it. Panel 1 is the first one: alerts lead there. */
export const grafanaDashboard = (dashboard: Dashboard) => ({
  uid: dashboard.uid,
  title: dashboard.title,
  description: dashboard.description,
  tags: ["capi", "slipway"],
  schemaVersion,
  version: 1,
  editable: false,
  graphTooltip: 1,
  refresh: "1m",
  time: { from: "now-6h", to: "now" },
  templating: { list: [dataSourceVariable, ...dashboard.variables.map(variable)] },
  links: [{ type: "dashboards", tags: ["slipway"], title: "Slipway", asDropdown: true, includeVars: false, keepTime: true }],
  panels: placed(dashboard.rows),
});

const dataSourceVariable = {
  name: "datasource",
  label: "Data source",
  type: "datasource",
  query: "prometheus",
  current: { text: "Prometheus", value: dataSourceUid },
};

const variable = ({ name, label, query, many }: Variable) => ({
  name,
  label,
  type: "query",
  datasource: dataSource,
  query: { query, refId: "A" },
  definition: query,
  refresh: 2,
  sort: 1,
  ...(many === true ? { multi: true, includeAll: true, allValue: ".*", current: { text: "All", value: "$__all" } } : {}),
});

/** Rows from top to bottom, panels from left to right; a panel that does not fit any more begins a line. */
const placed = (rows: readonly Row[]) => {
  const panels: object[] = [];
  let y = 0;
  let id = 0;
  // Ids of rows are beyond those of any panel.
  for (const [index, { title, panels: own }] of rows.entries()) {
    panels.push({ id: 1001 + index, type: "row", title, collapsed: false, gridPos: { x: 0, y, w: gridWidth, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of own) {
      if (x + panel.width > gridWidth) {
        y += height;
        x = 0;
        height = 0;
      }
      id += 1;
      const h = heights[panel.kind];
      panels.push({ id, ...drawn(panel), gridPos: { x, y, w: panel.width, h } });
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
};

const drawn = (panel: Panel) => ({
  type: panel.kind,
  title: panel.title,
  description: panel.description,
  datasource: dataSource,
  targets: panel.targets.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: dataSource,
    expr,
    ...(panel.kind === "timeseries" ? { legendFormat: legend } : { instant: true, range: false }),
    ...(panel.kind === "table" ? { format: "table" } : {}),
  })),
  fieldConfig: {
    defaults: {
      unit: panel.unit,
      ...(panel.kind === "timeseries"
        ? {
            min: 0,
            custom: {
              lineWidth: 1,
              fillOpacity: panel.stacked === true ? 30 : 0,
              stacking: { mode: panel.stacked === true ? "normal" : "none", group: "A" },
            },
          }
        : {}),
    },
    overrides: panel.table === undefined ? [] : ages(panel.table.columns),
  },
  options: options[panel.kind],
  ...(panel.table === undefined ? {} : { transformations: transformations(panel.table) }),
});

const options = {
  stat: { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, colorMode: "none", graphMode: "area" },
  timeseries: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
  table: { showHeader: true, cellHeight: "sm" },
} as const;

/** The queries' tables side by side, and of their fields only the named ones. */
const transformations = ({ by, columns }: NonNullable<Panel["table"]>) => {
  const names = Object.keys(columns);
  return [
    { id: "joinByField", options: { byField: by, mode: "outer" } },
    { id: "filterFieldsByName", options: { include: { pattern: `^(${names.join("|")})( 1)?$` } } },
    {
      id: "organize",
      options: {
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: columns,
      },
    },
  ];
};

const ages = (columns: { readonly [field: string]: string }) =>
  Object.values(columns)
    .filter((title) => title === "Age")
    .map((title) => ({ matcher: { id: "byName", options: title }, properties: [{ id: "unit", value: "s" }] }));

/** Where Grafana finds the dashboards: beside this file. */
export const grafanaDashboardProvider = () => ({
  apiVersion: 1,
  providers: [
    {
      name: "slipway",
      orgId: 1,
      folder: "Slipway",
      folderUid: "slipway",
      type: "file",
      disableDeletion: true,
      updateIntervalSeconds: 60,
      allowUiUpdates: false,
      options: { path: "/etc/grafana/provisioning/dashboards", foldersFromFilesStructure: false },
    },
  ],
});
