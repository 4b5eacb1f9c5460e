/** Why is this cluster stuck? Evidence in, ranked causes out; the same words for `slipway doctor`, Magnum and the console. */
export { type CauseCode, causes } from "./causes.ts";
export { diagnose } from "./diagnose.ts";
export { type CollectCloudOptions, collectCloud } from "./evidence/cloud.ts";
export type * from "./evidence/evidence.ts";
export { clientReader, collectEvents, collectObjects, type ObjectReader } from "./evidence/objects.ts";
export { type ExamineOptions, examine } from "./examine.ts";
export type { Diagnosis, DiagnosisState, Finding, Severity } from "./finding.ts";
export { type DiagnosisDocument, diagnosisDocument, diagnosisText, type FindingDocument, shortReason } from "./text.ts";
