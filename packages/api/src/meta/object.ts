/** The parts that every Kubernetes object has. Objects are shared, never copied for reading: treat them as immutable. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: "FieldsV1";
  readonly fieldsV1?: { readonly [path: string]: unknown };
  readonly subresource?: string;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds, UTC. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
  readonly selfLink?: string;
}

/** Any object of the API: what `metadata` says is known, the rest is known by its kind. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object as a server returned it: the server has filled these in. */
export type Stored<T extends KubeObject> = T & {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
};

/** An object of a kind we do not know at compile time. */
export interface UnstructuredObject extends KubeObject {
  readonly spec?: { readonly [field: string]: unknown };
  readonly status?: { readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Where an object is: `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface ObjectList<T extends KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly Stored<T>[];
}

export const refOf = (object: KubeObject): ObjectRef =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name ?? "" }
    : { namespace: object.metadata.namespace, name: object.metadata.name ?? "" };

/** `namespace/name`, or `name` alone: the form that logs, queues and messages use. */
export const refKey = (ref: ObjectRef): string => (ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`);
