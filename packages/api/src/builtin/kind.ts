import type { Kind } from "../kind/kind.ts";
import type { KubeObject } from "../meta/object.ts";

/** A kind that Kubernetes itself defines: a `Kind` whose schema, columns and habits come from our own tables. */
export interface BuiltinKind<T extends KubeObject = KubeObject> extends Kind<T> {
  readonly builtin: BuiltinTraits;
}

/** In what the built-in kinds differ from each other, and from custom resources. */
export interface BuiltinTraits {
  /** Name of its definition in the field tables: `core.v1.Secret`. */
  readonly definition: string;
  readonly verbs: readonly Verb[];
  /** `metadata.generation` rises with the spec; kinds without it never carry the field. */
  readonly generation: boolean;
  /** PUT to a missing name creates it. */
  readonly updateCreates: boolean;
  /** PUT without a resourceVersion is taken as "whatever is there". */
  readonly unconditionalUpdate: boolean;
  /** DELETE answers the object it deleted instead of a Status. */
  readonly deleteAnswersObject: boolean;
  /** Reviews and the like: answered, never stored. */
  readonly virtual: boolean;
  /** Beyond `/status` and `/scale`. */
  readonly otherSubresources: readonly BuiltinSubresource[];
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export interface BuiltinSubresource {
  readonly name: string;
  /** What it speaks, as discovery says it. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly Verb[];
}

export const allVerbs: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export interface BuiltinDeclaration {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly status?: boolean;
  readonly scale?: boolean;
  readonly selectableFields?: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly generation?: boolean;
  readonly updateCreates?: boolean;
  readonly unconditionalUpdate?: boolean;
  readonly deleteAnswersObject?: boolean;
  readonly virtual?: boolean;
  readonly otherSubresources?: readonly BuiltinSubresource[];
}

const replicasPaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
};

export const defineBuiltin = <T extends KubeObject>(declaration: BuiltinDeclaration): BuiltinKind<T> => ({
  group: declaration.group,
  version: declaration.version,
  kind: declaration.kind,
  plural: declaration.plural,
  scope: declaration.scope,
  singular: declaration.singular ?? declaration.kind.toLowerCase(),
  listKind: `${declaration.kind}List`,
  shortNames: declaration.shortNames ?? [],
  categories: declaration.categories ?? [],
  subresources: {
    ...(declaration.status === true ? { status: true } : {}),
    ...(declaration.scale === true ? { scale: replicasPaths } : {}),
  },
  columns: [],
  selectableFields: declaration.selectableFields ?? [],
  builtin: {
    definition: definitionName(declaration),
    verbs: declaration.verbs ?? (declaration.virtual === true ? ["create"] : allVerbs),
    generation: declaration.generation ?? false,
    updateCreates: declaration.updateCreates ?? false,
    unconditionalUpdate: declaration.unconditionalUpdate ?? true,
    deleteAnswersObject: declaration.deleteAnswersObject ?? false,
    virtual: declaration.virtual ?? false,
    otherSubresources: declaration.otherSubresources ?? [],
  },
});

export const isBuiltin = (kind: Kind): kind is BuiltinKind => "builtin" in kind;

/** `core.v1.Pod`, `rbac.v1.Role`: the group's first word, the version, the kind. */
const definitionName = ({ group, version, kind }: { group: string; version: string; kind: string }): string =>
  `${group === "" ? "core" : (group.split(".")[0] ?? group)}.${version}.${kind}`;
