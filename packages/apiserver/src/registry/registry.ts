import type {
  DeleteOptions,
  GetOptions,
  ListOptions,
  ObjectList,
  ObjectRef,
  Patch,
  Resource,
  Status,
  Stored,
  UnstructuredObject,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "@slipway/api";
import type { Clock } from "../storage/clock.ts";
import type { FieldType } from "./fieldtype.ts";
import type { ServedResource } from "./served.ts";

/**
 * The API without its wire: what HTTP handlers and the in-process client stand on. Authentication and authorization come before
 * it; everything after them (decoding rules, managedFields, admission, validation, storage, collection) is in it. All errors are
 * `ApiError` with Kubernetes' own texts. Objects given out are deeply frozen and shared; objects taken in are never kept unfrozen.
 */
export interface Registry {
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** The store's revision now: what a list made now would carry. */
  revision(): string;
  /** How many objects are stored, without looking at them. */
  count(resource: ServedResource): number;

  get(
    resource: Resource,
    ref: ObjectRef,
    options: RegistryGetOptions,
    context: RequestContext,
  ): Promise<Stored<UnstructuredObject>>;
  list(resource: Resource, options: ListOptions, context: RequestContext): Promise<ObjectList<UnstructuredObject>>;
  /** Wrong requests throw here; what befalls a running watch (Expired, Timeout of a future revision) is thrown by `next`. */
  watch(resource: Resource, options: RegistryWatchOptions, context: RequestContext): WatchStream;

  create(
    resource: Resource,
    object: UnstructuredObject,
    options: RegistryWriteOptions,
    context: RequestContext,
  ): Promise<WriteResult>;
  update(
    resource: Resource,
    ref: ObjectRef,
    object: UnstructuredObject,
    options: RegistryWriteOptions,
    context: RequestContext,
  ): Promise<WriteResult>;
  patch(
    resource: Resource,
    ref: ObjectRef,
    patch: Patch,
    options: RegistryWriteOptions,
    context: RequestContext,
  ): Promise<WriteResult>;
  delete(resource: Resource, ref: ObjectRef, options: RegistryDeleteOptions, context: RequestContext): Promise<DeleteResult>;
  /** Answers the list as it was before. */
  deleteCollection(
    resource: Resource,
    options: ListOptions & RegistryDeleteOptions,
    context: RequestContext,
  ): Promise<ObjectList<UnstructuredObject>>;
  /** A connection to `subresource` is about to be made: answers the options as those who have a say in it left them. */
  connect(
    resource: ServedResource,
    target: { readonly namespace?: string; readonly name: string; readonly subresource: string },
    options: UnstructuredObject,
    context: RequestContext,
  ): Promise<UnstructuredObject>;
  /** Ends every watch and stops collection. */
  close(): Promise<void>;
}

/** The resources served now. A change (a CRD came, changed or went) is told after it has taken effect. */
export interface Catalog {
  all(): readonly ServedResource[];
  /** Undefined: not served, answer `404 page not found`. */
  find(group: string, version: string, plural: string): ServedResource | undefined;
  /** Any served version (the preferred one unless `version` is given). */
  findKind(group: string, kind: string, version?: string): ServedResource | undefined;
  onChange(listener: () => void): () => void;
}

export interface RequestContext {
  readonly user: UserInfo;
  /** Collects `Warning:` headers. */
  warn(text: string): void;
  /** Collects annotations of the audit event. */
  annotate?(key: string, value: string): void;
}

export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

export interface RegistryGetOptions extends GetOptions {
  /** `status` answers the whole object, `scale` a Scale. */
  readonly subresource?: string;
}

export interface RegistryWatchOptions extends WatchOptions {
  readonly resourceVersionMatch?: string;
}

export interface OtherVersion {
  readonly fields: FieldType;
  show(object: UnstructuredObject): UnstructuredObject;
}

export interface RegistryWriteOptions extends Omit<WriteOptions, "subresource"> {
  readonly subresource?: string;
  /** Whether the resource is served in that version now; the registry says it. */
  readonly isServed?: (apiVersion: string) => boolean;
  /** How another version shows an object; undefined for versions that are alike. */
  readonly inVersion?: (apiVersion: string) => OtherVersion | undefined;
  /** What decoding the text already found (`duplicate field "spec.a"`); treated like unknown fields. */
  readonly decodingErrors?: readonly string[];
}

export interface RegistryDeleteOptions extends DeleteOptions {
  readonly orphanDependents?: boolean;
  readonly decodingErrors?: readonly string[];
}

export interface WriteResult {
  readonly object: Stored<UnstructuredObject>;
  /** 201 instead of 200: create, and PUT or apply that created. */
  readonly created: boolean;
}

export interface DeleteResult {
  /** The object when something keeps it (or the kind answers objects), else a Status. */
  readonly object: Stored<UnstructuredObject> | Status;
}

/** A running watch. Nothing is buffered per watcher: events are read from a list shared by all. */
export interface WatchStream extends AsyncIterable<WatchEvent<UnstructuredObject>> {
  /**
   * All events that are ready, at least one, in order; undefined when the watch is over. Only one call at a time.
   * @throws ApiError Expired (410), Timeout (future revision)
   */
  next(): Promise<readonly WatchEvent<UnstructuredObject>[] | undefined>;
  close(): void;
}
