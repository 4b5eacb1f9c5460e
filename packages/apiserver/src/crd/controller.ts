import { isNotFound, type Kind, type UnstructuredObject } from "@slipway/api";
import { noWebhooks, type WebhookCaller } from "../admission/caller.ts";
import type { Observe } from "../gc/observer.ts";
import { createKeyQueue } from "../gc/workqueue.ts";
import type { ChangingCatalog } from "../registry/catalog.ts";
import { type Core, systemContext } from "../registry/core.ts";
import { remove } from "../registry/delete.ts";
import { objectKey, resourcePrefix } from "../registry/keys.ts";
import { type StoredObject, sameJson, timestamp, withField, withMetadata } from "../registry/object.ts";
import type { ServedResource } from "../registry/served.ts";
import { modify } from "../registry/update.ts";
import { asDefinition, cleanupFinalizer, conditionsOf, crdResource, isTrue, withCondition } from "./definition.ts";
import { servedFromCrd } from "./served.ts";

const crdPrefix = resourcePrefix(crdResource);

/** Serves what CRDs in the store declare, and empties a CRD's resource before the CRD goes. */
export const createCrdController = (
  core: Core,
  catalog: ChangingCatalog,
  kinds: readonly Kind[],
  webhooks: WebhookCaller = noWebhooks,
) => {
  const known = new Map<string, UnstructuredObject>();
  const leaving = new Map<string, string>();
  const queue = createKeyQueue({
    name: "crd_finalizer",
    metrics: core.queueMetrics,
    clock: core.clock,
    concurrency: 4,
    work: (name) => cleanUp(core, name),
    onError: core.onError,
  });

  /** Before the answer to the write, and again when the store tells of it. */
  const serve = (crd: UnstructuredObject): void => {
    const name = crd.metadata.name ?? "";
    const before = known.get(name);
    if (before !== undefined && Number(before.metadata.resourceVersion) >= Number(crd.metadata.resourceVersion)) return;
    known.set(name, crd);
    if (!isTrue(crd, "Established")) return;
    const same =
      before !== undefined &&
      isTrue(before, "Established") &&
      sameJson(before.spec, crd.spec) &&
      (before.metadata.deletionTimestamp === undefined) === (crd.metadata.deletionTimestamp === undefined);
    // A change of its status must not end the watches on its objects.
    if (!same) catalog.replace(name, servedFromCrd(crd, kinds, { webhooks, chance: core.chance }));
  };

  const onChange: Observe = (key, before, after) => {
    if (!key.startsWith(crdPrefix)) {
      const name = before === undefined ? undefined : leaving.get(key.slice(0, prefixEnd(key)));
      if (name !== undefined) queue.add(name);
      return;
    }
    const name = key.slice(crdPrefix.length);
    if (after === undefined) {
      if (known.get(name)?.metadata.uid === before?.metadata.uid) {
        known.delete(name);
        catalog.replace(name, []);
      }
      for (const [prefix, owner] of leaving) if (owner === name) leaving.delete(prefix);
      return;
    }
    serve(after);
    if (after.metadata.deletionTimestamp === undefined) return;
    leaving.set(resourcePrefix({ group: asDefinition(after).spec.group, plural: asDefinition(after).spec.names.plural }), name);
    queue.add(name);
  };

  return { onChange, onStart: () => leaving.clear(), serve, settled: queue.settled, close: queue.close };
};

/** Of `/registry/<group>/<resource>/`. */
const prefixEnd = (key: string): number => key.indexOf("/", key.indexOf("/", key.indexOf("/", 1) + 1) + 1) + 1;

const cleanUp = async (core: Core, name: string): Promise<void> => {
  const crd = core.storage.get(objectKey(crdResource, undefined, name))?.value;
  if (crd?.metadata.deletionTimestamp === undefined || !(crd.metadata.finalizers ?? []).includes(cleanupFinalizer)) return;
  const { group, names } = asDefinition(crd).spec;
  const prefix = resourcePrefix({ group, plural: names.plural });
  const served = core.catalog.all().find((one) => one.group === group && one.plural === names.plural);
  const items = core.storage.list(prefix).items.filter(({ value }) => value.metadata.deletionTimestamp === undefined);
  if (items.length > 0 && served !== undefined) {
    await writeCondition(core, name, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
    await Promise.all(items.map(({ value }) => deleteInstance(core, served, value)));
  }
  const left = core.storage.count(prefix);
  if (left > 0) {
    const text = `could not confirm zero CustomResources remaining: ${left} left`;
    await writeCondition(core, name, "True", "InstanceDeletionCheck", text);
    return;
  }
  await change(core, name, undefined, (live) =>
    withMetadata(live, {
      finalizers: (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer),
    }),
  );
};

const deleteInstance = async (core: Core, served: ServedResource, { metadata }: StoredObject): Promise<void> => {
  const ref = metadata.namespace === undefined ? { name: metadata.name } : { namespace: metadata.namespace, name: metadata.name };
  try {
    await remove(core, served, ref, { preconditions: { uid: metadata.uid } }, systemContext);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

const writeCondition = (core: Core, name: string, status: "True" | "False", reason: string, message: string): Promise<void> =>
  change(core, name, "status", (live) =>
    withField(live, "status", {
      ...live.status,
      conditions: withCondition(
        conditionsOf(live),
        { type: "Terminating", status, reason, message },
        timestamp(core.clock.now()),
      ),
    }),
  );

const change = async (
  core: Core,
  name: string,
  subresource: string | undefined,
  wanted: (live: StoredObject) => UnstructuredObject,
): Promise<void> => {
  const served = core.catalog.find(crdResource.group, "v1", crdResource.plural);
  if (served === undefined) return;
  try {
    const options = { fieldManager: "kube-apiserver", ...(subresource === undefined ? {} : { subresource }) };
    await modify(core, served, { name }, options, systemContext, { wanted, replaces: false });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};
