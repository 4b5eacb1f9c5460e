import {
  type ClusterResourceSet,
  type ClusterResourceSetBinding,
  ClusterResourceSet as ClusterResourceSetKind,
  type Stored,
} from "@slipway/api";
import { ownerRef, withOwner } from "@slipway/runtime";

/** What is written of a set's resources in the binding of one cluster. */

type Bindings = NonNullable<ClusterResourceSetBinding["spec"]["bindings"]>;
export type ResourceBinding = NonNullable<Bindings[number]["resources"]>[number];
type Resource = Pick<ResourceBinding, "kind" | "name">;

export const entryOf = (
  binding: ClusterResourceSetBinding | undefined,
  set: string,
  { kind, name }: Resource,
): ResourceBinding | undefined =>
  binding?.spec.bindings
    ?.find(({ clusterResourceSetName }) => clusterResourceSetName === set)
    ?.resources?.find((known) => known.kind === kind && known.name === name);

/** With these entries in place of the former ones, and owned by the set. */
export const withEntries = <B extends ClusterResourceSetBinding>(
  binding: B,
  set: Stored<ClusterResourceSet>,
  entries: readonly ResourceBinding[],
): B => {
  const { bindings = [] } = binding.spec;
  const { name } = set.metadata;
  const before = bindings.find(({ clusterResourceSetName }) => clusterResourceSetName === name);
  const resources = entries.reduce<readonly ResourceBinding[]>((all, entry) => {
    const at = all.findIndex((known) => known.kind === entry.kind && known.name === entry.name);
    return at < 0 ? all.concat(entry) : all.with(at, entry);
  }, before?.resources ?? []);
  const made = { clusterResourceSetName: name, resources };
  return {
    ...binding,
    metadata: {
      ...binding.metadata,
      ownerReferences: withOwner(binding.metadata.ownerReferences, ownerRef(set, ClusterResourceSetKind)),
    },
    spec: {
      ...binding.spec,
      bindings: before === undefined ? [...bindings, made] : bindings.with(bindings.indexOf(before), made),
    },
  };
};

/** Without what the set has written; undefined when nothing is left. */
export const withoutSet = <B extends ClusterResourceSetBinding>(binding: B, set: string): B | undefined => {
  const bindings = (binding.spec.bindings ?? []).filter(({ clusterResourceSetName }) => clusterResourceSetName !== set);
  if (bindings.length === 0) return undefined;
  const ownerReferences = (binding.metadata.ownerReferences ?? []).filter(
    ({ kind, name }) => kind !== ClusterResourceSetKind.kind || name !== set,
  );
  return { ...binding, metadata: { ...binding.metadata, ownerReferences }, spec: { ...binding.spec, bindings } };
};
