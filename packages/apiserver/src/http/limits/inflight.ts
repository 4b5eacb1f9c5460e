import { type Answer, textAnswer } from "../exchange.ts";

export type RequestKind = "readOnly" | "mutating";

/** How many requests are under way, and how many may be. Watches and other long ones are not counted. */
export interface InFlight {
  /** Undefined: too many. Call what it answers when the request is over; a second call does nothing. */
  enter(kind: RequestKind, exempt: boolean): (() => void) | undefined;
  readonly counts: Readonly<Record<RequestKind, number>>;
  longRunning(): () => void;
  readonly longRunningCount: number;
}

export interface InFlightLimits {
  /** Default 400. */
  readonly readOnly?: number;
  /** Default 200. */
  readonly mutating?: number;
}

export const createInFlight = (limits: InFlightLimits = {}): InFlight => {
  const most: Record<RequestKind, number> = { readOnly: limits.readOnly ?? 400, mutating: limits.mutating ?? 200 };
  const counts: Record<RequestKind, number> = { readOnly: 0, mutating: 0 };
  let long = 0;
  const once = (end: () => void): (() => void) => {
    let over = false;
    return () => {
      if (over) return;
      over = true;
      end();
    };
  };
  return {
    counts,
    enter: (kind, exempt) => {
      if (!exempt && counts[kind] >= most[kind]) return undefined;
      counts[kind] += 1;
      return once(() => {
        counts[kind] -= 1;
      });
    },
    longRunning: () => {
      long += 1;
      return once(() => {
        long -= 1;
      });
    },
    get longRunningCount() {
      return long;
    },
  };
};

/** Plain text, as upstream's: clients look at the code and at Retry-After only. */
export const tooManyRequests = (): Answer => {
  const answer = textAnswer(429, "Too many requests, please try again later.\n");
  return { ...answer, headers: { ...answer.headers, "retry-after": "1" } };
};
