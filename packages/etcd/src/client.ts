/** A client of etcd's keys, wherever its connections come from. */
export interface EtcdClient {
  /** All keys from `key` up to `end` (exclusive); without `end` only that key. Linearizable. @throws EtcdError */
  range(request: RangeRequest): Promise<RangeResult>;
  /** @throws EtcdError; after `unknown` nobody knows whether it happened */
  txn(request: TxnRequest): Promise<TxnResult>;
  /** Forgets what was before that revision. */
  compact(revision: number): Promise<void>;
  /** Every event on keys from `key` up to `end` from that revision on; ends, or throws EtcdError, when the connection is lost. */
  watch(request: WatchRequest): EtcdWatch;
  close(): void;
}

export interface RangeRequest {
  readonly key: string;
  readonly end?: string;
  readonly limit?: number;
  /** The state at that revision. */
  readonly revision?: number;
}

export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** etcd's newest. */
  readonly revision: number;
}

export interface KeyValue {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Uint8Array;
}

/** Whether a key was made, or last changed, at exactly that revision (0: it is not there). */
export interface Comparison {
  readonly key: string;
  readonly target: "create" | "mod";
  readonly is: "equal" | "not equal";
  readonly revision: number;
}

export type Operation =
  | { readonly op: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly op: "delete"; readonly key: string; readonly end?: string }
  | { readonly op: "range"; readonly key: string };

export interface TxnRequest {
  readonly compare: readonly Comparison[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly revision: number;
  /** Of each operation: what a range found, or what a put or a delete replaced. */
  readonly results: readonly (readonly KeyValue[])[];
}

export interface WatchRequest {
  readonly key: string;
  readonly end: string;
  readonly startRevision: number;
}

export interface WatchEvent {
  readonly type: "put" | "delete";
  /** Of a deletion only key and modRevision mean something. */
  readonly kv: KeyValue;
}

export interface EtcdWatch {
  /** Whole revisions, in order. @throws EtcdError compacted */
  readonly batches: AsyncIterable<readonly WatchEvent[]>;
  close(): void;
}

export type EtcdFailure =
  /** Not reached, or no leader: it did not happen. */
  | "unavailable"
  /** The answer was lost: it may have happened. */
  | "unknown"
  | "full"
  | "compacted"
  | "refused";

export class EtcdError extends Error {
  override readonly name = "EtcdError";
  readonly kind: EtcdFailure;
  constructor(kind: EtcdFailure, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}
