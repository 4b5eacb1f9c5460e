import type { ClusterSummary } from "./clusters.ts";
import type { ListAbout, ListEntry, OperatorList } from "./operator.ts";
import type { Diagnosis, EventView, History, Tree } from "./progress.ts";

/**
 * `GET /api/live` is a text/event-stream, one for each tab. `?cluster=<id>` adds what the cluster's own page shows, `?list=<name>` one of
 * the lists of every project (role admin; 404 for others). To look at another cluster or list open a new stream with `?since=<last event id>` (or, as EventSource does by itself, the header Last-Event-ID): what was missed
 * is sent again, and nothing else. Comments (`: `) come every 15 s: a stream that is silent for 40 s is dead.
 * `retry:` is set. After a restart of the server ids start anew: the stream then begins with `snapshot`.
 */
export interface LiveEvents {
  /** First of all, when nothing can be resumed. Parts of at most 250 clusters; the list is whole when `last` is true. */
  readonly snapshot: { readonly clusters: readonly ClusterSummary[]; readonly part: number; readonly last: boolean };
  /** New or changed. */
  readonly cluster: ClusterSummary;
  readonly clusterGone: { readonly id: string };
  /** Of the cluster in `?cluster=`: at the start, and at most twice a second afterwards. */
  readonly detail: { readonly id: string; readonly tree: Tree; readonly history: History };
  readonly events: { readonly id: string; readonly events: readonly EventView[] };
  /** Of the same cluster, as long as something is amiss with it. */
  readonly diagnosis: { readonly id: string; readonly diagnosis: Diagnosis };
  /** The list in `?list=`: parts of at most 250; whole when `last` is true. Comes first of all, or again when it cannot be resumed. */
  readonly list: {
    readonly list: OperatorList;
    readonly items: readonly ListEntry[];
    readonly about: ListAbout;
    readonly part: number;
    readonly last: boolean;
  };
  /** New or changed in it. */
  readonly item: { readonly list: OperatorList } & ListEntry;
  readonly itemGone: { readonly list: OperatorList; readonly key: string };
  readonly listAbout: { readonly list: OperatorList; readonly about: ListAbout };
  /** What the stream is resumed with, or `fresh`. The server's time, to compute ages with. */
  readonly hello: { readonly resumed: boolean; readonly now: string; readonly projectId: string };
  /** The console has lost Magnum (`stale`, since when) or has it again. What is shown may be old. */
  readonly upstream: { readonly state: "live" | "stale"; readonly since: string };
  /** The session changed in another tab, or is about to end. After `ended` the server closes: do not reconnect before signing in. */
  readonly session:
    | { readonly change: "project"; readonly projectId: string }
    | { readonly change: "expiring"; readonly expiresAt: string }
    | { readonly change: "ended"; readonly reason: "signedOut" | "expired" };
}

export type LiveEventName = keyof LiveEvents;

/** An event as JSON in `data:`, with its name in `event:` and its id in `id:`. */
export type LiveEvent = {
  readonly [Name in LiveEventName]: { readonly name: Name; readonly data: LiveEvents[Name] };
}[LiveEventName];
