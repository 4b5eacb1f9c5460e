import { CloudError } from "@slipway/openstack";
import { type Decision, type Phase, wait } from "@slipway/runtime";
import type { CloudEffect, Perform } from "./effects.ts";

/** What every phase that changes a cloud has in its scope. */
export interface CloudScope {
  readonly perform: Perform;
  readonly now: Date;
}

export interface CloudPhase<Scope, Observed, Facts> {
  readonly name: string;
  readonly independent?: boolean;
  /** `made`: what this phase has made in this pass, `createServer name` → id. The cloud's lists may not show it yet. */
  observe(scope: Scope, facts: Readonly<Partial<Facts>>, made: Made): Observed | Promise<Observed>;
  decide(observed: Observed, scope: Scope, facts: Readonly<Partial<Facts>>): Decision<CloudEffect, Facts>;
  /** What this phase makes of a refusal; undefined: as everybody. */
  refused?(error: CloudError, scope: Scope): Decision<never, Facts> | undefined;
}

export type Made = ReadonlyMap<string, string>;

/** For a phase written in place: infers what it observes. */
export const cloudPhase = <Scope extends CloudScope, Observed, Facts>(
  parts: CloudPhase<Scope, Observed, Facts>,
): CloudPhase<Scope, Observed, Facts> => parts;

/** Far above what any phase needs (a security group's rules are one step). */
const maxSteps = 32;
/** Changes without an answer that one pass looks after itself; a cloud that is really gone does not answer the next look either. */
const maxInterruptions = 5;

const isSilence = (error: unknown): boolean =>
  error instanceof CloudError && error.kind === "unavailable" && error.retryAfterSeconds === undefined;

/**
 * A cloud, unlike a cache, shows what was just done to it at the next look. So a phase whose effects are the cloud's looks, chooses
 * and acts until nothing is left to do, within one pass; what it ends with is its decision. A kill between two steps loses nothing:
 * everything is found again by its name.
 */
export const settle = <Scope extends CloudScope, Observed, Facts>(
  phase: CloudPhase<Scope, Observed, Facts>,
): Phase<Scope, Decision<never, Facts>, never, Facts> => ({
  name: phase.name,
  ...(phase.independent === undefined ? {} : { independent: phase.independent }),
  observe: async (scope, facts) => {
    const made = new Map<string, string>();
    let interruptions = 0;
    try {
      for (let step = 0; step < maxSteps; step += 1) {
        const decision = phase.decide(await phase.observe(scope, facts, made), scope, facts);
        if (decision.outcome !== "act") return decision;
        for (const effect of decision.effects) {
          const name = nameOf(effect);
          // Done a moment ago and not to be seen yet: doing it again would be too much, and what is made twice stays twice.
          if (made.has(name)) return wait("NotYetVisible", { message: name, recheckSeconds: 0.5 });
          try {
            made.set(name, (await scope.perform(effect)) ?? "");
          } catch (error) {
            // Perhaps it was done and only the answer was lost: the next look tells.
            interruptions += 1;
            if (!isSilence(error) || interruptions > maxInterruptions) throw error;
            break;
          }
        }
      }
      return wait<Facts>("StillChanging", { message: `${phase.name} does not come to rest`, recheckSeconds: 30 });
    } catch (error) {
      // A cloud that does not answer is the queue's business: again at once, then less and less often.
      if (!(error instanceof CloudError) || isSilence(error)) throw error;
      return phase.refused?.(error, scope) ?? afterRefusal(error);
    }
  },
  decide: (decision) => decision,
});

type Waiting = Extract<Decision<never, never>, { outcome: "wait" }>;

/** A refusal is rarely the end: quotas are raised, credentials renewed, busy things become idle, all without telling us. */
export const afterRefusal = (error: CloudError): Waiting => {
  const { message } = error;
  switch (error.kind) {
    case "conflict":
      return later("CloudBusy", message, 1);
    case "notFound":
      return later("NotInTheCloud", message, 15);
    case "unavailable":
      return later("CloudUnavailable", message, error.retryAfterSeconds ?? 15);
    case "quota":
      return later("QuotaExceeded", message, 60);
    case "unauthorized":
      return later("CredentialsRefused", message, 60);
    case "forbidden":
    case "invalid":
    case "unsupported":
      return later("RefusedByCloud", message, 120);
  }
};

const later = (reason: string, message: string, recheckSeconds: number): Waiting => ({
  outcome: "wait",
  reason,
  message,
  recheckSeconds,
});

const nameOf = ({ call, with: input }: CloudEffect): string => {
  if (typeof input === "string") return `${call} ${input}`;
  return `${call} ${"name" in input ? input.name : JSON.stringify(input)}`;
};
