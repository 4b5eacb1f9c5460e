import { groupResource, isNotFound } from "@slipway/api";
import { type Core, systemContext } from "../registry/core.ts";
import { remove } from "../registry/delete.ts";
import { objectKey, resourcePrefix } from "../registry/keys.ts";
import { type StoredObject, timestamp, withField } from "../registry/object.ts";
import { modify } from "../registry/update.ts";
import type { Observe } from "./observer.ts";
import { createKeyQueue } from "./workqueue.ts";

const namespacesPrefix = resourcePrefix({ group: "", plural: "namespaces" });

/** Empties namespaces that are being deleted, says what is left, and lets them go. */
export const createNamespaceController = (core: Core) => {
  const terminating = new Set<string>();
  const queue = createKeyQueue({
    name: "namespace",
    metrics: core.queueMetrics,
    clock: core.clock,
    concurrency: 8,
    work: (name) => empty(core, name),
    onError: core.onError,
  });

  const onChange: Observe = (key, before, after) => {
    if (key.startsWith(namespacesPrefix)) {
      const name = key.slice(namespacesPrefix.length);
      if (after?.metadata.deletionTimestamp === undefined) terminating.delete(name);
      else {
        terminating.add(name);
        queue.add(name);
      }
      return;
    }
    const namespace = (after ?? before)?.metadata.namespace;
    if (namespace !== undefined && terminating.has(namespace) && before !== undefined) queue.add(namespace);
  };

  return {
    onChange,
    onStart: () => terminating.clear(),
    settled: queue.settled,
    close: queue.close,
  };
};

interface Left {
  readonly resources: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

const empty = async (core: Core, name: string): Promise<void> => {
  const namespace = core.storage.get(objectKey({ group: "", plural: "namespaces" }, undefined, name))?.value;
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  const failures = await deleteContent(core, name);
  const left = remaining(core, name);
  if (failures.length > 0 || left.resources.size > 0) {
    await writeConditions(core, name, failures, left);
    if (failures.length > 0) throw new Error(`content of namespace ${name} cannot be deleted`);
    return;
  }
  await change(core, name, "finalize", (live) => ({
    ...live,
    spec: { ...live.spec, finalizers: finalizersOf(live).filter((finalizer) => finalizer !== "kubernetes") },
  }));
};

const finalizersOf = (namespace: StoredObject): readonly string[] =>
  (namespace.spec?.["finalizers"] as readonly string[] | undefined) ?? [];

/** The resources of one storage are deleted once, whichever versions serve it. */
const contentOf = (core: Core) => {
  const seen = new Set<string>();
  return core.catalog.all().filter((served) => {
    if (served.scope !== "Namespaced" || served.virtual !== undefined) return false;
    if (served.verbs !== undefined && !served.verbs.includes("delete")) return false;
    const id = resourcePrefix(served.storage);
    return seen.has(id) ? false : seen.add(id) !== undefined;
  });
};

const deleteContent = async (core: Core, name: string): Promise<readonly string[]> => {
  const failures: string[] = [];
  await Promise.all(
    contentOf(core).flatMap((served) =>
      core.storage.list(resourcePrefix(served.storage, name)).items.map(async ({ value }) => {
        if (value.metadata.deletionTimestamp !== undefined) return;
        const options = { propagationPolicy: "Background", preconditions: { uid: value.metadata.uid } } as const;
        try {
          await remove(core, served, { namespace: name, name: value.metadata.name }, options, systemContext);
        } catch (error) {
          if (!isNotFound(error)) failures.push(error instanceof Error ? error.message : String(error));
        }
      }),
    ),
  );
  return failures;
};

const remaining = (core: Core, name: string): Left => {
  const resources = new Map<string, number>();
  const finalizers = new Map<string, number>();
  for (const served of contentOf(core)) {
    const { items } = core.storage.list(resourcePrefix(served.storage, name));
    if (items.length > 0) resources.set(groupResource(served), items.length);
    for (const { value } of items) {
      for (const finalizer of value.metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  return { resources, finalizers };
};

const writeConditions = (core: Core, name: string, failures: readonly string[], left: Left): Promise<void> => {
  const some = (what: Map<string, number>, joint: string): string =>
    [...what]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, count]) => `${id}${joint}${count} resource instances`)
      .join(", ");
  const condition = (type: string, bad: boolean, badReason: string, goodReason: string, badText: string, goodText: string) => ({
    type,
    status: bad ? "True" : "False",
    reason: bad ? badReason : goodReason,
    message: bad ? badText : goodText,
  });
  const conditions = [
    condition(
      "NamespaceDeletionDiscoveryFailure",
      false,
      "DiscoveryFailed",
      "ResourcesDiscovered",
      "",
      "All resources successfully discovered",
    ),
    condition(
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "GroupVersionParsingFailed",
      "ParsedGroupVersions",
      "",
      "All legacy kube types successfully parsed",
    ),
    condition(
      "NamespaceDeletionContentFailure",
      failures.length > 0,
      "ContentDeletionFailed",
      "ContentDeleted",
      `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(", ")}`,
      "All content successfully deleted, may be waiting on finalization",
    ),
    condition(
      "NamespaceContentRemaining",
      left.resources.size > 0,
      "SomeResourcesRemain",
      "ContentRemoved",
      `Some resources are remaining: ${some(left.resources, " has ")}`,
      "All content successfully removed",
    ),
    condition(
      "NamespaceFinalizersRemaining",
      left.finalizers.size > 0,
      "SomeFinalizersRemain",
      "ContentHasNoFinalizers",
      `Some content in the namespace has finalizers remaining: ${some(left.finalizers, " in ")}`,
      "All content-preserving finalizers finished",
    ),
  ];
  return change(core, name, "status", (live) => {
    const before =
      (live.status?.["conditions"] as readonly { type: string; status: string; lastTransitionTime?: string }[] | undefined) ?? [];
    const now = timestamp(core.clock.now());
    const merged = conditions.map((wanted) => {
      const old = before.find(({ type }) => type === wanted.type);
      const lastTransitionTime = old?.status === wanted.status ? (old.lastTransitionTime ?? now) : now;
      return { ...wanted, lastTransitionTime };
    });
    return withField(live, "status", { ...live.status, phase: "Terminating", conditions: merged });
  });
};

const change = async (
  core: Core,
  name: string,
  subresource: string,
  wanted: (live: StoredObject) => ReturnType<typeof withField>,
): Promise<void> => {
  const served = core.catalog.find("", "v1", "namespaces");
  if (served === undefined) return;
  try {
    await modify(core, served, { name }, { subresource, fieldManager: "kube-controller-manager" }, systemContext, {
      wanted,
      replaces: false,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};
