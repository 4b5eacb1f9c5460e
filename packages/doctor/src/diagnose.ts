import { type CauseCode, rankOf } from "./causes.ts";
import type { Evidence } from "./evidence/evidence.ts";
import type { Diagnosis, DiagnosisState, Finding, Line, Severity } from "./finding.ts";
import { grouped } from "./grouped.ts";
import { cloudProblems, ingredients, loadBalancer, network } from "./rules/cloud.ts";
import { deletion } from "./rules/deletion.ts";
import { failures, paused, request } from "./rules/lifecycle.ts";
import { controlPlane, nodes, remediation } from "./rules/nodes.ts";
import { refused } from "./rules/refusals.ts";
import { rotation } from "./rules/rotation.ts";
import type { Rule } from "./rules/rule.ts";
import { servers } from "./rules/servers.ts";

/** Those that look at the cloud itself come before those that repeat what somebody said about it. */
const rules: readonly Rule[] = [
  paused,
  request,
  cloudProblems,
  servers,
  loadBalancer,
  network,
  ingredients,
  controlPlane,
  nodes,
  deletion,
  remediation,
  refused,
  failures,
  rotation,
];

/** Why a cluster is as it is: the first cause first, each once. Pure. */
export const diagnose = (evidence: Evidence): Diagnosis => {
  const settled = isSettled(evidence);
  // An event tells of a trouble that may be over: of a settled cluster only the present counts.
  const current = settled ? { ...evidence, events: [] } : evidence;
  const findings = merged(rules.flatMap((rule) => rule(current))).toSorted(byRank);
  const state = stateOf(evidence, findings, settled);
  return { state, summary: summaryOf(state, findings, evidence), findings };
};

const order: { readonly [severity in Severity]: number } = { error: 0, warning: 1, info: 2 };

const byRank = (a: Finding, b: Finding): number => order[a.severity] - order[b.severity] || rankOf(a.code) - rankOf(b.code);

const MOST_LINES = 4;

/** One cause that several objects suffer from is told once, with the evidence of the first few. */
const merged = (findings: readonly Finding[]): readonly Finding[] => {
  const groups = grouped(findings, ({ code }) => code);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const lines = distinct(group.flatMap(({ evidence }) => evidence));
    const hidden = lines.length - MOST_LINES;
    const since = group
      .map((one) => one.since)
      .filter((one) => one !== undefined)
      .toSorted()[0];
    return [
      {
        ...first,
        severity: group.some(({ severity }) => severity === "error") ? "error" : first.severity,
        evidence: hidden > 0 ? [...lines.slice(0, MOST_LINES), { text: `and ${hidden} more like this` }] : lines,
        since,
      },
    ];
  });
};

/** The same words, said by several objects in a row or repeated inside a longer line, are one line. */
const distinct = (lines: readonly Line[]): readonly Line[] => {
  const kept: string[] = [];
  return lines.filter(({ text }) => {
    const words = text.replace(/^\w+ [\w.-]+: /, "");
    if (kept.some((other) => words.includes(other))) return false;
    kept.push(words);
    return true;
  });
};

const isTrue = (conditions: readonly { readonly type: string; readonly status: string }[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** As asked for, as far as the objects say. */
const isSettled = ({ objects: { record, cluster, machines, machineDeployments } }: Evidence): boolean => {
  if (record?.metadata.deletionTimestamp !== undefined || cluster?.metadata.deletionTimestamp !== undefined) return false;
  if (record !== undefined && record.status?.status?.endsWith("_COMPLETE") !== true) return false;
  return (
    isTrue(cluster?.status?.conditions, "Ready") &&
    machines.every(({ status }) => status?.phase === "Running") &&
    machineDeployments.every(({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1))
  );
};

/** Given up: Magnum says so, or there is nobody left who would try. */
const givenUp: ReadonlySet<CauseCode> = new Set(["ClusterGone", "RequestRefused"]);

const stateOf = ({ objects: { record, cluster } }: Evidence, findings: readonly Finding[], settled: boolean): DiagnosisState => {
  if (record?.status?.status?.endsWith("_FAILED") || cluster?.status?.phase === "Failed") return "failed";
  if (findings.some(({ code }) => givenUp.has(code))) return "failed";
  if (findings.some(({ severity }) => severity === "error")) return "stuck";
  if (settled) return "healthy";
  return "progressing";
};

const summaryOf = (state: DiagnosisState, findings: readonly Finding[], { objects }: Evidence): string => {
  const [first, ...others] = findings.filter(({ severity }) => severity !== "info");
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  switch (state) {
    case "healthy":
      return first === undefined ? "The cluster is as asked for; nothing is wrong." : `The cluster works. ${first.title}${more}.`;
    case "progressing":
      return first === undefined ? `The cluster is on its way: ${progressOf(objects)}.` : `${first.title}${more}.`;
    default:
      return first === undefined ? "The cluster failed; nothing says why." : `${first.title}${more}.`;
  }
};

const progressOf = ({ cluster, infrastructure, controlPlane: plane, machines }: Evidence["objects"]): string => {
  if (cluster?.metadata.deletionTimestamp !== undefined) return `it is being deleted, ${machines.length} machines are left`;
  if (cluster === undefined) return "its objects are being made";
  if (infrastructure?.status?.ready !== true) return "networks and load balancer are being made";
  if (plane?.status?.initialized !== true) return "the first control plane machine is being made";
  const there = machines.filter(({ status }) => status?.phase === "Running").length;
  return `${there} of ${machines.length} machines run`;
};
