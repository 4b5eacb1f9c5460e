import { exitCode } from "../process/exit.ts";
import { homePath, requireRunning } from "../process/home.ts";
import { fetchStatus } from "../process/status.ts";

/** What runs, where it is, and whether it is well. Exit 1 when something is not ready. */
export const status = async (options: { readonly home?: string; readonly json?: boolean }): Promise<void> => {
  const run = requireRunning(homePath(options.home));
  const report = await fetchStatus(run);
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
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
    process.stdout.write(
      `Slipway ${run.version}, pid ${run.pid}: ${report.ready ? "ready" : "not ready"}\n\n${endpoints.join("\n")}\n\n${lines.join("\n")}\n`,
    );
  }
  if (!report.ready) process.exitCode = exitCode.failed;
};
