import type {
  AdmissionContext,
  Column,
  FieldError,
  Kind,
  KubeObject,
  Resource,
  ScalePaths,
  UnstructuredObject,
} from "@slipway/api";
import type { FieldType } from "./fieldtype.ts";
import type { RequestContext } from "./registry.ts";

/**
 * One resource in one version, as the API serves it: a built-in, a kind of ours or a CRD's. All that makes kinds differ is data
 * or a pure function here; the registry treats them alike.
 */
export interface ServedResource extends Resource<UnstructuredObject> {
  readonly origin: "builtin" | "kind" | "crd";
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Absent: all eight. `["create"]` for virtual resources. */
  readonly verbs?: readonly Verb[];
  /** Where and how objects are stored; two served versions of one resource have equal `storage`. */
  readonly storage: StoredAs;
  readonly schema: ObjectSchema;
  /** Said to whoever uses it: this version of the CRD is deprecated. */
  readonly warning?: string;
  /** Printer columns as declared; built-in kinds have none here (their cells are computed by the HTTP side). */
  readonly columns: readonly Column[];
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** `eviction`, `token`, `binding`, `approval`, …: what `status`, `scale` and `finalize` (done by the registry) do not cover. */
  readonly subresources?: { readonly [name: string]: SubresourceHandler };
  /** Only for virtual resources (reviews): nothing is stored. */
  readonly virtual?: (
    object: UnstructuredObject,
    context: RequestContext,
    options: { readonly dryRun: boolean },
  ) => Promise<UnstructuredObject>;
  readonly rules: ResourceRules;
  /** The declarations it was made from, for discovery, OpenAPI and Tables. */
  readonly kindValue?: Kind;
  readonly crd?: UnstructuredObject;
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";
export const allVerbs: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export interface StoredAs {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Absent: only `apiVersion` is rewritten. Pure; called once per stored object and version. */
  readonly toStored?: (object: UnstructuredObject) => UnstructuredObject;
  readonly fromStored?: (object: UnstructuredObject) => UnstructuredObject;
  /** Between any two versions of the resource, in process. */
  readonly convert?: (object: UnstructuredObject, version: string) => UnstructuredObject;
  /** Between any two versions, by a webhook: all in one call, in the same order. @throws ApiError */
  readonly convertAll?: (objects: readonly UnstructuredObject[], version: string) => Promise<readonly UnstructuredObject[]>;
  /** Of any version that objects may be stored in, served or not. */
  readonly schemaOf?: (version: string) => ObjectSchema | undefined;
}

/** Decoding, defaulting and validation of a kind. All pure; each returns the same object when nothing changes. */
export interface ObjectSchema {
  /** Drops fields the schema does not know; `unknown` are their paths, as in `unknown field "spec.foo"`. */
  prune(object: UnstructuredObject): { readonly object: UnstructuredObject; readonly unknown: readonly string[] };
  default(object: UnstructuredObject): UnstructuredObject;
  /** Types, patterns, CEL rules; `old` on update (transition rules, ratcheting). */
  validate(object: UnstructuredObject, old: UnstructuredObject | undefined): readonly FieldError[];
  /** What a write through `/status` is held to; absent: all of the above. */
  validateStatus?(object: UnstructuredObject, old: UnstructuredObject): readonly FieldError[];
  /** The whole object, `metadata` included, for server-side apply and strategic merge. */
  readonly fields: FieldType;
}

export interface ResourceRules {
  /** Rule for `metadata.name`. Default "subdomain" (DNS-1123 subdomain, 253). */
  readonly name?: "subdomain" | "label" | "dns1035" | "path";
  /** `metadata.generation` is kept. Default true. */
  readonly generation?: boolean;
  /** Fields for `fieldSelector` beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: readonly string[];
  /** For selectable fields that are not plain paths (`source` of Events). */
  readonly fieldValue?: (object: UnstructuredObject, field: string) => string | undefined;
  /** The error for other fields has the text of kinds with own lists (`field label not supported`). */
  readonly ownFieldLabels?: boolean;
  /** What a write to `/status` may change of the live object; absent: all of its status. */
  readonly prepareStatus?: (live: UnstructuredObject, wanted: UnstructuredObject, context: RequestContext) => UnstructuredObject;
  /** PUT to a missing name creates it. */
  readonly createOnUpdate?: boolean;
  /** PUT without resourceVersion is allowed. Never for CRs. */
  readonly unconditionalUpdate?: boolean;
  /** DELETE answers the object instead of a Status. */
  readonly deleteReturnsObject?: boolean;
  /** Through `/status` labels and annotations are taken too (Node, Pod, Namespace). */
  readonly statusTakesMetadata?: boolean;
  /** Default propagation policy; Background when absent (Orphan for Jobs). */
  readonly defaultPropagation?: "Background" | "Orphan";
  /** Objects vanish after this long (Events: 3600). */
  readonly ttlSeconds?: number;
  /** Seconds that DELETE leaves an object with deletionTimestamp, after options (pods); 0: goes at once. */
  readonly gracePeriodSeconds?: (object: UnstructuredObject, requested: number | undefined) => number;
  /** Built-in strategy: reshapes before defaulting and validation (Secret `stringData`, forced labels); `old` on update. */
  readonly prepare?: (
    object: UnstructuredObject,
    old: UnstructuredObject | undefined,
    context: RequestContext,
  ) => UnstructuredObject;
  /** Mutating and validating admission: a Kind's own, in process. */
  readonly admit?: (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => UnstructuredObject;
  readonly validate?: (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => readonly FieldError[];
  readonly validateDelete?: (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => readonly FieldError[];
  /** What admission needs to know of other objects is on its way: it is worth waiting a moment. */
  readonly awaits?: (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => boolean;
  /** A reason why `/scale` may not leave it so. */
  readonly forbidScale?: (scaled: UnstructuredObject) => string | undefined;
  /** A reason why it may never be deleted (`this namespace may not be deleted`); undefined allows. */
  /** The group that its refusals name, where it is not its own. */
  readonly refusedAs?: string;
  readonly forbidDelete?: (object: UnstructuredObject, context: AdmissionContext<KubeObject>) => string | undefined;
  /** Through POST the status is taken as sent (Node). */
  readonly statusOnCreate?: boolean;
  /** A delete is about to mark or remove it: the object as it shall be from then on (CRDs get their finalizer). */
  readonly prepareDelete?: (object: UnstructuredObject) => UnstructuredObject;
  /** A write is durable and not answered yet. */
  readonly written?: (object: UnstructuredObject) => void;
  /** The CRD is being deleted: creates are refused. */
  readonly terminating?: boolean;
}

/** What a subresource other than status, scale and finalize does. It writes through the registry. */
export interface SubresourceHandler {
  readonly get?: (target: SubresourceTarget, context: RequestContext) => Promise<UnstructuredObject>;
  readonly create?: (target: SubresourceTarget, body: UnstructuredObject, context: RequestContext) => Promise<UnstructuredObject>;
  /** Restricts what a PUT or PATCH to it may change: given the live object and the sent one, the object to store. */
  readonly update?: (live: UnstructuredObject, sent: UnstructuredObject, context: RequestContext) => UnstructuredObject;
}
export interface SubresourceTarget {
  readonly resource: ServedResource;
  readonly namespace?: string;
  readonly name: string;
  readonly dryRun: boolean;
}
