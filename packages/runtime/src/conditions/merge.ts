import type { V1Beta2Condition } from "@slipway/api";
import { plural } from "../object/plural.ts";
import { findCondition } from "./v1beta1.ts";
import { type NewV1Beta2Condition, v1beta2 } from "./v1beta2.ts";

/** What a condition means to the one it is merged into. CORE-071 */
export type Priority = "issue" | "unknown" | "info";
export type PriorityOf = (condition: NewV1Beta2Condition) => Priority;

export const priorityBy =
  (negativePolarity: readonly string[] = []): PriorityOf =>
  ({ type, status }) => {
    if (status === "Unknown") return "unknown";
    return (status === "True") === negativePolarity.includes(type) ? "issue" : "info";
  };

export interface MergeReasons {
  readonly issue: string;
  readonly unknown: string;
  readonly info: string;
}
/** CORE-073 */
const defaultReasons: MergeReasons = { issue: "IssuesReported", unknown: "UnknownReported", info: "InfoReported" };

export interface SummaryV1Beta2Options {
  /** In order of relevance. */
  readonly types: readonly string[];
  readonly negativePolarity?: readonly string[];
  /** Not counted as Unknown while they are missing. */
  readonly ignoreIfMissing?: readonly string[];
  /** Stand in for the object's own of the same type. */
  readonly overrides?: readonly NewV1Beta2Condition[];
  readonly reasons?: MergeReasons;
  readonly priority?: PriorityOf;
  /** A last word on the lines of the message. */
  readonly messages?: (lines: readonly string[]) => readonly string[];
}

/** One condition that sums up others of the same object. CORE-071…075 */
export const summaryV1Beta2 = (
  target: string,
  conditions: readonly V1Beta2Condition[] | undefined,
  options: SummaryV1Beta2Options,
): NewV1Beta2Condition => {
  const { types, negativePolarity, ignoreIfMissing = [], overrides = [], reasons = defaultReasons } = options;
  const { priority = priorityBy(negativePolarity), messages = (lines) => lines } = options;
  const inScope = types.flatMap((type): readonly NewV1Beta2Condition[] => {
    const found = findCondition(overrides, type) ?? findCondition(conditions, type);
    if (found) return [found];
    return ignoreIfMissing.includes(type) ? [] : [v1beta2(type, "Unknown", "NotYetReported", "Condition not yet reported")];
  });
  const worst = worstOf(inScope.map(priority));
  const status = statusOf(worst, true);
  const lines = inScope
    .filter((condition) => priority(condition) !== "info" || (status === "True" && condition.message !== ""))
    .map(({ type, reason, message }) => (message === "" ? `* ${type}: ${reason}` : `* ${type}:${indented(message)}`));
  return v1beta2(target, status, reasons[worst], messages(lines).join("\n"));
};

export interface AggregateV1Beta2Source {
  readonly kind: string;
  readonly name: string;
  readonly isControlPlaneMachine?: boolean;
  readonly conditions: readonly V1Beta2Condition[] | undefined;
}

export interface AggregateV1Beta2Options {
  /** Default: the type that is aggregated. */
  readonly target?: string;
  readonly negativePolarity?: boolean;
  readonly reasons?: MergeReasons;
  readonly priority?: PriorityOf;
}

/** One condition from the same one of many objects; there must be at least one. CORE-071…079 */
export const aggregateV1Beta2 = (
  type: string,
  sources: readonly AggregateV1Beta2Source[],
  options: AggregateV1Beta2Options = {},
): NewV1Beta2Condition => {
  const { target = type, negativePolarity = false, reasons = defaultReasons } = options;
  const priority = options.priority ?? priorityBy(negativePolarity ? [type] : []);
  const reports = sources
    .map((source): Report => {
      const found: NewV1Beta2Condition =
        findCondition(source.conditions, type) ??
        v1beta2(type, "Unknown", "NotYetReported", `Condition ${type} not yet reported`);
      return { source, message: found.message, priority: priority(found), since: found.lastTransitionTime ?? "" };
    })
    .toSorted((left, right) => (left.since < right.since ? -1 : left.since > right.since ? 1 : 0));
  const worst = worstOf(reports.map((report) => report.priority));
  const shown = reports.filter((report) => (worst === "info" ? report.message !== "" : report.priority !== "info"));
  return v1beta2(target, statusOf(worst, !negativePolarity), reasons[worst], aggregateMessage(shown));
};

interface Report {
  readonly source: AggregateV1Beta2Source;
  readonly message: string;
  readonly priority: Priority;
  readonly since: string;
}

const worstOf = (priorities: readonly Priority[]): Priority =>
  priorities.includes("issue") ? "issue" : priorities.includes("unknown") ? "unknown" : "info";

/** CORE-072 */
const statusOf = (worst: Priority, positive: boolean): "True" | "False" | "Unknown" =>
  worst === "unknown" ? "Unknown" : (worst === "issue") === positive ? "False" : "True";

const bullet = /\s*\*\s+/;

/** A message under its bullet: on the same line, or on lines of its own. CORE-078 */
export const indented = (message: string): string => {
  if (!message.includes("\n") && !bullet.test(message)) return ` ${message}`;
  const lines = message.split("\n");
  const mixed = lines.some((line) => !bullet.test(line));
  return `\n${lines.map((line) => `  ${mixed ? (bullet.test(line) ? "  " : "* ") : ""}${line}`).join("\n")}`;
};

const shownMessages = 3;
const shownNames = 3;
const rank: { readonly [P in Priority]: number } = { issue: 0, unknown: 1, info: 2 };
const surplus: { readonly [P in Priority]: string } = {
  issue: "with other issues",
  unknown: "with status unknown",
  info: "with additional info",
};

interface Group {
  readonly message: string;
  readonly names: string[];
  priority: Priority;
  controlPlaneFirst: boolean;
}

/** Objects by kind, then by what they say; the most pressing three messages. CORE-076, CORE-077 */
const aggregateMessage = (reports: readonly Report[]): string => {
  const lines: string[] = [];
  const kinds = [...new Set(reports.map(({ source }) => source.kind))].sort();
  let left = shownMessages;
  for (const kind of kinds) {
    const ofKind = reports.filter(({ source }) => source.kind === kind);
    const controlPlane = new Set(ofKind.filter(({ source }) => source.isControlPlaneMachine).map(({ source }) => source.name));
    const groups = groupsOf(ofKind, reports).toSorted(byUrgency);
    for (const { message, names } of groups.slice(0, left)) {
      names.sort((a, b) => Number(controlPlane.has(b)) - Number(controlPlane.has(a)) || (a < b ? -1 : a > b ? 1 : 0));
      lines.push(`* ${names.length === 1 ? kind : plural(kind)} ${shorten(names, shownNames)}:${indented(message)}`);
    }
    const hidden = groups.slice(left);
    left -= Math.min(left, groups.length);
    for (const priority of ["issue", "unknown", "info"] as const) {
      const count = hidden.filter((group) => group.priority === priority).reduce((sum, { names }) => sum + names.length, 0);
      if (count > 0) lines.push(`And ${count} ${count === 1 ? kind : plural(kind)} ${surplus[priority]}`);
    }
  }
  return lines.join("\n");
};

/** A message is as urgent as its most urgent report of any kind. */
const groupsOf = (ofKind: readonly Report[], all: readonly Report[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const { message, source } of ofKind) {
    const known = groups.get(message);
    if (known) known.names.push(source.name);
    else {
      const alike = all.filter((report) => report.message === message);
      groups.set(message, {
        message,
        names: [source.name],
        priority: worstOf(alike.map(({ priority }) => priority)),
        controlPlaneFirst: alike.some((report) => report.source.isControlPlaneMachine === true),
      });
    }
  }
  return [...groups.values()];
};

const byUrgency = (left: Group, right: Group): number => {
  const [a, b] = [left.names.join(","), right.names.join(",")];
  return (
    Number(right.controlPlaneFirst) - Number(left.controlPlaneFirst) ||
    rank[left.priority] - rank[right.priority] ||
    right.names.length - left.names.length ||
    (a < b ? -1 : a > b ? 1 : 0)
  );
};

/** `a, b, c, ... (2 more)`. CORE-081 */
export const shorten = (names: readonly string[], shown: number): string =>
  names.length <= shown ? names.join(", ") : `${names.slice(0, shown).join(", ")}, ... (${names.length - shown} more)`;
