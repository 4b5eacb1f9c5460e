import {
  ApiError,
  isNotFound,
  type ListOptions,
  type ObjectList,
  type ObjectRef,
  type Resource,
  refOf,
  type Status,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import type { AdmissionRequest } from "../admission/request.ts";
import { frozenJson } from "../storage/frozen.ts";
import { isStorageError } from "../storage/storage.ts";
import { admissionContext } from "./admission.ts";
import { type Core, servedAs } from "./core.ts";
import { conflict, forbidden, invalid, invalidOptions, invalidValue, notFound, unsupportedValue } from "./errors.ts";
import { objectKey } from "./keys.ts";
import { type StoredObject, sameJson, timestamp, withField, withMetadata } from "./object.ts";
import { list } from "./read.ts";
import type { DeleteResult, RegistryDeleteOptions, RequestContext } from "./registry.ts";
import type { ServedResource } from "./served.ts";
import { holdsNamespace } from "./update.ts";

type Propagation = "Background" | "Foreground" | "Orphan";

export const remove = async (
  core: Core,
  resource: Resource,
  ref: ObjectRef,
  options: RegistryDeleteOptions,
  context: RequestContext,
): Promise<DeleteResult> => {
  const served = servedAs(core, resource, context);
  const policy = checkedPolicy(options);
  const key = objectKey(served.storage, ref.namespace, ref.name);
  for (;;) {
    const item = core.storage.get(key);
    if (item === undefined) throw notFound(served, ref.name);
    const conversion = core.versions.prepare(served, [item.value]);
    if (conversion !== undefined) await conversion;
    const live = core.versions.view(served, item.value);
    checkPreconditions(served, live, options);
    admitDelete(core, served, live, options, context);
    const gate = core.admission.gateFor(deleteRequest(served, ref, options, context));
    if (gate?.mutate !== undefined) await gate.mutate({ object: undefined, old: live });
    if (gate?.validate !== undefined) await gate.validate({ object: undefined, old: live });
    const next = leaving(core, served, (served.rules.prepareDelete?.(live) ?? live) as StoredObject, policy, options);
    try {
      if (next === undefined) {
        const last = options.dryRun === true ? item : await core.storage.delete(key, item.modRevision);
        if (served.rules.deleteReturnsObject !== true) return { object: gone(served, live) };
        await core.versions.prepare(served, [last.value]);
        return { object: core.versions.view(served, last.value) };
      }
      if (sameJson(next, live)) return { object: live };
      if (options.dryRun === true) return { object: frozenJson(next) };
      const stored = (await core.versions.toStored(served, next)) as StoredObject;
      const written = await core.storage.update(key, stored, item.modRevision);
      served.rules.written?.(written.value);
      await core.versions.prepare(served, [written.value]);
      return { object: core.versions.view(served, written.value) };
    } catch (error) {
      if (!isStorageError(error, "conflict") && !isStorageError(error, "missing")) throw error;
    }
  }
};

const deleteRequest = (
  served: ServedResource,
  ref: ObjectRef,
  options: RegistryDeleteOptions,
  context: RequestContext,
): AdmissionRequest => {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = options;
  return {
    served,
    subresource: undefined,
    operation: "DELETE",
    name: ref.name,
    namespace: ref.namespace,
    dryRun: dryRun === true,
    options: {
      kind: "DeleteOptions",
      apiVersion: "meta.k8s.io/v1",
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(orphanDependents === undefined ? {} : { orphanDependents }),
      ...(preconditions === undefined ? {} : { preconditions }),
      ...(dryRun === true ? { dryRun: ["All"] } : {}),
    },
    context,
  };
};

/** kubectl waits by this uid. */
const gone = (served: ServedResource, { metadata }: StoredObject): Status => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  details: {
    name: metadata.name,
    ...(served.group === "" ? {} : { group: served.group }),
    kind: served.plural,
    uid: metadata.uid,
  },
});

/** The last second that RFC 3339 can write. */
const lastMoment = Date.parse("9999-12-31T23:59:59Z");

/** The object while something holds it; undefined when nothing does. */
const leaving = (
  core: Core,
  served: ServedResource,
  live: StoredObject,
  policy: Propagation | undefined,
  options: RegistryDeleteOptions,
): StoredObject | undefined => {
  const finalizers = withPolicy(live.metadata.finalizers ?? [], policy ?? defaultPolicy(served, live));
  const requested = options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  const graceSeconds = served.rules.gracePeriodSeconds?.(live, requested) ?? 0;
  if (finalizers.length === 0 && graceSeconds === 0 && !holdsNamespace(live)) return undefined;

  const before = live.metadata.deletionTimestamp;
  const kept = sameJson(finalizers, live.metadata.finalizers ?? []) ? live : withMetadata(live, { finalizers });
  if (before !== undefined && graceSeconds >= (live.metadata.deletionGracePeriodSeconds ?? 0)) return kept as StoredObject;
  const leaves = timestamp(new Date(Math.min(core.clock.now().getTime() + graceSeconds * 1000, lastMoment)));
  const generation = live.metadata.generation;
  const marked = withMetadata(kept, {
    // It may move earlier, never later.
    deletionTimestamp: before === undefined || leaves < before ? leaves : before,
    deletionGracePeriodSeconds: graceSeconds,
    generation: before === undefined && generation !== undefined && generation > 0 ? generation + 1 : generation,
  });
  return (holdsNamespace(live) ? withField(marked, "status", { ...live.status, phase: "Terminating" }) : marked) as StoredObject;
};

/** Without a policy the one already asked for is kept. */
const defaultPolicy = (served: ServedResource, live: StoredObject): Propagation | undefined => {
  const asked = (live.metadata.finalizers ?? []).some(
    (finalizer) => finalizer === "orphan" || finalizer === "foregroundDeletion",
  );
  return asked ? undefined : (served.rules.defaultPropagation ?? "Background");
};

const withPolicy = (finalizers: readonly string[], policy: Propagation | undefined): readonly string[] => {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== "orphan" && finalizer !== "foregroundDeletion");
  if (policy === "Background") return others.length === finalizers.length ? finalizers : others;
  const wanted = policy === "Orphan" ? "orphan" : "foregroundDeletion";
  return finalizers.includes(wanted)
    ? finalizers.filter((finalizer) => finalizer === wanted || others.includes(finalizer))
    : [...others, wanted];
};

const checkedPolicy = (options: RegistryDeleteOptions): Propagation | undefined => {
  const { propagationPolicy: policy, orphanDependents } = options;
  if (policy !== undefined && orphanDependents !== undefined) {
    throw invalidOptions("DeleteOptions", [
      invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    ]);
  }
  if (orphanDependents !== undefined) return orphanDependents ? "Orphan" : "Background";
  if (policy === undefined || policy === "Background" || policy === "Foreground" || policy === "Orphan") return policy;
  throw invalidOptions("DeleteOptions", [
    unsupportedValue("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]),
  ]);
};

const checkPreconditions = (served: ServedResource, live: StoredObject, { preconditions }: RegistryDeleteOptions): void => {
  const { name, uid, resourceVersion } = live.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const text = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(served, name, text);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const text = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(served, name, text);
  }
};

const admitDelete = (
  core: Core,
  served: ServedResource,
  live: StoredObject,
  options: RegistryDeleteOptions,
  context: RequestContext,
): void => {
  const { forbidDelete, validateDelete } = served.rules;
  if (forbidDelete === undefined && validateDelete === undefined) return;
  const about = admissionContext(core, live, { dryRun: options.dryRun === true }, context, "DELETE");
  const why = forbidDelete?.(live, about);
  if (why !== undefined) throw forbidden(served, live.metadata.name, why);
  const errors = validateDelete?.(live, about);
  if (errors !== undefined && errors.length > 0) throw invalid(served, live.metadata.name, errors);
};

const deletesAtOnce = 32;

/** Item by item: a finalizer on one does not stop the others. Answers the list as it was before. */
export const deleteCollection = async (
  core: Core,
  resource: Resource,
  options: ListOptions & RegistryDeleteOptions,
  context: RequestContext,
): Promise<ObjectList<UnstructuredObject>> => {
  const { resourceVersion: _version, resourceVersionMatch: _match, ...selection } = options;
  const before = await list(core, resource, selection, context);
  const { limit: _limit, continue: _continue, labelSelector: _labels, fieldSelector: _fields, ...deletion } = options;
  const left: Stored<UnstructuredObject>[] = [...before.items];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let object = left.shift(); object !== undefined; object = left.shift()) {
      try {
        await remove(core, resource, refOf(object), deletion, context);
      } catch (error) {
        if (!isNotFound(error)) failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: deletesAtOnce }, work));
  const first = failures[0];
  if (first === undefined) return before;
  throw first instanceof Error ? first : new ApiError("InternalError", String(first));
};
