import type { ObjectRef, Patch, Resource, UnstructuredObject } from "@slipway/api";
import { ApiError, apiVersionOf, jsonText } from "@slipway/api";
import { applied } from "../apply/apply.ts";
import { applyStrategicPatch } from "../apply/strategic.ts";
import { frozenJson } from "../storage/frozen.ts";
import { type Core, servedAs } from "./core.ts";
import { store } from "./create.ts";
import { decoded, inNamespace } from "./decode.ts";
import { badRequest, conflict, forbiddenValue, invalidOptions, requiredValue, staleVersion } from "./errors.ts";
import { setPath, timestamp, withMetadata } from "./object.ts";
import { applyJsonPatch, applyMergePatch } from "./patch.ts";
import type { RegistryWriteOptions, RequestContext, WriteResult } from "./registry.ts";
import { scaleResource } from "./scale.ts";
import type { ServedResource } from "./served.ts";
import { modify, withServedVersions } from "./update.ts";

/** PUT. */
export const update = async (
  core: Core,
  resource: Resource,
  ref: ObjectRef,
  sent: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const served = servedAs(core, resource, context);
  const body = decodedFor(served, frozenJson(sent), options, context);
  const named = (): UnstructuredObject =>
    withMetadata(inNamespace(served, body, ref.namespace), { name: body.metadata.name ?? ref.name });
  return modify(core, served, ref, options, context, {
    wanted: () => body,
    replaces: options.subresource !== "scale",
    ...(served.rules.createOnUpdate === true && options.subresource === undefined
      ? { missing: () => store(core, served, withMetadata(named(), { resourceVersion: undefined }), options, context) }
      : {}),
  });
};

/** A Scale is decoded as what it is, everything else as the resource. */
const decodedFor = (
  served: ServedResource,
  sent: UnstructuredObject,
  options: RegistryWriteOptions & { patch?: boolean },
  context: RequestContext,
): UnstructuredObject => decoded(options.subresource === "scale" ? scaleResource : served, sent, options, context);

export const patch = async (
  core: Core,
  resource: Resource,
  ref: ObjectRef,
  change: Patch,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const served = servedAs(core, resource, context);
  if (change.type !== "apply" && options.force !== undefined) {
    throw invalidOptions("PatchOptions", [forbiddenValue("force", "may not be specified for non-apply patch")]);
  }
  // Taken as JSON would carry it: what its sender changes afterwards, or left undefined, is no part of it.
  const body: object = frozenJson(change.body);
  switch (change.type) {
    case "json":
      return modify(core, served, ref, options, context, {
        wanted: (_live, shown) =>
          decodedFor(served, applyJsonPatch(shown, body as typeof change.body), { ...options, patch: true }, context),
        replaces: false,
      });
    case "merge":
      return modify(core, served, ref, options, context, {
        wanted: (_live, shown) => decodedFor(served, applyMergePatch(shown, body), { ...options, patch: true }, context),
        replaces: false,
      });
    case "strategic":
      if (served.origin !== "builtin") throw new ApiError("UnsupportedMediaType", strategicRefused);
      return modify(core, served, ref, options, context, {
        wanted: (_live, shown) => {
          const type = options.subresource === "scale" ? scaleResource.schema.fields : served.schema.fields;
          return decodedFor(served, applyStrategicPatch(type, shown, body), { ...options, patch: true }, context);
        },
        replaces: false,
      });
    case "apply":
      return applyObject(core, served, ref, body as UnstructuredObject, options, context);
  }
};

const strategicRefused =
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

/** Server-side apply; creates when nothing is there. */
const applyObject = (
  core: Core,
  served: ServedResource,
  ref: ObjectRef,
  sent: UnstructuredObject,
  given: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const options = withServedVersions(core, served, given);
  if ((options.fieldManager ?? "") === "") {
    throw invalidOptions("PatchOptions", [requiredValue("fieldManager", "is required for apply patch")]);
  }
  checkType(sent);
  const config = inNamespace(served, configurationOf(served, ref, sent, options.subresource), ref.namespace);
  // Merging knows lists and maps; that a number is a number only the decoder says. Custom resources are validated when stored.
  if (served.origin === "builtin") served.schema.prune(config);
  const { name = ref.name, uid, resourceVersion } = config.metadata;
  if (name !== ref.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  const now = (): string => timestamp(core.clock.now());
  return modify(core, served, ref, options, context, {
    wanted: (live) => withMetadata(applied(served, live, config, options, now()), { uid, resourceVersion }),
    replaces: false,
    shownAsIs: true,
    record: (_served, object) => object,
    ...(options.subresource === undefined
      ? {
          missing: () => {
            if (uid !== undefined) {
              throw conflict(
                served,
                name,
                `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
              );
            }
            if (resourceVersion !== undefined) throw conflict(served, name, staleVersion);
            const object = withMetadata(applied(served, undefined, config, options, now()), { name });
            return store(core, served, object, options, context, (_served, made) => made);
          },
        }
      : {}),
  });
};

/** It came from outside, and says of itself what it is. @throws ApiError BadRequest */
const checkType = (sent: { readonly [field: string]: unknown }): void => {
  for (const field of ["apiVersion", "kind"])
    if (sent[field] !== undefined && typeof sent[field] !== "string")
      throw badRequest(`error decoding the configuration: ${field} is ${jsonText(sent[field])}, and must be a string`);
  const { metadata } = sent;
  if (metadata !== undefined && (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)))
    throw badRequest("error decoding the configuration: metadata must be an object");
};

/** A Scale applied to `/scale` is a configuration of one field of the object it stands for. */
const configurationOf = (
  served: ServedResource,
  ref: ObjectRef,
  sent: UnstructuredObject,
  subresource: string | undefined,
): UnstructuredObject => {
  const config = { ...sent, metadata: sent.metadata ?? {} };
  if (subresource !== "scale" || served.scale === undefined) return config;
  const { resourceVersion, uid } = config.metadata;
  const metadata = withMetadata({ apiVersion: "", kind: "", metadata: { name: ref.name } }, { resourceVersion, uid }).metadata;
  const parent: UnstructuredObject = { apiVersion: apiVersionOf(served), kind: served.kind, metadata };
  return setPath(parent, served.scale.specReplicasPath, config.spec?.["replicas"]);
};
