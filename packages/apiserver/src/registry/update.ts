import { type ObjectRef, parseApiVersion, type UnstructuredObject } from "@slipway/api";
import type { Gate } from "../admission/admission.ts";
import { recordUpdate } from "../apply/record.ts";
import { frozenJson } from "../storage/frozen.ts";
import { isStorageError } from "../storage/storage.ts";
import { admitted, awaited, validate } from "./admission.ts";
import type { Core } from "./core.ts";
import { inNamespace } from "./decode.ts";
import { badRequest, conflict, invalid, invalidValue, notFound, staleVersion } from "./errors.ts";
import { objectKey } from "./keys.ts";
import { dedupedOwners } from "./metadata.ts";
import { type StoredObject, sameJson, timestamp, withField, withMetadata } from "./object.ts";
import { hasSubresource } from "./read.ts";
import type { RegistryWriteOptions, RequestContext, WriteResult } from "./registry.ts";
import { scaleOf, withScale } from "./scale.ts";
import type { ServedResource } from "./served.ts";
import { checkSize, isTooLarge } from "./size.ts";

export interface Modification {
  /** The whole object (or Scale) as the caller wants it, decoded; called again on the newer object when another writer was faster. */
  readonly wanted: (live: StoredObject, shown: StoredObject) => UnstructuredObject;
  /** PUT: a resourceVersion is asked for unless the kind allows writing without. */
  readonly replaces: boolean;
  /** What to do when nothing is there; absent: NotFound. */
  readonly missing?: () => Promise<WriteResult>;
  /** `wanted` answers the object itself, also on `/scale`. */
  readonly shownAsIs?: boolean;
  /** Records owners of fields; apply brings its own. */
  readonly record?: typeof recordUpdate;
}

/** One way for every change of an object: read, change, check, write; again from the start when somebody else was faster. */
export const modify = async (
  core: Core,
  served: ServedResource,
  ref: ObjectRef,
  given: RegistryWriteOptions,
  context: RequestContext,
  modification: Modification,
): Promise<WriteResult> => {
  const options = withServedVersions(core, served, given);
  const { subresource } = options;
  if (subresource !== undefined && !hasSubresource(served, subresource)) throw notFound(served, ref.name);
  const key = objectKey(served.storage, ref.namespace, ref.name);
  const shownAs = (object: StoredObject): StoredObject => (subresource === "scale" ? scaleOf(served, object) : object);
  for (;;) {
    const item = core.storage.get(key);
    if (item === undefined) {
      if (modification.missing !== undefined) return modification.missing();
      throw notFound(served, ref.name);
    }
    const conversion = core.versions.prepare(served, [item.value]);
    if (conversion !== undefined) await conversion;
    const live = core.versions.view(served, item.value);
    const shown = shownAs(live);
    const wanted = modification.wanted(live, shown);
    checkIdentity(served, ref, wanted);
    checkPreconditions(served, live, wanted, modification);
    if (served.rules.awaits !== undefined) await awaited(core, served, wanted, live, options, context);
    const gate = core.admission.gateFor(updateRequest(served, ref, options, context));
    const made = prepared(core, served, live, wanted, options, context, modification);
    const changed = gate?.mutate === undefined ? made : await mutated(served, live, made, options, context, gate.mutate);
    const next = fitting(withGeneration(served, changed, live) as StoredObject, modification);
    validate(core, served, next, live, options, context);
    if (gate?.validate !== undefined) await gate.validate({ object: shownAs(next), old: shown });
    if (sameJson(next, live)) return { object: shown, created: false };
    if (options.dryRun === true) return { object: shownAs(frozenJson(next)), created: false };
    try {
      const stored = (await core.versions.toStored(served, next)) as StoredObject;
      const written = isFinished(next)
        ? await core.storage.delete(key, item.modRevision)
        : await core.storage.update(key, stored, item.modRevision, ttlOf(served));
      // Removing the last finalizer deletes in this very request; its answer is the object as the request left it.
      if (!isFinished(next)) {
        served.rules.written?.(core.versions.written(served, written.value));
        await core.versions.prepare(served, [written.value]);
        return { object: shownAs(core.versions.view(served, written.value)), created: false };
      }
      return {
        object: shownAs(frozenJson(withMetadata(next, { resourceVersion: String(written.modRevision) })) as StoredObject),
        created: false,
      };
    } catch (error) {
      if (!isStorageError(error, "conflict") && !isStorageError(error, "missing")) throw error;
    }
  }
};

export const withServedVersions = (core: Core, served: ServedResource, options: RegistryWriteOptions): RegistryWriteOptions => ({
  ...options,
  isServed: (apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion);
    // An Event is one object in two groups.
    return served.version === version || core.catalog.find(group, version, served.plural) !== undefined;
  },
  inVersion: (apiVersion) => {
    const { convert } = served.storage;
    const { group, version } = parseApiVersion(apiVersion);
    if (convert === undefined || version === served.version) return undefined;
    const other = core.catalog.find(group, version, served.plural);
    if (other === undefined) return undefined;
    const { fields, prune, default: defaulted } = other.schema;
    return { fields, show: (object) => defaulted(prune(convert(object, version)).object) };
  },
});

const updateRequest = (served: ServedResource, ref: ObjectRef, options: RegistryWriteOptions, context: RequestContext) => ({
  served,
  subresource: options.subresource,
  operation: "UPDATE" as const,
  name: ref.name,
  namespace: ref.namespace,
  dryRun: options.dryRun === true,
  options: writeOptions("UpdateOptions", options),
  context,
});

/** As webhooks are told them. */
export const writeOptions = (
  kind: string,
  { fieldManager, fieldValidation, dryRun }: Pick<RegistryWriteOptions, "fieldManager" | "fieldValidation" | "dryRun">,
): object => ({
  kind,
  apiVersion: "meta.k8s.io/v1",
  ...(dryRun === true ? { dryRun: ["All"] } : {}),
  ...(fieldManager === undefined ? {} : { fieldManager }),
  ...(fieldValidation === undefined ? {} : { fieldValidation }),
});

/** What webhooks make of it; what this endpoint may not change they may not change either. */
const mutated = async (
  served: ServedResource,
  live: StoredObject,
  made: StoredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
  mutate: NonNullable<Gate["mutate"]>,
): Promise<UnstructuredObject> => {
  const scaled = options.subresource === "scale";
  const asked = scaled ? scaleOf(served, made) : made;
  const answer = await mutate({ object: asked, old: scaled ? scaleOf(served, live) : live });
  if (answer === undefined || answer === asked) return made;
  if (scaled) return withScale(served, made, answer);
  const own = writable(served, live, answer, options.subresource, context);
  const { managedFields } = answer.metadata;
  const whole = withMetadata(own, {
    generation: made.metadata.generation,
    resourceVersion: made.metadata.resourceVersion,
    managedFields,
  });
  const shaped = options.subresource === undefined ? (served.rules.prepare?.(whole, live, context) ?? whole) : whole;
  return served.schema.default(shaped);
};

/** What no longer fits into the store may fit without the memory of who owns which field; an apply lives by that memory. */
const fitting = (next: StoredObject, { shownAsIs }: Modification): StoredObject => {
  if (!isTooLarge(next)) return next;
  const smaller = (shownAsIs === true ? next : withMetadata(next, { managedFields: undefined })) as StoredObject;
  checkSize(smaller);
  return smaller;
};

const ttlOf = ({ rules }: ServedResource) => (rules.ttlSeconds === undefined ? {} : { ttlSeconds: rules.ttlSeconds });

/** Nothing holds it any more. */
export const isFinished = (object: UnstructuredObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !holdsNamespace(object);

/** A Namespace is held by `spec.finalizers` besides. */
export const holdsNamespace = (object: UnstructuredObject): boolean =>
  object.kind === "Namespace" &&
  object.apiVersion === "v1" &&
  ((object.spec?.["finalizers"] as readonly string[] | undefined) ?? []).length > 0;

const checkIdentity = (served: ServedResource, ref: ObjectRef, wanted: UnstructuredObject): void => {
  const name = wanted.metadata.name ?? "";
  if (name !== "" && name !== ref.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  }
  inNamespace(served, wanted, ref.namespace);
};

const checkPreconditions = (
  served: ServedResource,
  live: StoredObject,
  wanted: UnstructuredObject,
  { replaces }: Modification,
): void => {
  const { name } = live.metadata;
  const version = wanted.metadata.resourceVersion ?? "";
  if (version === "" || version === "0") {
    if (replaces && served.rules.unconditionalUpdate !== true) {
      throw invalid(served, name, [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")]);
    }
  } else if (version !== live.metadata.resourceVersion) throw conflict(served, name, staleVersion);
  const uid = wanted.metadata.uid ?? "";
  if (uid !== "" && uid !== live.metadata.uid) {
    throw conflict(served, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`);
  }
};

/** The object as this program would store it, still with the live one's revision. */
const prepared = (
  core: Core,
  served: ServedResource,
  live: StoredObject,
  wanted: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
  { record = recordUpdate, shownAsIs = false }: Modification,
): StoredObject => {
  const now = timestamp(core.clock.now());
  const merged = withMetadata(
    writable(served, live, wanted, shownAsIs && options.subresource === "scale" ? undefined : options.subresource, context),
    {
      name: live.metadata.name,
      namespace: live.metadata.namespace,
      uid: live.metadata.uid,
      creationTimestamp: live.metadata.creationTimestamp,
      generation: live.metadata.generation,
      resourceVersion: live.metadata.resourceVersion,
      managedFields: wanted.metadata.managedFields,
      selfLink: undefined,
    },
  );
  const kept = withMetadata(merged, {
    deletionTimestamp: merged.metadata.deletionTimestamp ?? live.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: merged.metadata.deletionGracePeriodSeconds ?? live.metadata.deletionGracePeriodSeconds,
    ownerReferences: sharedIfSame(dedupedOwners(merged.metadata.ownerReferences, context), live.metadata.ownerReferences),
    labels: sharedIfSame(merged.metadata.labels, live.metadata.labels),
    annotations: sharedIfSame(merged.metadata.annotations, live.metadata.annotations),
    finalizers: sharedIfSame(merged.metadata.finalizers, live.metadata.finalizers),
  });
  const shaped = options.subresource === undefined ? (served.rules.prepare?.(kept, live, context) ?? kept) : kept;
  const recorded = record(served, served.schema.default(shaped), live, options, now);
  return admitted(core, served, recorded, live, options, context) as StoredObject;
};

const sharedIfSame = <T>(now: T, before: T): T => (sameJson(now, before) ? before : now);

/** What this endpoint may change: stale caches would resurrect finalizers or wipe conditions if each could write all. */
const writable = (
  served: ServedResource,
  live: StoredObject,
  wanted: UnstructuredObject,
  subresource: string | undefined,
  context: RequestContext,
): UnstructuredObject => {
  switch (subresource) {
    case undefined:
      return served.hasStatus ? withField(wanted, "status", live.status) : wanted;
    case "status": {
      if (served.rules.prepareStatus !== undefined) return served.rules.prepareStatus(live, wanted, context);
      const own = withField(live, "status", wanted.status);
      if (served.rules.statusTakesMetadata !== true) return own;
      return withMetadata(own, { labels: wanted.metadata.labels, annotations: wanted.metadata.annotations });
    }
    case "scale":
      return withScale(served, live, wanted);
    case "finalize":
      return { ...live, spec: { ...live.spec, finalizers: wanted.spec?.["finalizers"] ?? [] } };
    default:
      return served.subresources?.[subresource]?.update?.(live, wanted, context) ?? live;
  }
};

const withGeneration = (served: ServedResource, object: UnstructuredObject, live: StoredObject): UnstructuredObject => {
  if (served.rules.generation === false) return object;
  const fields = new Set([...Object.keys(object), ...Object.keys(live)]);
  for (const field of ["metadata", "apiVersion", "kind", ...(served.hasStatus ? ["status"] : [])]) fields.delete(field);
  const same = [...fields].every((field) => sameJson(object[field], live[field]));
  return same ? object : withMetadata(object, { generation: (live.metadata.generation ?? 0) + 1 });
};
