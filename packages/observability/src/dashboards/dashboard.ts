/** A dashboard, declared once: Grafana's JSON is written from it, and a test holds every query against what is served. */
export interface Dashboard {
  /** Never changes: alerts and people's links name it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
/** A choice above the panels: the values of a label. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)` */
  readonly query: string;
  /** Several at once, and all. */
  readonly many?: true;
}

export type Unit = "short" | "s" | "percentunit" | "ops" | "bytes" | "dateTimeFromNow" | "none";
export interface Target {
  readonly expr: string;
  /** `{{label}}` */
  readonly legend: string;
}
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: "stat" | "timeseries" | "table";
  readonly unit: Unit;
  /** Of 24. */
  readonly width: number;
  readonly targets: readonly Target[];
  /** Of a table: the label that its queries are joined by, and the columns that are shown, in this order. */
  readonly table?: { readonly by: string; readonly columns: { readonly [field: string]: string } };
  /** Values add up: lines are stacked. */
  readonly stacked?: true;
}

type About = Pick<Panel, "title" | "description"> & Partial<Pick<Panel, "width" | "unit" | "stacked">>;

export const stat = (about: About, expr: string): Panel => ({
  ...{ kind: "stat", unit: "short", width: 4, ...about },
  targets: [{ expr, legend: about.title }],
});

/** Lines over time; `targets` are pairs of query and legend. */
export const lines = (about: About, ...targets: readonly (readonly [expr: string, legend: string])[]): Panel => ({
  ...{ kind: "timeseries", unit: "short", width: 12, ...about },
  targets: targets.map(([expr, legend]) => ({ expr, legend })),
});

export const table = (about: About, of: NonNullable<Panel["table"]>, ...exprs: readonly string[]): Panel => ({
  ...{ kind: "table", unit: "none", width: 24, ...about },
  targets: exprs.map((expr) => ({ expr, legend: "" })),
  table: of,
});

/** Of a histogram: the value that this share of observations stays under. */
export const quantile = (share: number, by: string, histogram: string, where = ""): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${where}[$__rate_interval])))`;
