/** Why is this cluster stuck? Evidence in, ranked causes out; the same words for `slipway doctor`, Magnum and the console. */
export { type CauseCode, causes } from "./causes.ts";
export { diagnose } from "./diagnose.ts";
export { type CollectCloudOptions, cloudUnasked, collectCloud } from "./evidence/cloud.ts";
export type * from "./evidence/evidence.ts";
export { clientReader, collectEvents, collectObjects, type ObjectReader } from "./evidence/objects.ts";
export { type ExamineOptions, examine, gather } from "./examine.ts";
export type { Diagnosis, DiagnosisState, Finding, Severity } from "./finding.ts";
export { type Audit, type AuditOptions, auditOrphans, type Removal, removeOrphans } from "./orphans/audit.ts";
export type { LedgerEntry } from "./orphans/claims.ts";
export { type AuditDocument, auditDocument } from "./orphans/document.ts";
export { findOrphans, type Orphan } from "./orphans/find.ts";
export { type DiagnosisDocument, diagnosisDocument, diagnosisText, type FindingDocument, shortReason } from "./text.ts";
