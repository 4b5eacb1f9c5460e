import type { CauseCode } from "./causes.ts";

/** `error`: nothing goes on without help. `warning`: it may pass, or does harm later. `info`: an ordinary wait. */
export type Severity = "error" | "warning" | "info";

/** One sentence. What names the platform's own machinery is for its operators only. */
export interface Line {
  readonly text: string;
  readonly operatorOnly?: true;
}

export interface FoundObject {
  readonly kind: string;
  readonly name: string;
}

/** One cause: what it is, how one can tell, what to do. */
export interface Finding {
  readonly code: CauseCode;
  readonly severity: Severity;
  /** A short sentence without a full stop at its end: "No host has room for the server". */
  readonly title: string;
  readonly evidence: readonly Line[];
  readonly actions: readonly Line[];
  readonly object: FoundObject;
  /** RFC 3339; undefined when nobody wrote down when it began. */
  readonly since: string | undefined;
}

/**
 *  healthy      as asked for, and nothing is wrong
 *  progressing  on its way, and nothing is in it
 *  stuck        something is in the way, or broke later; the system goes on trying
 *  failed       given up: only a change of what is asked for, or a deletion, helps
 */
export type DiagnosisState = "healthy" | "progressing" | "stuck" | "failed";

export interface Diagnosis {
  readonly state: DiagnosisState;
  /** One sentence for the whole cluster. */
  readonly summary: string;
  /** First cause first. */
  readonly findings: readonly Finding[];
}

export const line = (text: string): Line => ({ text });
export const operatorLine = (text: string): Line => ({ text, operatorOnly: true });
