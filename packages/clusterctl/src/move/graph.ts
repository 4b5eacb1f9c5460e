import type { UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";
import { blockMoveAnnotation, hierarchyLabel, type MoveNode, type MoveType, moveLabel } from "./types.ts";

/** An object that was found, and the type it is of. */
export interface Found {
  readonly object: UnstructuredObject;
  readonly type: MoveType;
}

/** What moves, in which order, and what of it stays in the source. */
export interface MovePlan {
  /** Owners before what they own; the members of a group do not depend on each other (CTL-123). */
  readonly groups: readonly (readonly MoveNode[])[];
  readonly clusters: readonly MoveNode[];
  readonly classes: readonly MoveNode[];
  readonly machines: readonly MoveNode[];
  /** Uids of what is below something global: it is left as it is where it exists already. */
  readonly globals: ReadonlySet<string>;
  /** Uids of what is not deleted from the source (CTL-126). */
  readonly kept: ReadonlySet<string>;
  /** Would move, but an owner does not: they stay behind. */
  readonly orphans: readonly MoveNode[];
}

/**
 * @param found every object of the types that take part
 * @param namespace the one that is moved; undefined: all
 * @param elsewhere Clusters of other namespaces: a class that they use stays in the source too
 */
export const planMove = (
  found: readonly Found[],
  { namespace, elsewhere = [] }: { readonly namespace?: string; readonly elsewhere?: readonly UnstructuredObject[] } = {},
): MovePlan => {
  const nodes = withSoftOwners(uniqueNodes(found));
  const below = childrenOf(nodes);
  const moving = new Set(nodes.filter(({ move }) => move).map(({ uid }) => uid));
  const globals = new Set<string>();
  for (const root of nodes.filter(({ hierarchy }) => hierarchy)) {
    const hierarchy = descendants([root.uid], below);
    for (const uid of hierarchy) moving.add(uid);
    if (root.global) for (const uid of hierarchy) globals.add(uid);
  }
  for (const { uid, global } of nodes) if (global) globals.add(uid);
  const chosen = nodes.filter(({ uid }) => moving.has(uid));
  const { groups, left } = inOrder(chosen);
  const of = (kind: string) => chosen.filter(({ resource }) => resource.kind === kind && resource.group === "cluster.x-k8s.io");
  return {
    groups,
    clusters: of("Cluster"),
    classes: of("ClusterClass"),
    machines: of("Machine"),
    globals,
    kept: namespace === undefined ? new Set() : keptInSource(nodes, below, { namespace, elsewhere }),
    orphans: left,
  };
};

/** The part of a plan that is one object and everything that belongs to it, in the plan's order. */
export const belongingTo = (plan: MovePlan, uid: string): MovePlan => {
  const all = plan.groups.flat();
  const own = descendants([uid], childrenOf(all));
  const only = (nodes: readonly MoveNode[]) => nodes.filter((node) => own.has(node.uid));
  return {
    ...plan,
    groups: plan.groups.map(only).filter((group) => group.length > 0),
    clusters: only(plan.clusters),
    classes: only(plan.classes),
    machines: only(plan.machines),
    orphans: only(plan.orphans),
  };
};

const uniqueNodes = (found: readonly Found[]): readonly MoveNode[] => {
  const nodes = new Map<string, MoveNode>();
  for (const { object, type } of found) {
    const labels = object.metadata.labels ?? {};
    const uid = object.metadata.uid ?? "";
    nodes.set(uid, {
      object,
      resource: type.resource,
      uid,
      owners: object.metadata.ownerReferences ?? [],
      softOwners: [],
      move: type.move || moveLabel in labels || type.hierarchy || hierarchyLabel in labels,
      hierarchy: type.hierarchy || hierarchyLabel in labels,
      global: type.resource.scope === "Cluster",
      blocking: blockMoveAnnotation in (object.metadata.annotations ?? {}),
    });
  }
  return [...nodes.values()];
};

const purposes = ["kubeconfig", "ca", "etcd", "sa", "proxy", "apiserver-etcd-client"];

/** Belonging that no owner reference says (CTL-120). */
const withSoftOwners = (nodes: readonly MoveNode[]): readonly MoveNode[] => {
  const byKind = (kind: string) => nodes.filter(({ object }) => object.kind === kind);
  const clusters = byKind("Cluster");
  const classes = byKind("ClusterClass");
  const namesSecret = nodes.filter(({ object }) => identityOf(object) !== undefined);
  const inSame = (a: MoveNode, b: MoveNode) => a.object.metadata.namespace === b.object.metadata.namespace;
  const softOwners = (node: MoveNode): readonly MoveNode[] => {
    switch (node.object.kind) {
      case "Secret": {
        if (node.owners.length > 0) return [];
        const name = node.object.metadata.name ?? "";
        const owned = clusters.filter(
          (cluster) => inSame(cluster, node) && purposes.some((purpose) => name === `${cluster.object.metadata.name}-${purpose}`),
        );
        return [...owned, ...namesSecret.filter((user) => inSame(user, node) && identityOf(user.object) === name)];
      }
      case "Cluster": {
        const topology = fields(fieldAt(node.object, "spec", "topology"));
        const namespace = topology["classNamespace"] ?? node.object.metadata.namespace;
        return classes.filter(
          ({ object: { metadata } }) => metadata.name === topology["class"] && metadata.namespace === namespace,
        );
      }
      case "ClusterResourceSetBinding":
        return clusters.filter(
          (cluster) => inSame(cluster, node) && cluster.object.metadata.name === fieldAt(node.object, "spec", "clusterName"),
        );
      default:
        return [];
    }
  };
  return nodes.map((node) => ({ ...node, softOwners: softOwners(node).map(({ uid }) => uid) }));
};

/** The Secret with the credentials that an OpenStack object works with. */
const identityOf = ({ kind, spec }: UnstructuredObject): string | undefined => {
  if (kind !== "OpenStackCluster" && kind !== "OpenStackMachine" && kind !== "OpenStackServer") return undefined;
  const name = fieldAt(spec, "identityRef", "name");
  return typeof name === "string" && (fieldAt(spec, "identityRef", "type") ?? "Secret") === "Secret" ? name : undefined;
};

type Children = ReadonlyMap<string, readonly MoveNode[]>;

const childrenOf = (nodes: readonly MoveNode[]): Children => {
  const children = new Map<string, MoveNode[]>();
  for (const node of nodes) {
    for (const uid of [...node.owners.map((owner) => owner.uid), ...node.softOwners]) {
      const siblings = children.get(uid);
      if (siblings === undefined) children.set(uid, [node]);
      else siblings.push(node);
    }
  }
  return children;
};

const descendants = (
  roots: readonly string[],
  below: Children,
  follow: (node: MoveNode, owner: string) => boolean = () => true,
) => {
  const seen = new Set(roots);
  const queue = [...roots];
  for (let uid = queue.pop(); uid !== undefined; uid = queue.pop()) {
    for (const child of below.get(uid) ?? []) {
      if (seen.has(child.uid) || !follow(child, uid)) continue;
      seen.add(child.uid);
      queue.push(child.uid);
    }
  }
  return seen;
};

/** Classes outside the moved namespace, and those that Clusters outside use; with the templates that they own. */
const keptInSource = (
  nodes: readonly MoveNode[],
  below: Children,
  { namespace, elsewhere }: { readonly namespace: string; readonly elsewhere: readonly UnstructuredObject[] },
): ReadonlySet<string> => {
  const usedElsewhere = new Set(
    elsewhere
      .filter((cluster) => cluster.metadata.namespace !== namespace)
      .map((cluster) => fields(fieldAt(cluster, "spec", "topology")))
      .filter((topology) => topology["classNamespace"] === namespace)
      .map((topology) => topology["class"]),
  );
  const kept = nodes.filter(
    ({ object: { kind, metadata } }) =>
      kind === "ClusterClass" && (metadata.namespace !== namespace || usedElsewhere.has(metadata.name)),
  );
  const isOwned = (node: MoveNode, owner: string) => node.owners.some(({ uid }) => uid === owner);
  return descendants(
    kept.map(({ uid }) => uid),
    below,
    isOwned,
  );
};

const inOrder = (
  nodes: readonly MoveNode[],
): { readonly groups: readonly (readonly MoveNode[])[]; readonly left: readonly MoveNode[] } => {
  const done = new Set<string>();
  const groups: (readonly MoveNode[])[] = [];
  let left = nodes;
  for (;;) {
    const next = left.filter((node) => [...node.owners.map(({ uid }) => uid), ...node.softOwners].every((uid) => done.has(uid)));
    if (next.length === 0) return { groups, left };
    groups.push(next);
    for (const { uid } of next) done.add(uid);
    left = left.filter(({ uid }) => !done.has(uid));
  }
};
