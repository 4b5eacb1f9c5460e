/**
 * Observe, decide, act. A decision is data: a test compares it, a log line and a condition print it. Four outcomes, no fifth.
 * `facts` are what later phases and `status` may know of this phase; they are merged into the pass's facts.
 */
export type Decision<Effect = never, Facts = unknown> =
  | Settled<Facts>
  /** Do these, in order, then look again: the pass ends here. */
  | {
      readonly outcome: "act";
      readonly reason: string;
      readonly effects: readonly Effect[];
      readonly message?: string;
      readonly facts?: Partial<Facts>;
      /** For what only the doing tells (an eviction that was refused): decides from the effects' answers instead of looking again. */
      readonly afterwards?: (answers: readonly unknown[]) => Settled<Facts>;
    };

/** A decision that leaves nothing to do. */
export type Settled<Facts = unknown> =
  /** Go on with the next phase. */
  | { readonly outcome: "ready"; readonly facts?: Partial<Facts> }
  /** Not ours to hurry. Without `recheckSeconds` only a watch wakes us. */
  | {
      readonly outcome: "wait";
      readonly reason: string;
      readonly message?: string;
      readonly recheckSeconds?: number;
      readonly facts?: Partial<Facts>;
    }
  /** Only a human can help. */
  | { readonly outcome: "fail"; readonly reason: string; readonly message: string; readonly facts?: Partial<Facts> };

/** What decisions look like once a pass is over: `status` projects them into conditions. */
export type Verdict = { readonly phase: string } & (
  | { readonly outcome: "ready" }
  | { readonly outcome: "act" | "wait"; readonly reason: string; readonly message?: string }
  | { readonly outcome: "fail"; readonly reason: string; readonly message: string }
  /** The phase threw: it is retried with backoff. */
  | { readonly outcome: "error"; readonly message: string; readonly error: unknown }
  /** A phase before it ended the pass. */
  | { readonly outcome: "skipped" }
);

export const ready = <Facts>(facts?: Partial<Facts>): { outcome: "ready"; facts?: Partial<Facts> } =>
  facts === undefined ? { outcome: "ready" } : { outcome: "ready", facts };

export const act = <Effect, Facts = unknown>(
  reason: string,
  effects: Effect | readonly Effect[],
  extra: { message?: string; facts?: Partial<Facts>; afterwards?: (answers: readonly unknown[]) => Settled<Facts> } = {},
): Decision<Effect, Facts> => ({
  outcome: "act",
  reason,
  effects: Array.isArray(effects) ? effects : [effects as Effect],
  ...extra,
});

export const wait = <Facts = unknown>(
  reason: string,
  extra: { message?: string; recheckSeconds?: number; facts?: Partial<Facts> } = {},
): Settled<Facts> => ({ outcome: "wait", reason, ...extra });

export const fail = <Facts = unknown>(
  reason: string,
  message: string,
  extra: { facts?: Partial<Facts> } = {},
): Settled<Facts> => ({
  outcome: "fail",
  reason,
  message,
  ...extra,
});
