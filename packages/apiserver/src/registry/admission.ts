import { type AdmissionContext, ApiError, type KubeObject, type Read, type Related, type UnstructuredObject } from "@slipway/api";
import { schemaTools } from "@slipway/api/schema/index.ts";
import { systemClock } from "../storage/clock.ts";
import type { Core } from "./core.ts";
import { invalid } from "./errors.ts";
import { objectKey, resourcePrefix } from "./keys.ts";
import { metadataErrors } from "./metadata.ts";
import type { StoredObject } from "./object.ts";
import type { RegistryWriteOptions, RequestContext } from "./registry.ts";
import { scaleErrors } from "./scale.ts";
import type { ServedResource } from "./served.ts";

/** What the kind's own admission changes, with the schema's defaults for it. A subresource is not admitted: no rule names it. */
export const admitted = (
  core: Core,
  served: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): UnstructuredObject => {
  if (options.subresource !== undefined || served.rules.admit === undefined) return object;
  const changed = served.rules.admit(object, admissionContext(core, live, options, context));
  return changed === object ? changed : served.schema.default(changed);
};

/** @throws ApiError Invalid with everything that is wrong, Forbidden for a scaling that the kind refuses */
export const validate = (
  core: Core,
  served: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): void => {
  const errors = [...metadataErrors(served, object, live, context), ...schemaErrors(served, object, live, options)];
  if (errors.length === 0) errors.push(...scaleErrors(served, object));
  if (errors.length > 0) throw invalid(served, object.metadata.name ?? "", errors);
  // What a webhook would say, it says only of objects that the schema lets through.
  if (options.subresource === undefined && served.rules.validate !== undefined) {
    const refusals = served.rules.validate(object, admissionContext(core, live, options, context));
    const { kind, group, rules } = served;
    if (refusals.length > 0) throw invalid({ group: rules.refusedAs ?? group, kind }, object.metadata.name ?? "", refusals);
  }
  const why = options.subresource === "scale" ? served.rules.forbidScale?.(object) : undefined;
  if (why !== undefined) throw new ApiError("Forbidden", why);
};

/** A stored object may break a rule that came after it: that must not keep its controller from telling its status. */
const schemaErrors = (
  { schema }: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  { subresource }: RegistryWriteOptions,
) =>
  subresource === "status" && live !== undefined && schema.validateStatus !== undefined
    ? schema.validateStatus(object, live)
    : schema.validate(object, live);

/** What a kind's admission may know, beside the object itself. */
export const admissionContext = (
  core: Core,
  live: StoredObject | undefined,
  options: Pick<RegistryWriteOptions, "dryRun">,
  context: RequestContext,
  operation: AdmissionContext<KubeObject>["operation"] = live === undefined ? "CREATE" : "UPDATE",
): AdmissionContext<KubeObject> => ({
  operation,
  ...(live === undefined ? {} : { old: live }),
  dryRun: options.dryRun === true,
  user: context.user.name,
  ...(core.featureGates === undefined ? {} : { featureGates: core.featureGates }),
  related: relatedIn(core),
  schemas: schemaTools,
  warn: (text) => context.warn(text),
});

/** Other objects as they are now, in the version that is preferred. */
const relatedIn = (core: Core): Related => {
  const servedOf = ({ group, kind }: Read): ServedResource | undefined => core.catalog.findKind(group, kind);
  return {
    find: (read) => {
      const served = servedOf(read);
      if (served === undefined || read.name === undefined || read.name === "") return undefined;
      const namespace = served.scope === "Cluster" ? undefined : read.namespace;
      const item = core.storage.get(objectKey(served.storage, namespace, read.name));
      return item === undefined ? undefined : core.versions.view(served, item.value);
    },
    list: (read) => {
      const served = servedOf(read);
      if (served === undefined) return [];
      const wanted = Object.entries(read.labels ?? {});
      return core.storage
        .list(resourcePrefix(served.storage, read.namespace))
        .items.map(({ value }) => value)
        .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value))
        .map((value) => core.versions.view(served, value));
    },
  };
};

const patienceMilliseconds = 2000;
const pauseMilliseconds = 200;

/**
 * A class and what is made from it often come in one file: the class's controller gets a moment to look at it. Only where time
 * passes by itself.
 */
export const awaited = async (
  core: Core,
  served: ServedResource,
  object: UnstructuredObject,
  live: StoredObject | undefined,
  options: RegistryWriteOptions,
  context: RequestContext,
): Promise<void> => {
  const { awaits } = served.rules;
  if (awaits === undefined || options.subresource !== undefined || core.clock !== systemClock) return;
  const silent: RequestContext = { user: context.user, warn: () => undefined };
  for (let waited = 0; waited < patienceMilliseconds; waited += pauseMilliseconds) {
    if (!awaits(object, admissionContext(core, live, options, silent))) return;
    await new Promise((resolve) => core.clock.setTimeout(() => resolve(undefined), pauseMilliseconds));
  }
};
