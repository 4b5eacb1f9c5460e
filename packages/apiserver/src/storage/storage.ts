/**
 * The only memory of the system: keys with JSON values, one revision for every write, and a history to watch. Reads are synchronous
 * and come from memory; a write resolves when it is durable, and nobody sees it before. Values are deeply frozen and shared: what
 * `get` returns is what every other reader and watcher holds.
 *
 * Revisions are numbers, not bigints: 2^53 is a thousand writes a second for 285,000 years.
 */
export interface Storage<V extends object = object> {
  readonly name: string;
  /** Of the newest durable write; never set back, not by a restart either. */
  revision(): number;
  /** Watches and lists at a revision below this are refused. */
  compactedRevision(): number;
  /**
   * Resolves when every write is here that anybody was acknowledged before this was called. Only for stores that others write, too:
   * without it what is here is the newest. @throws StorageError unavailable
   */
  latest?(): Promise<void>;

  get(key: string): Item<V> | undefined;
  /** Items whose keys begin with `prefix`, in key order. @throws StorageError compacted, future (only with `at`) */
  list(prefix: string, options?: ListingOptions): Listing<V>;
  count(prefix: string): number;

  /** @throws StorageError exists */
  create(key: string, value: V, options?: WriteItemOptions): Promise<Item<V>>;
  /** Replaces what is there at exactly that revision. @throws StorageError missing, conflict (both carry what is there) */
  update(key: string, value: V, expectedRevision: number, options?: WriteItemOptions): Promise<Item<V>>;
  /** Creates or replaces, whatever is there. */
  put(key: string, value: V, options?: WriteItemOptions): Promise<Item<V>>;
  /** Resolves with the last value, `modRevision` being the deletion's. @throws StorageError missing, conflict */
  delete(key: string, expectedRevision?: number): Promise<Item<V>>;
  /** All or nothing, at one revision. Answers the items as they are then (of a deletion: the last value). */
  write(changes: readonly Change<V>[]): Promise<readonly Item<V>[]>;

  /** Every event after that revision, in order, each once. @throws StorageError compacted, future */
  watch(prefix: string, afterRevision: number): Watcher<V>;
  /** Resolves once `revision()` is at least this. */
  reached(revision: number, signal?: AbortSignal): Promise<void>;
  /** Watchers end; later writes are refused. */
  close(): void;
}

/** Several stores in one place; for the durable kind they share the disk's flushes. */
export interface Stores {
  /** Opens it, or makes it. The same name gives the same store. */
  store<V extends object = object>(name: string, options?: StoreOptions<V>): Storage<V>;
  names(): readonly string[];
  /** Ends its watchers and forgets all it held. */
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions<V> {
  /** Puts the revision into a value as readers see it (`metadata.resourceVersion`); what is kept on disk is without it. */
  readonly stamp?: (value: V, revision: number) => V;
  /** `parseJson` and `stamp` in one, of text that a store kept: at a start it is asked of every value. What it answers is nobody else's. */
  readonly read?: (text: string, revision: number) => V;
  readonly history?: HistoryLimits;
}

/** The last `events` are kept, and older ones while they are younger than `seconds` and all together within the maxima. */
export interface HistoryLimits {
  readonly seconds: number;
  readonly events: number;
  readonly maximumEvents: number;
  /** Of the values as text; in memory they take two to four times that. */
  readonly maximumBytes?: number;
  /** A watcher this many events behind is ended: it watches again from where it was. */
  readonly watcherLag: number;
}

export const defaultHistory: HistoryLimits & { readonly maximumBytes: number } = {
  seconds: 300,
  events: 10_000,
  maximumEvents: 200_000,
  maximumBytes: 96 * 1024 * 1024,
  watcherLag: 20_000,
};

export interface Item<V> {
  readonly key: string;
  readonly value: V;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Milliseconds since 1970; only for items with a time to live. */
  readonly expiresAt?: number;
}

export interface ListingOptions {
  readonly limit?: number;
  /** Begin after this key. */
  readonly startAfter?: string;
  /** The state at exactly this revision. */
  readonly at?: number;
}

export interface Listing<V> {
  readonly items: readonly Item<V>[];
  /** At which it is exact; a watch after it misses nothing. */
  readonly revision: number;
  readonly more: boolean;
}

export interface WriteItemOptions {
  readonly ttlSeconds?: number;
}

export type Change<V> =
  | { readonly op: "create"; readonly key: string; readonly value: V; readonly ttlSeconds?: number }
  | { readonly op: "put"; readonly key: string; readonly value: V; readonly ttlSeconds?: number }
  | {
      readonly op: "update";
      readonly key: string;
      readonly value: V;
      readonly expectedRevision: number;
      readonly ttlSeconds?: number;
    }
  | { readonly op: "delete"; readonly key: string; readonly expectedRevision?: number };

export interface StorageEvent<V> {
  readonly type: "created" | "updated" | "deleted";
  readonly key: string;
  /** After the write; of a deletion the last value, stamped with the deletion's revision. */
  readonly value: V;
  readonly previous: V | undefined;
  readonly revision: number;
}

/** Reads from a list of events that all watchers share. */
export interface Watcher<V> {
  /**
   * What is ready, at least one event; undefined when the watch is over (closed, store closed, or too far behind: watch again from
   * the last event). One call at a time.
   */
  next(limit?: number): Promise<readonly StorageEvent<V>[] | undefined>;
  /** Every event up to this revision has been handed out by `next`. */
  progress(): number;
  /** A waiting `next` resolves with no events: its caller has something else to do. */
  interrupt(): void;
  close(): void;
}

export type StorageFailure =
  | "exists"
  | "missing"
  | "conflict"
  | "compacted"
  | "future"
  | "closed"
  /** No space: deletes may still work; writes work again when space is freed. */
  | "full"
  /** Where the data is cannot be reached: it did not happen, and may work later. */
  | "unavailable"
  /** The answer was lost: nobody knows whether it happened. */
  | "unknown"
  /** The disk refused: nothing is acknowledged any more until a restart. */
  | "failed";

export class StorageError<V = unknown> extends Error {
  override readonly name = "StorageError";
  readonly kind: StorageFailure;
  readonly key: string | undefined;
  /** What is there instead. */
  readonly current: Item<V> | undefined;

  constructor(kind: StorageFailure, message: string, options: { key?: string; current?: Item<V>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.key = options.key;
    this.current = options.current;
  }
}

export const isStorageError = (error: unknown, kind?: StorageFailure): error is StorageError =>
  error instanceof StorageError && (kind === undefined || error.kind === kind);
