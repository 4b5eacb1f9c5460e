import { ApiError, isAlreadyExists, isNotFound, type OwnerReference, parseApiVersion } from "@slipway/api";
import { type Core, systemContext } from "../registry/core.ts";
import { create } from "../registry/create.ts";
import { remove } from "../registry/delete.ts";
import { objectKey, registryPrefix } from "../registry/keys.ts";
import { type StoredObject, timestamp, withMetadata } from "../registry/object.ts";
import type { ServedResource } from "../registry/served.ts";
import { modify } from "../registry/update.ts";
import { createOwnerGraph, ownersOf } from "./graph.ts";
import type { Observe } from "./observer.ts";
import { createKeyQueue } from "./workqueue.ts";

/**
 * Deletes what nobody owns any more. Driven by events and an index of owners; before anything is deleted the owner's absence is
 * verified by a read of the store.
 */
export const createCollector = (core: Core) => {
  const graph = createOwnerGraph();
  /** Objects whose owners are of a kind that is not served now: looked at again when that changes. */
  const unresolved = new Set<string>();
  const queue = createKeyQueue({
    name: "garbage_collector",
    metrics: core.queueMetrics,
    clock: core.clock,
    concurrency: 64,
    work: (key) => collect(core, graph, key, queue.add, unresolved),
    onError: core.onError,
  });
  let starting = false;
  const forget = core.catalog.onChange(() => {
    for (const key of unresolved) queue.add(key);
    unresolved.clear();
  });

  const onChange: Observe = (key, before, after) => {
    graph.observe(key, before, after);
    if (after === undefined) {
      if (before === undefined) return;
      for (const dependent of graph.dependents(before.metadata.uid)) queue.add(dependent);
      for (const { uid } of ownersOf(before)) wakeOwner(uid);
      return;
    }
    if (isWaiting(after)) queue.add(key);
    if (ownersOf(after) === ownersOf(before) && before?.metadata.deletionTimestamp === after.metadata.deletionTimestamp) return;
    // At the start owners may come after what they own: that is checked when all is known.
    if (starting) return;
    if (isDoubtful(after)) queue.add(key);
    for (const { uid } of [...ownersOf(before), ...ownersOf(after)]) wakeOwner(uid);
  };
  /** An owner is unknown, or lives in another namespace than what it is said to own. */
  const isDoubtful = (object: StoredObject): boolean =>
    ownersOf(object).some(({ uid }) => {
      const key = graph.keyOf(uid);
      return key === undefined || livesElsewhere(core.storage.get(key)?.value, object);
    });
  /** An owner that waits for its dependents looks again. */
  const wakeOwner = (uid: string): void => {
    const key = graph.keyOf(uid);
    if (key === undefined) return;
    const owner = core.storage.get(key)?.value;
    if (owner !== undefined && isWaiting(owner)) queue.add(key);
  };

  return {
    onChange,
    onStart: () => {
      starting = true;
      graph.clear();
    },
    onStarted: () => {
      starting = false;
      for (const { key, value } of core.storage.list(registryPrefix).items) if (isDoubtful(value)) queue.add(key);
    },
    settled: queue.settled,
    close: () => {
      forget();
      queue.close();
    },
  };
};

const livesElsewhere = (owner: StoredObject | undefined, dependent: StoredObject): boolean =>
  owner?.metadata.namespace !== undefined && owner.metadata.namespace !== dependent.metadata.namespace;

const isWaiting = ({ metadata }: StoredObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).some((finalizer) => finalizer === "foregroundDeletion" || finalizer === "orphan");

const hasFinalizer = ({ metadata }: StoredObject, finalizer: string): boolean => (metadata.finalizers ?? []).includes(finalizer);

type Graph = ReturnType<typeof createOwnerGraph>;

const collect = async (
  core: Core,
  graph: Graph,
  key: string,
  again: (key: string) => void,
  unresolved: Set<string>,
): Promise<void> => {
  const object = core.storage.get(key)?.value;
  if (object === undefined) return;
  if (object.metadata.deletionTimestamp !== undefined) {
    if (hasFinalizer(object, "orphan")) return orphanDependents(core, graph, object);
    if (hasFinalizer(object, "foregroundDeletion")) await releaseForeground(core, graph, object, again);
    else return;
    return;
  }
  await collectDependent(core, graph, key, object, unresolved);
};

/** Orphan: dependents lose the reference and live on. */
const orphanDependents = async (core: Core, graph: Graph, owner: StoredObject): Promise<void> => {
  const uid = owner.metadata.uid;
  await Promise.all([...graph.dependents(uid)].map((key) => dropReferences(core, core.storage.get(key)?.value, new Set([uid]))));
  await dropFinalizer(core, owner, "orphan");
};

/** Foreground: the owner goes when nothing that blocks it is left. */
const releaseForeground = async (core: Core, graph: Graph, owner: StoredObject, again: (key: string) => void): Promise<void> => {
  const uid = owner.metadata.uid;
  const blocking = [...graph.dependents(uid)].filter((key) => {
    const dependent = core.storage.get(key)?.value;
    return ownersOf(dependent).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
  });
  if (blocking.length === 0) return dropFinalizer(core, owner, "foregroundDeletion");
  for (const key of blocking) {
    const dependent = core.storage.get(key)?.value;
    if (dependent !== undefined && dependent.metadata.deletionTimestamp === undefined) again(key);
  }
};

type OwnerState = "live" | "absent" | "leaving" | "unknown";

const collectDependent = async (
  core: Core,
  graph: Graph,
  key: string,
  object: StoredObject,
  unresolved: Set<string>,
): Promise<void> => {
  const owners = ownersOf(object);
  if (owners.length === 0) return;
  const states = new Map<OwnerReference, OwnerState>(owners.map((owner) => [owner, stateOf(core, object, owner)]));
  const all = [...states.values()];
  // An owner of a kind that is not served is never taken as absent: its CRD may come back.
  if (all.includes("unknown")) unresolved.add(key);
  const dead = owners.filter((owner) => states.get(owner) === "absent" || states.get(owner) === "leaving");
  if (dead.length === 0) return;
  if (all.includes("live") || all.includes("unknown")) {
    return dropReferences(core, object, new Set(dead.map(({ uid }) => uid)));
  }
  const served = servedOf(core, object);
  if (served === undefined) return;
  const elsewhere = dead.find(({ uid }) => livesElsewhere(core.storage.get(graph.keyOf(uid) ?? "")?.value, object));
  if (elsewhere !== undefined) await tellOfNamespace(core, object, elsewhere);
  const dependents = [...graph.dependents(object.metadata.uid)];
  const foreground = all.includes("leaving") && dependents.length > 0;
  if (foreground && dependents.some((dependent) => isForegroundDeleting(core.storage.get(dependent)?.value))) {
    // A circle of blocking references: this one gives way.
    await changeOwners(core, object, (references) =>
      references.map((reference) => ({ ...reference, blockOwnerDeletion: false })),
    );
  }
  const policy = hasFinalizer(object, "orphan")
    ? "Orphan"
    : foreground || hasFinalizer(object, "foregroundDeletion")
      ? "Foreground"
      : "Background";
  const options = { propagationPolicy: policy, preconditions: { uid: object.metadata.uid } } as const;
  await ignoreGone(remove(core, served, refOf(object), options, systemContext));
};

/** Whoever wrote such a reference wonders where the object went. */
const tellOfNamespace = async (
  core: Core,
  { apiVersion, kind, metadata }: StoredObject,
  owner: OwnerReference,
): Promise<void> => {
  const events = core.catalog.find("", "v1", "events");
  const { name, namespace, uid, resourceVersion } = metadata;
  if (events === undefined || namespace === undefined) return;
  const now = timestamp(core.clock.now());
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${uid.slice(0, 13)}`, namespace },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type: "Warning",
    reason: "OwnerRefInvalidNamespace",
    message: `ownerRef [${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}] does not exist in namespace "${namespace}"`,
    source: { component: "garbage-collector-controller" },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  try {
    await create(core, events, event, { fieldManager: "kube-controller-manager" }, systemContext);
  } catch (error) {
    if (!isAlreadyExists(error) && !isForbidden(error)) throw error;
  }
};
const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.reason === "Forbidden";

const isForegroundDeleting = (object: StoredObject | undefined): boolean =>
  object?.metadata.deletionTimestamp !== undefined && hasFinalizer(object, "foregroundDeletion");

/** By group, kind, name and uid; never by version: moving a CRD's storage version must not collect anything. */
const stateOf = (core: Core, dependent: StoredObject, owner: OwnerReference): OwnerState => {
  const served = core.catalog.findKind(parseApiVersion(owner.apiVersion).group, owner.kind);
  if (served === undefined) return "unknown";
  const { namespace } = dependent.metadata;
  // A cluster-scoped object cannot name a namespaced owner: we could not know which.
  if (served.scope === "Namespaced" && namespace === undefined) return "unknown";
  const found = core.storage.get(
    objectKey(served.storage, served.scope === "Namespaced" ? namespace : undefined, owner.name),
  )?.value;
  if (found === undefined || found.metadata.uid !== owner.uid) return "absent";
  return isForegroundDeleting(found) && owner.blockOwnerDeletion === true ? "leaving" : "live";
};

const servedOf = (core: Core, object: StoredObject): ServedResource | undefined => {
  const { group, version } = parseApiVersion(object.apiVersion);
  return core.catalog.findKind(group, object.kind, version) ?? core.catalog.findKind(group, object.kind);
};

const refOf = ({ metadata }: StoredObject) =>
  metadata.namespace === undefined ? { name: metadata.name } : { namespace: metadata.namespace, name: metadata.name };

const dropReferences = (core: Core, object: StoredObject | undefined, uids: ReadonlySet<string>): Promise<void> =>
  object === undefined
    ? Promise.resolve()
    : changeOwners(core, object, (references) => references.filter((reference) => !uids.has(reference.uid)));

const changeOwners = (
  core: Core,
  object: StoredObject,
  change: (references: readonly OwnerReference[]) => readonly OwnerReference[],
): Promise<void> =>
  rewrite(core, object, (live) => {
    const references = change(ownersOf(live));
    return withMetadata(live, { ownerReferences: references.length === 0 ? undefined : references });
  });

const dropFinalizer = (core: Core, object: StoredObject, finalizer: string): Promise<void> =>
  rewrite(core, object, (live) => {
    const finalizers = (live.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    return withMetadata(live, { finalizers: finalizers.length === 0 ? undefined : finalizers });
  });

const rewrite = async (
  core: Core,
  object: StoredObject,
  change: (live: StoredObject) => ReturnType<typeof withMetadata>,
): Promise<void> => {
  const served = servedOf(core, object);
  if (served === undefined) return;
  const { uid } = object.metadata;
  await ignoreGone(
    modify(core, served, refOf(object), { fieldManager: "kube-controller-manager" }, systemContext, {
      wanted: (live) => (live.metadata.uid === uid ? change(live) : live),
      replaces: false,
    }),
  );
};

const ignoreGone = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};
