import { evaluate, keyOf, type Labels, type ReadFamily } from "../query/evaluate.ts";
import { durationSeconds } from "./durations.ts";
import { type AlertRule, alertName } from "./rule.ts";
import { fillTemplate } from "./template.ts";

/** An alert about one object, as Prometheus would have it. */
export interface Alert {
  readonly name: string;
  readonly title: string;
  readonly state: "pending" | "firing";
  /** Since when it is so; the alert fires once that is `for` ago. */
  readonly activeAt: string;
  readonly firesAt: string;
  readonly value: number;
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface AlertReport {
  readonly evaluatedAt: string;
  /** The worst first. */
  readonly alerts: readonly Alert[];
  /** Every rule that is answered here, and how many objects it speaks of. */
  readonly rules: readonly { readonly name: string; readonly for: string; readonly pending: number; readonly firing: number }[];
  /** Rules that only Prometheus can answer. */
  readonly elsewhere: readonly string[];
}

/** Since when each alert is so, and when that was last looked at: what a restart has to know. Milliseconds. */
export interface AlertMemory {
  readonly lookedAt: number;
  readonly since: { readonly [key: string]: number };
}

/** Away for longer than this, nobody can say that it was so all the time; Prometheus' own limit (for-outage-tolerance). */
const longestAbsenceMilliseconds = 3_600_000;

/** An alert's clock is its rule and the labels of its object: an object made again under its name goes on with it. */
const keyOfAlert = (uid: string, labels: Labels) => `${uid} ${keyOf(labels, Object.keys(labels))}`;

/**
 * One look: every rule is asked, and what was so before goes on. Pure but for `read`. A rule that cannot be answered throws; the
 * memory is then as before.
 */
export const lookAtAlerts = async (
  rules: readonly AlertRule[],
  before: AlertMemory | undefined,
  options: { readonly read: ReadFamily; readonly now: Date },
): Promise<{ readonly report: AlertReport; readonly memory: AlertMemory }> => {
  const now = options.now.getTime();
  const known = before !== undefined && now - before.lookedAt <= longestAbsenceMilliseconds ? before.since : {};
  const since: { [key: string]: number } = {};
  const alerts: Alert[] = [];
  const counts: AlertReport["rules"][number][] = [];
  for (const rule of rules) {
    if (rule.ask === undefined) continue;
    const waitMilliseconds = durationSeconds(rule.for) * 1000;
    const found = (
      await evaluate(rule.ask, { read: options.read, nowSeconds: now / 1000, onlyPositive: rule.threshold >= 0 })
    ).filter(({ value }) => value > rule.threshold);
    const mine = found.map(({ labels, value }): Alert => {
      const key = keyOfAlert(rule.uid, labels);
      const activeAt = Math.min(known[key] ?? now, now);
      since[key] = activeAt;
      const fill = (texts: Labels) =>
        Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fillTemplate(text, labels, value)]));
      return {
        name: alertName(rule.title),
        title: rule.title,
        state: now - activeAt >= waitMilliseconds ? "firing" : "pending",
        activeAt: new Date(activeAt).toISOString(),
        firesAt: new Date(activeAt + waitMilliseconds).toISOString(),
        value,
        labels: { ...labels, ...fill(rule.labels) },
        annotations: fill(rule.annotations),
      };
    });
    alerts.push(...mine);
    const count = (state: Alert["state"]) => mine.filter((alert) => alert.state === state).length;
    counts.push({ name: alertName(rule.title), for: rule.for, pending: count("pending"), firing: count("firing") });
  }
  return {
    report: {
      evaluatedAt: options.now.toISOString(),
      alerts: alerts.toSorted(worstFirst),
      rules: counts,
      elsewhere: rules.filter(({ ask }) => ask === undefined).map(({ title }) => alertName(title)),
    },
    memory: { lookedAt: now, since },
  };
};

/** The same alerts when nothing has changed but the time: what waited may fire now. */
export const later = (report: AlertReport, now: Date): AlertReport => {
  const alerts = report.alerts.map(
    (alert): Alert => ({ ...alert, state: Date.parse(alert.firesAt) <= now.getTime() ? "firing" : alert.state }),
  );
  const count = (name: string, state: Alert["state"]) =>
    alerts.filter((alert) => alert.name === name && alert.state === state).length;
  return {
    ...report,
    evaluatedAt: now.toISOString(),
    alerts: alerts.toSorted(worstFirst),
    rules: report.rules.map((one) => ({ ...one, pending: count(one.name, "pending"), firing: count(one.name, "firing") })),
  };
};

const severities = ["critical", "warning", "info"];
const worstFirst = (a: Alert, b: Alert): number =>
  Number(b.state === "firing") - Number(a.state === "firing") ||
  severities.indexOf(a.labels["severity"] ?? "") - severities.indexOf(b.labels["severity"] ?? "") ||
  a.activeAt.localeCompare(b.activeAt) ||
  a.name.localeCompare(b.name);
