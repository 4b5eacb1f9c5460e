import type { Kind, UnstructuredObject } from "@slipway/api";
import { isAlreadyExists, parseApiVersion, refOf } from "@slipway/api";
import { createAdmission } from "../admission/admission.ts";
import type { WebhookCaller } from "../admission/caller.ts";
import { connected } from "../admission/connect.ts";
import type { Judge } from "../admission/expressions.ts";
import { createCrdController } from "../crd/controller.ts";
import { crdResource } from "../crd/definition.ts";
import { crdRules } from "../crd/rules.ts";
import { createCollector } from "../gc/collector.ts";
import { createDefaultObjects } from "../gc/defaultobjects.ts";
import { createNamespaceController } from "../gc/namespaces.ts";
import { observe } from "../gc/observer.ts";
import { createProtection } from "../gc/protection.ts";
import type { QueueMetrics } from "../gc/queuemetrics.ts";
import { type Clock, systemClock } from "../storage/clock.ts";
import type { Storage } from "../storage/storage.ts";
import { type ChangingCatalog, createCatalog } from "./catalog.ts";
import { type Chance, type Core, systemChance, systemContext } from "./core.ts";
import { create } from "./create.ts";
import { deleteCollection, remove } from "./delete.ts";
import { servedFromKind } from "./fromkind.ts";
import { createIndexes } from "./indexes.ts";
import { objectKey, resourcePrefix } from "./keys.ts";
import type { StoredObject } from "./object.ts";
import { get, list } from "./read.ts";
import type { Registry } from "./registry.ts";
import type { ResourceRules, ServedResource } from "./served.ts";
import { asApiError } from "./storagefailure.ts";
import { createTicker } from "./ticker.ts";
import { createVersions } from "./versions.ts";
import { watch } from "./watch.ts";
import { patch, update } from "./write.ts";

export interface RegistryOptions {
  /** Opened with `stampObject`. */
  readonly storage: Storage<StoredObject>;
  /** Built-in kinds; CRDs in the store add to them. */
  readonly resources: readonly ServedResource[];
  /** Kinds of ours: served without a CRD in the store, and admitted in process when there is one. */
  readonly kinds?: readonly Kind[];
  /** When given, every namespace has its ServiceAccount `default` and ConfigMap `kube-root-ca.crt`. */
  readonly rootCaPem?: string;
  /** Calls admission and conversion webhooks; without it none can be reached. */
  readonly webhooks?: WebhookCaller;
  /** Answers what CEL expressions of admission ask of `authorizer`; without it everything is allowed. */
  readonly judge?: Judge;
  /** Absent ones stand as in `featureGateDefaults`. */
  readonly featureGates?: { readonly [gate: string]: boolean };
  readonly clock?: Clock;
  readonly chance?: Chance;
  /** Told of what the queues of that work do. */
  readonly queueMetrics?: QueueMetrics;
  /** Told of what the registry's own work (collection, namespaces, CRDs) failed at and will try again. */
  readonly onError?: (error: unknown, about: string) => void;
}

export interface RunningRegistry extends Registry {
  /** Makes what is not there yet (namespaces, roles); what is there stays as it is. */
  ensure(objects: readonly UnstructuredObject[]): Promise<void>;
  /** Makes what is not there, and brings what is there to what is given (CRDs of a newer program). */
  publish(objects: readonly UnstructuredObject[]): Promise<void>;
  /** Resolves when collection and namespace deletion have nothing left to do now. For tests. */
  settled(): Promise<void>;
}

export const createRegistry = (options: RegistryOptions): RunningRegistry => {
  const { storage } = options;
  const clock = options.clock ?? systemClock;
  const kinds = options.kinds ?? [];
  const ofCrds: ResourceRules = crdRules({ catalog: () => catalog, clock, kinds, written: (crd) => crds.serve(crd) });
  const catalog: ChangingCatalog = createCatalog([
    ...options.resources.map((served) => (isCrd(served) ? { ...served, rules: { ...served.rules, ...ofCrds } } : served)),
    ...kinds.map((kind) => servedFromKind(kind)),
  ]);
  const indexes = createIndexes({
    caughtUp: () => observer.caughtUp(),
    isCurrent: () => observer.isCurrent(),
  });
  const core: Core = {
    storage,
    indexes,
    catalog,
    admission: {
      gateFor: (request) => admission.gateFor(request),
    },
    versions: createVersions(),
    clock,
    chance: options.chance ?? systemChance,
    ...(options.featureGates === undefined ? {} : { featureGates: options.featureGates }),
    minutes: createTicker(clock, 60),
    queueMetrics: options.queueMetrics,
    onError: options.onError ?? (() => undefined),
  };
  const admission = createAdmission(core, {
    judge: options.judge ?? (() => ({ allowed: true })),
    ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
  });
  const crds = createCrdController(core, catalog, kinds, options.webhooks);
  const collector = createCollector(core);
  const namespaces = createNamespaceController(core);
  const parts = [
    indexes,
    crds,
    collector,
    namespaces,
    createProtection(core),
    ...(options.rootCaPem === undefined ? [] : [createDefaultObjects(core, options.rootCaPem)]),
  ];
  const observer = observe(storage, parts);
  const newest = afterNewest(storage);

  return {
    catalog,
    clock: core.clock,
    revision: () => String(storage.revision()),
    count: (served) => storage.count(resourcePrefix(served.storage)),
    get: (resource, ref, getOptions, context) => {
      const read = () => get(core, resource, ref, getOptions, context);
      return isAny(getOptions.resourceVersion) ? asApiError(newest(read)) : read();
    },
    list: (resource, listOptions, context) => {
      const read = () => list(core, resource, listOptions, context);
      return isAny(listOptions.resourceVersion) && isAny(listOptions.continue) ? asApiError(newest(read)) : read();
    },
    watch: (resource, watchOptions, context) => watch(core, resource, watchOptions, context),
    create: (resource, object, writeOptions, context) =>
      asApiError(newest(() => create(core, resource, object, writeOptions, context))),
    update: (resource, ref, object, writeOptions, context) =>
      asApiError(newest(() => update(core, resource, ref, object, writeOptions, context))),
    patch: (resource, ref, change, writeOptions, context) =>
      asApiError(newest(() => patch(core, resource, ref, change, writeOptions, context))),
    delete: (resource, ref, deleteOptions, context) =>
      asApiError(newest(() => remove(core, resource, ref, deleteOptions, context))),
    deleteCollection: (resource, deleteOptions, context) =>
      asApiError(newest(() => deleteCollection(core, resource, deleteOptions, context))),
    connect: (resource, target, connectOptions, context) => connected(core, resource, target, connectOptions, context),
    ensure: (objects) => inOrder(objects, (object) => ensure(core, object)),
    publish: (objects) => inOrder(objects, (object) => publish(core, object)),
    settled: async () => {
      for (let before = -1; before !== storage.revision(); ) {
        before = storage.revision();
        await observer.caughtUp();
        for (const part of parts) await part.settled();
      }
    },
    close: async () => {
      observer.close();
      core.minutes.close();
      for (const part of parts) part.close();
      storage.close();
    },
  };
};

/** Work that must know all that anybody was acknowledged before: at once where only this process writes. */
const afterNewest = ({ latest }: Pick<Storage, "latest">): (<T>(work: () => Promise<T>) => Promise<T>) =>
  latest === undefined
    ? (work) => work()
    : async (work) => {
        await latest();
        return work();
      };

/** Not asked for: then it is the newest. */
const isAny = (option: string | undefined): boolean => option === undefined || option === "";

/** Namespaces before what is in them; the rest at once, so that they share the store's flushes. */
const inOrder = async (
  objects: readonly UnstructuredObject[],
  work: (object: UnstructuredObject) => Promise<void>,
): Promise<void> => {
  const isNamespace = ({ kind, apiVersion }: UnstructuredObject): boolean => kind === "Namespace" && apiVersion === "v1";
  await Promise.all(objects.filter(isNamespace).map(work));
  await Promise.all(objects.filter((object) => !isNamespace(object)).map(work));
};

const ensure = async (core: Core, object: UnstructuredObject): Promise<void> => {
  const served = servedFor(core, object);
  const { namespace, name } = object.metadata;
  if (name !== undefined && core.storage.get(objectKey(served.storage, namespace, name)) !== undefined) return;
  try {
    await create(core, served, object, { fieldManager: "kube-apiserver" }, systemContext);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
};

const publish = async (core: Core, object: UnstructuredObject): Promise<void> => {
  const options = { fieldManager: "kube-apiserver", force: true };
  await patch(core, servedFor(core, object), refOf(object), { type: "apply", body: object }, options, systemContext);
};

const servedFor = (core: Core, { apiVersion, kind }: UnstructuredObject): ServedResource => {
  const { group, version } = parseApiVersion(apiVersion);
  const served = core.catalog.findKind(group, kind, version);
  if (served === undefined) throw new Error(`the API does not serve ${apiVersion} ${kind}, so none can be put into it`);
  return served;
};

const isCrd = ({ group, plural }: ServedResource): boolean => group === crdResource.group && plural === crdResource.plural;
