import type { Diagnosis, Finding, Line } from "./finding.ts";
import { withoutSecrets } from "./rules/console.ts";

const MOST = 700;

/**
 * One cause for Magnum's `status_reason`: the same words as everywhere, without what is for operators only. Holds no ages, so that it
 * changes only when the cause does.
 */
export const shortReason = ({ findings }: Pick<Diagnosis, "findings">): string | undefined => {
  const first = findings.find(({ severity }) => severity !== "info");
  // What was asked for cannot be: the refusal says all there is to say.
  return first === undefined || first.code === "RequestRefused" ? undefined : reasonText(first);
};

const reasonText = ({ code, title, evidence, actions }: Finding): string => {
  const [told, todo] = [forTenants(evidence), forTenants(actions)];
  // A line that ends with a colon introduces the next.
  const proof = told.slice(0, told.findIndex((text) => !text.endsWith(":")) + 1 || told.length).join(" ");
  const parts = [`[${code}] ${title}.`, proof && ended(proof), todo[0] && `What to do: ${ended(todo[0])}`];
  return withoutSecrets(parts.filter(Boolean).join(" "))
    .replace(/\s*\n\s*/g, " ")
    .slice(0, MOST);
};

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What is for operators only is left out. */
export const forTenants = (lines: readonly Line[]): readonly string[] =>
  lines.filter(({ operatorOnly }) => operatorOnly !== true).map(({ text }) => text);

export const forOperators = (lines: readonly Line[]): readonly string[] => lines.map(({ text }) => text);

/** As it crosses the wire. */
export interface DiagnosisDocument {
  readonly cluster_uuid: string | null;
  readonly state: Diagnosis["state"];
  readonly summary: string;
  readonly findings: readonly FindingDocument[];
}

export interface FindingDocument {
  readonly code: string;
  readonly severity: Finding["severity"];
  readonly title: string;
  readonly evidence: readonly string[];
  readonly actions: readonly string[];
  readonly object: { readonly kind: string; readonly name: string };
  readonly since: string | null;
}

/** @param audience tenants are not told what only operators can see or do */
export const diagnosisDocument = (
  diagnosis: Diagnosis,
  uuid: string | undefined,
  audience: "tenant" | "operator",
): DiagnosisDocument => {
  const lines = audience === "operator" ? forOperators : forTenants;
  return {
    cluster_uuid: uuid ?? null,
    state: diagnosis.state,
    summary: withoutSecrets(diagnosis.summary),
    findings: diagnosis.findings.map(({ code, severity, title, evidence, actions, object, since }) => ({
      code,
      severity,
      title,
      evidence: lines(evidence).map(withoutSecrets),
      actions: lines(actions),
      object,
      since: since ?? null,
    })),
  };
};

/** A few lines for a terminal. */
export const diagnosisText = (name: string, diagnosis: Diagnosis): string => {
  const head = `${name}: ${diagnosis.state}. ${withoutSecrets(diagnosis.summary)}`;
  const blocks = diagnosis.findings.map((finding, index) =>
    [
      `${index + 1}. [${finding.code}] ${finding.title} (${finding.object.kind} ${finding.object.name}${finding.since === undefined ? "" : `, since ${finding.since}`})`,
      ...forOperators(finding.evidence).map((text) => `   evidence: ${withoutSecrets(text)}`),
      ...forOperators(finding.actions).map((text) => `   to do:    ${text}`),
    ].join("\n"),
  );
  return [head, ...blocks].join("\n");
};
