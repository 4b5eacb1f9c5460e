import { type AdmissionContext, ApiError, type KubeObject, type UnstructuredObject } from "@slipway/api";
import { invalid } from "./errors.ts";
import { metadataErrors } from "./metadata.ts";
import type { StoredObject } from "./object.ts";
import type { RegistryWriteOptions, RequestContext } from "./registry.ts";
import { scaleErrors } from "./scale.ts";
import type { ServedResource } from "./served.ts";

/** What the kind's own admission changes, with the schema's defaults for it. A subresource is not admitted: no rule names it. */
export const admitted = (
  served: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): UnstructuredObject => {
  if (options.subresource !== undefined || served.rules.admit === undefined) return object;
  const changed = served.rules.admit(object, admissionContext(live, options, context));
  return changed === object ? changed : served.schema.default(changed);
};

/** @throws ApiError Invalid with everything that is wrong, Forbidden for a scaling that the kind refuses */
export const validate = (
  served: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): void => {
  const errors = [...metadataErrors(served, object, live, context), ...served.schema.validate(object, live)];
  if (errors.length === 0) errors.push(...scaleErrors(served, object));
  // What a webhook would say, it says only of objects that the schema lets through.
  if (errors.length === 0 && options.subresource === undefined && served.rules.validate !== undefined) {
    errors.push(...served.rules.validate(object, admissionContext(live, options, context)));
  }
  if (errors.length > 0) throw invalid(served, object.metadata.name ?? "", errors);
  const why = options.subresource === "scale" ? served.rules.forbidScale?.(object) : undefined;
  if (why !== undefined) throw new ApiError("Forbidden", why);
};

const admissionContext = (
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): AdmissionContext<KubeObject> => ({
  operation: live === undefined ? "CREATE" : "UPDATE",
  ...(live === undefined ? {} : { old: live }),
  dryRun: options.dryRun === true,
  user: context.user.name,
});
