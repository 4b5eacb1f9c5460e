import type { Evidence } from "../evidence/evidence.ts";
import type { Finding } from "../finding.ts";

/** One way to look at the evidence. Pure; finds nothing, one cause or several. */
export type Rule = (evidence: Evidence) => readonly Finding[];

export const minutesSince = (then: string | undefined, now: Date): number =>
  then === undefined ? 0 : (now.getTime() - Date.parse(then)) / 60_000;
