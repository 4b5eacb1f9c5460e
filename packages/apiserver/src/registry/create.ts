import { ApiError, groupResource, type Resource, type UnstructuredObject } from "@slipway/api";
import type { AdmissionRequest } from "../admission/request.ts";
import { recordCreate } from "../apply/record.ts";
import { frozenJson } from "../storage/frozen.ts";
import { isStorageError } from "../storage/storage.ts";
import { admitted, awaited, validate } from "./admission.ts";
import { type Core, servedAs } from "./core.ts";
import { decoded, inNamespace } from "./decode.ts";
import { alreadyExists, forbidden, methodNotAllowed, notFound } from "./errors.ts";
import { objectKey } from "./keys.ts";
import { dedupedOwners } from "./metadata.ts";
import { generateName } from "./names.ts";
import { type StoredObject, timestamp, withField, withMetadata } from "./object.ts";
import type { RegistryWriteOptions, RequestContext, WriteResult } from "./registry.ts";
import type { ServedResource } from "./served.ts";
import { checkSize } from "./size.ts";
import { writeOptions } from "./update.ts";

const nameAttempts = 8;

export const create = async (
  core: Core,
  resource: Resource,
  sent: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const served = servedAs(core, resource, context);
  const body = frozenJson(sent);
  if (options.subresource !== undefined) return createSubresource(core, served, body, options, context);
  if (served.virtual !== undefined) {
    const asked = await passed(core, createRequest(served, body, options, context), decoded(served, body, options, context));
    return { object: (await served.virtual(asked, context, { dryRun: options.dryRun === true })) as StoredObject, created: true };
  }
  return store(core, served, decoded(served, body, options, context), options, context);
};

/** Also PUT and apply come here when they create. */
export const store = async (
  core: Core,
  served: ServedResource,
  sent: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
  record: typeof recordCreate = recordCreate,
): Promise<WriteResult> => {
  if ((sent.metadata.resourceVersion ?? "") !== "") {
    throw new ApiError("InternalError", "resourceVersion should not be set on objects to be created");
  }
  if (served.rules.awaits !== undefined) await awaited(core, served, sent, undefined, options, context);
  const request = createRequest(served, sent, options, context);
  const gate = core.admission.gateFor(request);
  let body = sent;
  let recorded = record;
  if (gate?.mutate !== undefined) {
    checkNamespace(core, served, sent);
    // Webhooks see it before the server has named and numbered it.
    const asked = admitted(core, served, shaped(core, served, sent, {}, options, context, record), undefined, options, context);
    body = (await gate.mutate({ object: asked, old: undefined })) ?? asked;
    recorded = (_served, object) => object;
  }
  const { name, generateName: prefix } = body.metadata;
  const generated = (name === undefined || name === "") && prefix !== undefined && prefix !== "";
  for (let attempt = 1; ; attempt += 1) {
    const named = generated ? withMetadata(body, { name: generateName(prefix, () => core.chance.number()) }) : body;
    const object = prepared(core, served, named, options, context, recorded);
    checkNamespace(core, served, object);
    if (gate?.validate !== undefined) await gate.validate({ object, old: undefined });
    checkSize(object);
    const key = objectKey(served.storage, object.metadata.namespace, object.metadata.name);
    const { ttlSeconds } = served.rules;
    try {
      if (options.dryRun === true) {
        const current = core.storage.get(key);
        if (current !== undefined) throw alreadyExists(served, object.metadata.name, isBeingDeleted(current.value));
        return { object: frozenJson(object), created: true };
      }
      const item = await core.storage.create(
        key,
        (await core.versions.toStored(served, object)) as StoredObject,
        ttlSeconds === undefined ? {} : { ttlSeconds },
      );
      const stored = core.versions.written(served, item.value);
      served.rules.written?.(stored);
      await core.versions.prepare(served, [stored]);
      return { object: core.versions.view(served, stored), created: true };
    } catch (error) {
      if (!isStorageError(error, "exists")) throw error;
      if (generated && attempt < nameAttempts) continue;
      if (generated) throw noUniqueName(served, object.metadata.name);
      throw alreadyExists(served, object.metadata.name, isBeingDeleted(error.current?.value));
    }
  }
};

const isBeingDeleted = (value: unknown): boolean => (value as StoredObject | undefined)?.metadata.deletionTimestamp !== undefined;

const noUniqueName = (served: ServedResource, name: string): ApiError =>
  new ApiError(
    "AlreadyExists",
    `${groupResource(served)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { details: { name, ...(served.group === "" ? {} : { group: served.group }), kind: served.plural, retryAfterSeconds: 1 } },
  );

/** The object as it will be stored; what the server decides overrules what the body says. */
const prepared = (
  core: Core,
  served: ServedResource,
  body: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
  record: typeof recordCreate,
): StoredObject => {
  const identity = { uid: core.chance.uuid(), creationTimestamp: timestamp(core.clock.now()) };
  const object = admitted(
    core,
    served,
    shaped(core, served, body, identity, options, context, record),
    undefined,
    options,
    context,
  );
  validate(core, served, object, undefined, options, context);
  return object as StoredObject;
};

/** Without what only the server says, with the defaults, and with who wrote it. */
const shaped = (
  core: Core,
  served: ServedResource,
  body: UnstructuredObject,
  identity: { readonly uid?: string; readonly creationTimestamp?: string },
  options: RegistryWriteOptions,
  context: RequestContext,
  record: typeof recordCreate,
): UnstructuredObject => {
  const owned = withMetadata(inNamespace(served, body, body.metadata.namespace), {
    uid: identity.uid,
    creationTimestamp: identity.creationTimestamp,
    generation: identity.uid === undefined || served.rules.generation === false ? undefined : 1,
    ownerReferences: dedupedOwners(body.metadata.ownerReferences, context),
    resourceVersion: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
  });
  const made = served.rules.prepare?.(owned, undefined, context) ?? owned;
  const own = served.hasStatus && !takesStatusOnCreate(served) ? withField(made, "status", undefined) : made;
  // Schema defaults belong to who sent the object, what admission adds belongs to nobody.
  return record(served, served.schema.default(own), options, timestamp(core.clock.now()));
};

/** Built-in kinds whose status is part of what is created come with a `prepare` that sets it. */
const takesStatusOnCreate = (served: ServedResource): boolean =>
  served.origin === "builtin" && served.rules.prepare !== undefined;

/** @throws ApiError NotFound, Forbidden with the cause that CAPI and helm look for */
const checkNamespace = (core: Core, served: ServedResource, object: UnstructuredObject): void => {
  if (served.rules.terminating === true) {
    throw forbidden(served, object.metadata.name ?? "", "create not allowed while custom resource definition is terminating");
  }
  const { namespace } = object.metadata;
  if (served.scope !== "Namespaced" || namespace === undefined) return;
  const found = core.storage.get(objectKey({ group: "", plural: "namespaces" }, undefined, namespace));
  if (found === undefined) throw notFound(namespaces, namespace);
  if (found.value.metadata.deletionTimestamp === undefined && phaseOf(found.value) !== "Terminating") return;
  throw forbidden(
    served,
    object.metadata.name ?? "",
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [{ reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" }],
  );
};

const phaseOf = (namespace: StoredObject): unknown => namespace.status?.["phase"];

const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" };

const createSubresource = async (
  core: Core,
  served: ServedResource,
  body: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const handler = served.subresources?.[options.subresource ?? ""]?.create;
  if (handler === undefined) throw methodNotAllowed(served, "create");
  const { name = "", namespace } = body.metadata;
  const target = { resource: served, name, dryRun: options.dryRun === true, ...(namespace === undefined ? {} : { namespace }) };
  const asked = await passed(core, createRequest(served, body, options, context), body);
  return { object: (await handler(target, asked, context)) as StoredObject, created: true };
};

const createRequest = (
  served: ServedResource,
  { metadata }: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
): AdmissionRequest => ({
  served,
  subresource: options.subresource,
  operation: "CREATE",
  name: metadata?.name ?? "",
  namespace: served.scope === "Namespaced" ? metadata?.namespace : undefined,
  dryRun: options.dryRun === true,
  options: writeOptions("CreateOptions", options),
  context,
});

/** What is not stored as it is sent (an Eviction, a review), after all who have a say in it. */
const passed = async (core: Core, request: AdmissionRequest, object: UnstructuredObject): Promise<UnstructuredObject> => {
  const gate = core.admission.gateFor(request);
  const change = { object, old: undefined };
  const changed = (await gate?.mutate?.(change)) ?? object;
  await gate?.validate?.({ ...change, object: changed });
  return changed;
};
