/**
 * Pictures of the dashboards for docs/monitoring.md:
 *
 *   npx tsx scripts/pictures/dashboards.ts --prometheus http://127.0.0.1:9090 --cluster kube-abcde [--minutes 15] [--out docs/pictures]
 *
 * Every panel's own queries are put to a running Prometheus, and its answers are drawn by `draw.ts` in the dashboard's own layout. It is
 * no Grafana: colours and type are ours, the numbers are not made up. Needs Chromium, for the drawing becomes a PNG.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Dashboard, dashboards, grafanaDashboard, type Panel } from "@slipway/observability";
import { drawPage, type Placed, type Shown } from "./draw.ts";

const { values: options } = parseArgs({
  options: {
    prometheus: { type: "string", default: "http://127.0.0.1:9090" },
    namespace: { type: "string", default: "magnum-system" },
    cluster: { type: "string", default: "" },
    minutes: { type: "string", default: "15" },
    out: { type: "string", default: "docs/pictures" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const end = Math.floor(Date.now() / 1000);
const start = end - Number(options.minutes) * 60;
const step = Math.max(5, Math.round((end - start) / 180));

const chosen: { readonly [name: string]: string } = {
  ...{ namespace: options.namespace, cluster: options.cluster, controller: ".*", request: ".*", __rate_interval: "1m" },
};
const filled = (query: string) =>
  query.replaceAll(/\$([a-z_]+)/g, (_, name: string) => chosen[name] ?? `$${name}`).replaceAll("[1h]", "[15m]");

interface Answer {
  readonly metric: { readonly [label: string]: string };
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
}
const ask = async (path: string, parameters: { readonly [name: string]: string }): Promise<readonly Answer[]> => {
  const response = await fetch(`${options.prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = (await response.json()) as { readonly data?: { readonly result: readonly Answer[] }; readonly error?: string };
  if (answer.data === undefined) throw new Error(`${parameters["query"]}: ${answer.error}`);
  return answer.data.result;
};

const show = async (panel: Panel): Promise<Shown> => {
  const { title, unit, stacked } = panel;
  if (panel.kind === "timeseries") {
    const all = await Promise.all(
      panel.targets.map(async ({ expr, legend }) =>
        (await ask("query_range", { query: filled(expr), start: `${start}`, end: `${end}`, step: `${step}` })).map(
          ({ metric, values = [] }) => ({
            name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ""),
            points: values.map(([at, value]) => ({ at, value: Number(value) })).filter(({ value }) => Number.isFinite(value)),
          }),
        ),
      ),
    );
    return { kind: "lines", title, unit, stacked: stacked === true, lines: all.flat(), from: start, to: end };
  }
  const answers = await Promise.all(panel.targets.map(({ expr }) => ask("query", { query: filled(expr), time: `${end}` })));
  if (panel.table === undefined) return { kind: "stat", title, unit, value: Number(answers[0]?.[0]?.value?.[1] ?? Number.NaN) };
  const { by, columns } = panel.table;
  const rows = new Map<string, { [field: string]: string }>();
  for (const [index, answer] of answers.entries()) {
    for (const { metric, value } of answer) {
      const row = rows.get(metric[by] ?? "") ?? {};
      rows.set(metric[by] ?? "", { ...row, ...metric, [`Value #${String.fromCharCode(65 + index)}`]: value?.[1] ?? "" });
    }
  }
  return { kind: "table", title, columns, rows: [...rows.values()] };
};

const picture = async (dashboard: Dashboard): Promise<void> => {
  const panels = dashboard.rows.flatMap((row) => row.panels);
  const placed = grafanaDashboard(dashboard).panels as readonly Placed[];
  const shown = await Promise.all(panels.map(show));
  const { html, width, height } = drawPage(dashboard.title, placed, shown);
  const folder = mkdtempSync(join(tmpdir(), "slipway-picture-"));
  try {
    writeFileSync(join(folder, "page.html"), html);
    const target = resolve(options.out, `${dashboard.uid}.png`);
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      `--user-data-dir=${join(folder, "profile")}`,
    ];
    execFileSync(
      options.chromium,
      [...flags, `--window-size=${width},${height}`, `--screenshot=${target}`, `file://${folder}/page.html`],
      {
        stdio: "ignore",
        timeout: 60_000,
      },
    );
    console.log(target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

mkdirSync(options.out, { recursive: true });
for (const dashboard of dashboards) await picture(dashboard);
