import type { KubeObject, ObjectList, ObjectRef, Stored } from "../meta/object.ts";
import type { Resource } from "../meta/resource.ts";
import type { Status } from "../meta/status.ts";

/**
 * The one way to a Kubernetes API. Three implementations pass one contract suite: in process (`@slipway/apiserver`), HTTP to our
 * server, HTTP to any kube-apiserver (`@slipway/runtime`). All errors are `ApiError`. Returned objects are shared: never change them.
 */
export interface Client {
  /** @throws ApiError NotFound */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: GetOptions): Promise<Stored<T>>;
  /** All objects when no `limit` is given. No namespace: all namespaces. @throws ApiError Expired for a stale `continue` */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ObjectList<T>>;
  /**
   * Events after `resourceVersion`, in order, none lost or repeated. Ends without an error when the server ends it (timeout) or
   * `signal` aborts. @throws ApiError Expired when that revision is compacted: list again.
   */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Stored<T>>;
  /** Replaces the whole object (or its `subresource`). @throws ApiError Conflict when `metadata.resourceVersion` is set and stale */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Stored<T>>;
  patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<Stored<T>>;
  /** Answers the object when finalizers keep it, else a Status. @throws ApiError NotFound, Conflict (preconditions) */
  delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: DeleteOptions): Promise<Stored<T> | Status>;
  deleteCollection<T extends KubeObject>(resource: Resource<T>, options?: ListOptions & DeleteOptions): Promise<void>;
}

export interface GetOptions {
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  readonly namespace?: string;
  /** `a=b,c in (d,e),!f` */
  readonly labelSelector?: string;
  /** `metadata.name=x,status.phase!=y` */
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  readonly signal?: AbortSignal;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent: start with synthetic ADDED events of what is there now. */
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stored<T> }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export interface WriteOptions {
  readonly subresource?: "status" | "scale" | "eviction" | "approval" | "token" | "binding" | "finalize";
  /** Who writes: the name in `managedFields`. */
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** Only for apply: take over fields that another manager owns. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export type Patch =
  | { readonly type: "json"; readonly body: readonly JsonPatchOperation[] }
  | { readonly type: "merge"; readonly body: object }
  | { readonly type: "strategic"; readonly body: object }
  /** Server-side apply: the object as `fieldManager` wants it, with apiVersion and kind. */
  | { readonly type: "apply"; readonly body: object };

export interface DeleteOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}
