import type { ObjectRef, Patch, Resource, UnstructuredObject } from "@slipway/api";
import { ApiError } from "@slipway/api";
import { frozenJson } from "../storage/frozen.ts";
import { type Core, servedAs } from "./core.ts";
import { store } from "./create.ts";
import { decoded, inNamespace } from "./decode.ts";
import { forbiddenValue, invalidOptions } from "./errors.ts";
import { withMetadata } from "./object.ts";
import { applyJsonPatch, applyMergePatch } from "./patch.ts";
import type { RegistryWriteOptions, RequestContext, WriteResult } from "./registry.ts";
import { scaleResource } from "./scale.ts";
import type { ServedResource } from "./served.ts";
import { modify } from "./update.ts";

/** PUT. */
export const update = async (
  core: Core,
  resource: Resource,
  ref: ObjectRef,
  sent: UnstructuredObject,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<WriteResult> => {
  const served = servedAs(core, resource);
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
  const served = servedAs(core, resource);
  if (change.type !== "apply" && options.force !== undefined) {
    throw invalidOptions("PatchOptions", [forbiddenValue("force", "may not be specified for non-apply patch")]);
  }
  switch (change.type) {
    case "json":
      return modify(core, served, ref, options, context, {
        wanted: (_live, shown) => decodedFor(served, applyJsonPatch(shown, change.body), { ...options, patch: true }, context),
        replaces: false,
      });
    case "merge":
      return modify(core, served, ref, options, context, {
        wanted: (_live, shown) => decodedFor(served, applyMergePatch(shown, change.body), { ...options, patch: true }, context),
        replaces: false,
      });
    case "strategic":
    case "apply":
      throw new ApiError("UnsupportedMediaType", `the ${change.type} patch is not served yet`);
  }
};
