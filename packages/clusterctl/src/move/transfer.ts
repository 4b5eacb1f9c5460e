import {
  type Client,
  Cluster,
  ClusterClass,
  isAlreadyExists,
  isNotFound,
  Namespace,
  type ObjectRef,
  type OwnerReference,
  refKey,
  refOf,
  type UnstructuredObject,
} from "@slipway/api";
import { Problem } from "../problem.ts";
import { readBackoff, type Sleep, unblockBackoff, withRetries, writeBackoff } from "../retry.ts";
import type { MovePlan } from "./graph.ts";
import { blockMoveAnnotation, deleteForMoveAnnotation, type MoveNode } from "./types.ts";

/** What a transfer tells people, the more so the higher the level. */
export type Log = (message: string, level?: number) => void;

export interface TransferOptions {
  readonly log: Log;
  readonly sleep: Sleep;
}

export const describeNode = ({ object }: MoveNode): string => `${object.kind} ${refKey(refOf(object))}`;

/** Clusters by a field, classes by an annotation; `false` takes both away again (CTL-122, CTL-127). */
export const setPaused = async (
  client: Client,
  { clusters, classes }: Pick<MovePlan, "clusters" | "classes">,
  { paused, sleep }: { readonly paused: boolean; readonly sleep: Sleep },
): Promise<void> => {
  const write = (work: () => Promise<unknown>) => withRetries(work, { backoff: writeBackoff, sleep });
  const onClusters = () =>
    forEach(clusters, ({ object }) =>
      write(() => client.patch(Cluster, refOf(object), { type: "merge", body: { spec: { paused: paused ? true : null } } })),
    );
  const onClasses = () =>
    forEach(classes, ({ object }) => {
      const body = { metadata: { annotations: { "cluster.x-k8s.io/paused": paused ? "" : null } } };
      return write(() => client.patch(ClusterClass, refOf(object), { type: "merge", body }));
    });
  for (const step of paused ? [onClusters, onClasses] : [onClasses, onClusters]) await step();
};

const forEach = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> => {
  for (const item of items) await work(item);
};

/** Waits for the annotation to go from what carried it. @throws Problem after about two minutes each (CTL-122) */
export const waitUnblocked = async (client: Client, { groups }: Pick<MovePlan, "groups">, { log, sleep }: TransferOptions) => {
  for (const node of groups.flat().filter(({ blocking }) => blocking)) {
    log(`Move blocked by ${blockMoveAnnotation} annotation on ${describeNode(node)}, waiting for it to be removed`);
    const look = async (): Promise<void> => {
      const object = await client.get(node.resource, refOf(node.object));
      if (blockMoveAnnotation in (object.metadata.annotations ?? {}))
        throw new Problem(
          `${describeNode(node)} is not ready to move: it still carries the annotation ${blockMoveAnnotation}. The source stays paused; run the move again when it is gone.`,
        );
    };
    await withRetries(look, { backoff: unblockBackoff, sleep, again: () => true });
  }
};

/** Makes the plan's objects in the target, owners first, each with its owners' new uids (CTL-123, CTL-124). */
export const createInTarget = async (
  { source, target }: { readonly source: Client; readonly target: Client },
  plan: MovePlan,
  { log, sleep }: TransferOptions,
): Promise<void> => {
  const uids = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const node of plan.groups.flat()) {
    log(`Creating ${describeNode(node)}`, 1);
    const ref = refOf(node.object);
    const current = await withRetries(() => source.get(node.resource, ref), { backoff: readBackoff, sleep });
    await ensureNamespace(target, ref, { namespaces, sleep });
    const uid = await withRetries(() => createOne(target, node, current, { uids, isGlobal: plan.globals.has(node.uid) }), {
      backoff: writeBackoff,
      sleep,
    });
    uids.set(node.uid, uid);
  }
};

const createOne = async (
  target: Client,
  node: MoveNode,
  current: UnstructuredObject,
  { uids, isGlobal }: { readonly uids: ReadonlyMap<string, string>; readonly isGlobal: boolean },
): Promise<string> => {
  const wanted = asNew(current, ownersIn(node, uids));
  const made = await target.create(node.resource, wanted).catch(async (error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    const there = await target.get(node.resource, refOf(wanted));
    if (isGlobal) return there;
    const { uid, resourceVersion } = there.metadata;
    return target.update(node.resource, { ...wanted, metadata: { ...wanted.metadata, uid, resourceVersion } });
  });
  // Whoever owns fields in the source owns them in the target: else nobody could take them away any more.
  const { managedFields } = current.metadata;
  if (!isGlobal && managedFields !== undefined)
    await target.patch(node.resource, refOf(wanted), { type: "merge", body: { metadata: { managedFields } } });
  return made.metadata.uid;
};

/** An object as it can be created: nothing that a server fills in, and no status (CTL-130). */
export const asNew = (object: UnstructuredObject, ownerReferences: readonly OwnerReference[]): UnstructuredObject => {
  const { status: _status, metadata, ...rest } = object;
  const { name, namespace, labels, annotations, finalizers } = metadata;
  return {
    ...rest,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
    },
  } as UnstructuredObject;
};

export const ownersIn = ({ owners }: MoveNode, uids: ReadonlyMap<string, string>): readonly OwnerReference[] =>
  owners.map((owner) => ({ ...owner, uid: uids.get(owner.uid) ?? owner.uid }));

export const ensureNamespace = async (
  client: Client,
  { namespace }: Pick<ObjectRef, "namespace">,
  { namespaces, sleep }: { readonly namespaces: Set<string>; readonly sleep: Sleep },
): Promise<void> => {
  if (namespace === undefined || namespaces.has(namespace)) return;
  await withRetries(
    async () => {
      try {
        await client.get(Namespace, { name: namespace });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      }
    },
    { backoff: writeBackoff, sleep },
  );
  namespaces.add(namespace);
};

/** Takes the plan's objects out of the source, dependants first, so that nobody tears their infrastructure down (CTL-125, CTL-126). */
export const deleteFromSource = async (source: Client, plan: MovePlan, { log, sleep }: TransferOptions): Promise<void> => {
  const failures: string[] = [];
  for (const group of [...plan.groups].reverse()) {
    for (const node of group) {
      if (plan.globals.has(node.uid) || plan.kept.has(node.uid)) continue;
      log(`Deleting ${describeNode(node)}`, 1);
      try {
        await withRetries(() => deleteOne(source, node), { backoff: writeBackoff, sleep });
      } catch (error) {
        failures.push(`${describeNode(node)}: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (failures.length > 0)
      throw new Problem(`objects could not be deleted from the source: ${failures.join("; ")}. Run the move again.`);
  }
};

const deleteOne = async (source: Client, { resource, object }: MoveNode): Promise<void> => {
  const ref = refOf(object);
  try {
    const annotated = await source.patch(resource, ref, {
      type: "json",
      body: [{ op: "add", path: "/metadata/annotations", value: { [deleteForMoveAnnotation]: "" } }],
    });
    await source.delete(resource, ref);
    if ((annotated.metadata.finalizers ?? []).length > 0)
      await source.patch(resource, ref, { type: "merge", body: { metadata: { finalizers: [] } } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};
