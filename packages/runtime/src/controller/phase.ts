import { NotSyncedError } from "../cache/caches.ts";
import type { KubeEffect } from "./effects.ts";
import type { Decision, Verdict } from "./outcome.ts";

/**
 * One concern of a kind: look (`observe`, may read anything), then choose (`decide`, pure). What it chose is data; the runtime acts.
 * `facts` are what earlier phases of this pass found out.
 */
export interface Phase<Scope, Observed = unknown, Effect = KubeEffect, Facts = object> {
  readonly name: string;
  /** Runs whatever the phases before it decided, and lets those after it run: Cluster API reconciles several things in one pass. */
  readonly independent?: boolean;
  observe(scope: Scope, facts: Readonly<Partial<Facts>>): Observed | Promise<Observed>;
  decide(observed: Observed, scope: Scope, facts: Readonly<Partial<Facts>>): Decision<Effect, Facts>;
}

export const phase = <Scope, Observed, Effect = KubeEffect, Facts = object>(
  parts: Phase<Scope, Observed, Effect, Facts>,
): Phase<Scope, Observed, Effect, Facts> => parts;

export interface PhasesReport<Facts> {
  readonly facts: Readonly<Partial<Facts>>;
  readonly verdicts: readonly Verdict[];
  /** Every phase was ready that is not independent. */
  readonly complete: boolean;
  /** Something was done: look again at once. */
  readonly acted: boolean;
  /** The earliest wish of all phases. */
  readonly recheckSeconds: number | undefined;
  readonly errors: readonly unknown[];
}

export interface RunPhases<Scope, Effect, Facts> {
  readonly phases: readonly Phase<Scope, unknown, Effect, Facts>[];
  readonly scope: Scope;
  readonly perform: (effect: Effect) => Promise<unknown>;
}

/** Phases in order: ready goes on, anything else ends the pass for all later phases that are not independent. */
export const runPhases = async <Scope, Effect, Facts>(options: RunPhases<Scope, Effect, Facts>): Promise<PhasesReport<Facts>> => {
  const { phases, scope, perform } = options;
  const verdicts: Verdict[] = [];
  const errors: unknown[] = [];
  let facts: Partial<Facts> = {};
  let recheckSeconds: number | undefined;
  let ended = false;
  let complete = true;
  let acted = false;
  for (const { name, independent = false, ...parts } of phases.map(bound)) {
    if (ended && !independent) {
      verdicts.push({ phase: name, outcome: "skipped" });
      complete = false;
      continue;
    }
    try {
      const chosen = parts.decide(await parts.observe(scope, facts), scope, facts);
      if (chosen.facts) facts = { ...facts, ...chosen.facts };
      const decision = chosen.outcome === "act" ? await carryOut(chosen, perform) : chosen;
      if (decision.facts && decision !== chosen) facts = { ...facts, ...decision.facts };
      if (decision.outcome === "ready") {
        verdicts.push({ phase: name, outcome: "ready" });
        continue;
      }
      if (!independent) {
        complete = false;
        ended = true;
      }
      if (decision.outcome === "act") acted = true;
      if (decision.outcome === "wait" && decision.recheckSeconds !== undefined) {
        recheckSeconds = Math.min(recheckSeconds ?? decision.recheckSeconds, decision.recheckSeconds);
      }
      verdicts.push(verdictOf(name, decision));
    } catch (error) {
      if (error instanceof NotSyncedError) throw error;
      if (!independent) {
        complete = false;
        ended = true;
      }
      errors.push(error);
      verdicts.push({ phase: name, outcome: "error", message: error instanceof Error ? error.message : String(error), error });
    }
  }
  return { facts, verdicts, complete, acted, recheckSeconds, errors };
};

const carryOut = async <Effect, Facts>(
  decision: Extract<Decision<Effect, Facts>, { outcome: "act" }>,
  perform: (effect: Effect) => Promise<unknown>,
): Promise<Decision<Effect, Facts>> => {
  const answers: unknown[] = [];
  for (const effect of decision.effects) answers.push(await perform(effect));
  return decision.afterwards ? decision.afterwards(answers) : decision;
};

/** Phases may use `this`; taking them apart must not lose it. */
const bound = <Scope, Effect, Facts>(phase: Phase<Scope, unknown, Effect, Facts>) => ({
  name: phase.name,
  independent: phase.independent,
  observe: phase.observe.bind(phase),
  decide: phase.decide.bind(phase),
});

const verdictOf = (phase: string, decision: Exclude<Decision<unknown, unknown>, { outcome: "ready" }>): Verdict => {
  if (decision.outcome === "fail") return { phase, outcome: "fail", reason: decision.reason, message: decision.message };
  const { outcome, reason, message } = decision;
  return message === undefined ? { phase, outcome, reason } : { phase, outcome, reason, message };
};
