import type { Client, KubeObject, ObjectRef, Resource, Stored } from "@slipway/api";

/**
 * What the runtime runs: a name, what wakes it, and one level-triggered function. Most controllers are built from phases
 * (`build.ts`), which give them finalizers, pause, status and conditions; this is the shape underneath.
 */
export interface Controller<T extends KubeObject = KubeObject> {
  /** As upstream names it in metrics and logs: `machineset`, `kubeadmcontrolplane`. */
  readonly name: string;
  readonly resource: Resource<T>;
  readonly watches: readonly Watch[];
  readonly indexes?: readonly Index[];
  /** What wakes us besides objects: a workload cluster's connection. */
  readonly sources?: readonly Source[];
  /** `source.component` of our events. Default `<name>-controller`. */
  readonly eventComponent?: string;
  /** Passes that may run at once; never two for one object. Default 10. */
  readonly concurrency?: number;
  /** A pass. Throwing means: again, with backoff. Must be safe to kill on any line. */
  reconcile(ref: ObjectRef, context: ReconcileContext): Promise<ReconcileResult>;
}

export interface ReconcileResult {
  /** Look again after this long even if nothing changes. */
  readonly recheckSeconds?: number;
  /** Revisions of the object that this pass wrote itself and that need no other look. */
  readonly seen?: readonly string[];
}

/** Another kind whose changes wake objects of ours. */
export interface Watch<S extends KubeObject = KubeObject> {
  readonly resource: Resource<S>;
  /** Which of our objects to wake. Reads only the caches. */
  map(object: Stored<S>, caches: Caches): readonly ObjectRef[];
  /** Drop events that cannot matter; `old` is absent for an added object. */
  changed?(object: Stored<S>, old: Stored<S> | undefined): boolean;
  /** Changes are only reported on: they are looked at when more urgent work has had a few turns. An object that is gone is always urgent. */
  readonly lazy?: boolean;
}

/** Wakes objects for a reason that is no object of this API. Answers with how to stop. */
export type Source = (wake: (ref: ObjectRef) => void, caches: Caches) => () => void;

/** A named lookup in a kind's cache: `machines by provider id`. */
export interface Index<S extends KubeObject = KubeObject> {
  readonly resource: Resource<S>;
  readonly name: string;
  keys(object: Stored<S>): readonly string[];
}

/** Shared, read-only, always-current copies of what is watched. Reading a kind that nobody watched starts its watch. */
export interface Caches {
  /**
   * Undefined when it is not there. Never older than our own last write to that object. All readers throw `NotSyncedError` for a
   * kind whose first list has not arrived; let it pass: the runner waits for the list and makes the pass again.
   */
  find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Stored<T> | undefined;
  list<T extends KubeObject>(
    resource: Resource<T>,
    filter?: { namespace?: string; labels?: { readonly [key: string]: string } },
  ): readonly Stored<T>[];
  byIndex<T extends KubeObject>(resource: Resource<T>, index: string, key: string): readonly Stored<T>[];
  /** Objects with an ownerReference to this uid (indexed). */
  ownedBy<T extends KubeObject>(resource: Resource<T>, ownerUid: string): readonly Stored<T>[];
  /** Start watching a kind found at run time (a provider's) and wake `controller`'s objects by `map`; idempotent. */
  ensure(watch: Watch, controller: string): Promise<void>;
  /** Resolves when the kind's cache has been filled. */
  synced(resource: Resource): Promise<void>;
}

export interface ReconcileContext {
  /** Writes go through here: the cache learns of them before the next pass on any object begins. */
  readonly client: Client;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
  readonly reconcileId: string;
  /** When the controllers began to run: before that we cannot have heard anything. */
  readonly startedAt: Date;
}

/** Time is an argument: tests hand in a virtual one. */
export interface Clock {
  now(): Date;
  /** Resolves after that long, rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  setTimeout(callback: () => void, milliseconds: number): Timer;
}
export interface Timer {
  cancel(): void;
}

/** One JSON line an event. Never a secret. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with more fields on each line. A function is asked at the first line that is written, for fields that cost something. */
  child(fields: LogFields | (() => LogFields)): Logger;
}
export interface LogFields {
  readonly [field: string]: unknown;
}

/** Kubernetes Events about an object; repeated ones are counted, not repeated (limits as client-go's correlator). */
export interface EventRecorder {
  normal(object: KubeObject, reason: string, message: string): void;
  warning(object: KubeObject, reason: string, message: string): void;
}
