import type { ObjectRef } from "@slipway/api/magnum/live.ts";

/** Shapes that Slipway's Magnum answers with; the console hands them on. */
export type {
  Activity,
  Condition,
  Counted,
  EventList,
  EventView,
  Health,
  History,
  NodeList,
  NodeView,
  ObjectList,
  ObjectRef,
  Phase,
  PhaseTime,
  Stage,
  StageName,
  Tree,
  TreeNode,
  Waiting,
} from "@slipway/api/magnum/live.ts";

/** `GET …/nodes/:machine/console` */
export interface ConsoleLog {
  readonly text: string;
}

/** `GET …/objects/:kind/:name`: as kubectl would show it, without what is secret. */
export interface ObjectText {
  readonly object: { readonly [field: string]: unknown };
  readonly yaml: string;
}

/** `GET …/diagnosis`: "why is it stuck?" */
export interface Diagnosis {
  readonly checkedAt: string;
  readonly verdict: "healthy" | "working" | "blocked" | "failed" | "unknown";
  /** One sentence for the whole cluster. */
  readonly summary: string;
  readonly findings: readonly Finding[];
}

export interface Finding {
  /** Stable; the browser may have its own words for it. */
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly what: string;
  /** How one can tell: plain sentences. */
  readonly why: readonly string[];
  /** What to do, in order; none: wait, or ask an operator. */
  readonly todo: readonly string[];
  /** Who can do that. */
  readonly who: "tenant" | "operator" | "nobody";
  readonly object: ObjectRef | null;
  readonly since: string | null;
  /** The provider's message, raw. */
  readonly technical: string | null;
  readonly requestId: string | null;
}
