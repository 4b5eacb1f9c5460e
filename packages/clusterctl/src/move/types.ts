import type { OwnerReference, Resource, UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";

/** A kind that takes part in a move (CTL-118, CTL-119). */
export interface MoveType {
  readonly resource: Resource<UnstructuredObject>;
  /** Its objects move whoever owns them. */
  readonly move: boolean;
  /** Its objects move with everything that they own. */
  readonly hierarchy: boolean;
}

export const moveLabel = "clusterctl.cluster.x-k8s.io/move";
export const hierarchyLabel = "clusterctl.cluster.x-k8s.io/move-hierarchy";
export const blockMoveAnnotation = "clusterctl.cluster.x-k8s.io/block-move";
export const deleteForMoveAnnotation = "clusterctl.cluster.x-k8s.io/delete-for-move";

const roots = new Set([
  "Cluster.cluster.x-k8s.io",
  "ClusterClass.cluster.x-k8s.io",
  "ClusterResourceSet.addons.cluster.x-k8s.io",
]);

/** An object in the graph, with what it belongs to. */
export interface MoveNode {
  readonly object: UnstructuredObject;
  readonly resource: Resource<UnstructuredObject>;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  /** Uids of what it belongs to without saying so. */
  readonly softOwners: readonly string[];
  readonly move: boolean;
  readonly hierarchy: boolean;
  readonly global: boolean;
  readonly blocking: boolean;
}

export const crdResource: Resource<UnstructuredObject> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};

const core = (kind: string): Resource<UnstructuredObject> => ({
  group: "",
  version: "v1",
  kind,
  plural: `${kind.toLowerCase()}s`,
  scope: "Namespaced",
});

/** What the CRDs of the providers teach, in the version that is stored, and Secrets and ConfigMaps. */
export const moveTypes = (crds: readonly UnstructuredObject[]): readonly MoveType[] => [
  ...crds.flatMap(typesOf),
  { resource: core("Secret"), move: false, hierarchy: false },
  { resource: core("ConfigMap"), move: false, hierarchy: false },
];

const typesOf = (crd: UnstructuredObject): readonly MoveType[] => {
  const spec = fields(crd.spec);
  const names = fields(spec["names"]);
  const stored = (Array.isArray(spec["versions"]) ? spec["versions"] : []).find(
    (version) => fieldAt(version, "storage") === true,
  );
  const [group, kind, version] = [String(spec["group"]), String(names["kind"]), fieldAt(stored, "name")];
  if (typeof version !== "string") return [];
  const labels = crd.metadata.labels ?? {};
  const hierarchy = roots.has(`${kind}.${group}`) || hierarchyLabel in labels;
  const scope = spec["scope"] === "Cluster" ? "Cluster" : "Namespaced";
  return [
    {
      resource: { group, version, kind, plural: String(names["plural"]), scope },
      move: hierarchy || moveLabel in labels,
      hierarchy,
    },
  ];
};
