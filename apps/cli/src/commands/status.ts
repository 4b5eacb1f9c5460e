import { countAlerts, fetchAlerts } from "../process/alerts.ts";
import { exitCode } from "../process/exit.ts";
import { homePath, requireRunning } from "../process/home.ts";
import { fetchStatus } from "../process/status.ts";

/** What runs, where it is, and whether it is well. Exit 1 when something is not ready. */
export const status = async (options: { readonly home?: string; readonly json?: boolean }): Promise<void> => {
  const run = requireRunning(homePath(options.home));
  const report = await fetchStatus(run);
  const found = await fetchAlerts(run).catch(() => undefined); // it may still be starting
  const summary =
    found === undefined ? undefined : { firing: countAlerts(found, "firing"), pending: countAlerts(found, "pending") };
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...report, ...(summary === undefined ? {} : { alerts: summary }) }, undefined, 2)}\n`,
    );
  else {
    const rows = report.components.map((component) => [
      component.ready ? "ready" : "not ready",
      component.namespace,
      component.name,
      component.message,
    ]);
    const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    const endpoints = Object.entries(report.endpoints).map(([name, url]) => `${name.padEnd(16)}${url}`);
    const told =
      summary === undefined
        ? ""
        : `\nalerts: ${summary.firing} firing, ${summary.pending} pending${summary.firing + summary.pending > 0 ? "; see `slipway alerts`" : ""}\n`;
    process.stdout.write(
      `Slipway ${run.version}, pid ${run.pid}: ${report.ready ? "ready" : "not ready"}\n\n${endpoints.join("\n")}\n\n${lines.join("\n")}\n${told}`,
    );
  }
  if (!report.ready) process.exitCode = exitCode.failed;
};
