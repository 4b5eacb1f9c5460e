import { type AlertReport, countAlerts, fetchAlerts } from "../process/alerts.ts";
import { exitCode } from "../process/exit.ts";
import { homePath, requireRunning } from "../process/home.ts";

/** What the alerts say, by the rules that Prometheus and Grafana are given. Exit 1 while one fires. */
export const alerts = async (options: {
  readonly home?: string;
  readonly json?: boolean;
  readonly all?: boolean;
}): Promise<void> => {
  const report = await fetchAlerts(requireRunning(homePath(options.home)));
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : alertText(report, options.all === true));
  if (report.alerts.some(({ state }) => state === "firing")) process.exitCode = exitCode.failed;
};

/** One alert a paragraph, the worst first: what it is, since when, and the first command to run. */
export const alertText = (report: AlertReport, all: boolean): string => {
  const { alerts: found, rules, elsewhere } = report;
  const lines = [
    `${countAlerts(report, "firing")} firing, ${countAlerts(report, "pending")} pending, ${rules.length} rules looked at ${report.evaluatedAt}`,
    "",
  ];
  for (const { state, title, labels, annotations, activeAt, firesAt } of found) {
    const when = state === "firing" ? `since ${activeAt}` : `since ${activeAt}, fires at ${firesAt}`;
    lines.push(
      `${state.toUpperCase().padEnd(7)}  ${labels["severity"] ?? ""}  ${title}  (${when})`,
      `         ${annotations["summary"] ?? ""}`,
      `         ${annotations["kubectl"] ?? ""}`,
      "",
    );
  }
  if (all) {
    const width = Math.max(...[...rules.map(({ name }) => name), ...elsewhere].map(({ length }) => length));
    for (const { name, for: after, pending, firing } of rules) {
      const state = firing > 0 ? `${firing} firing` : pending > 0 ? `${pending} pending` : "normal";
      lines.push(`${name.padEnd(width)}  for ${after.padEnd(4)}  ${state}`);
    }
    for (const name of elsewhere) lines.push(`${name.padEnd(width)}            only Prometheus can tell`);
  }
  return `${lines.join("\n").trimEnd()}\n`;
};
