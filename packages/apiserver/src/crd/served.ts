import type { AdmissionContext, Column, CustomResourceDefinitionSpec, Kind, KubeObject, UnstructuredObject } from "@slipway/api";
import type { WebhookCaller } from "../admission/caller.ts";
import type { Chance } from "../registry/core.ts";
import { servedFromKind } from "../registry/fromkind.ts";
import { sameJson } from "../registry/object.ts";
import { structuralSchema, untypedSchema } from "../registry/schema.ts";
import type { ServedResource, StoredAs } from "../registry/served.ts";
import { type ConversionWebhook, convertByWebhook } from "./conversion.ts";
import { asDefinition } from "./definition.ts";

/** The resources a CRD makes, one for each served version. A kind of ours lends its admission to its own version. */
export const servedFromCrd = (
  object: UnstructuredObject,
  kinds: readonly Kind[],
  callers: { readonly webhooks: WebhookCaller; readonly chance: Chance },
): readonly ServedResource[] => {
  const { spec, metadata } = asDefinition(object);
  const storage = spec.versions.find((version) => version.storage) ?? spec.versions[0];
  if (storage === undefined) return [];
  const terminating = metadata.deletionTimestamp !== undefined;
  const stored = storedAs(object, storage.name, kinds, callers);
  // The version that clients should prefer comes first: the newest stable one.
  return [...spec.versions]
    .filter((version) => version.served)
    .sort((a, b) => comparePriority(a.name, b.name))
    .map((version): ServedResource => {
      const kind = kinds.find(
        (one) => one.group === spec.group && one.plural === spec.names.plural && one.version === version.name,
      );
      const own = kind === undefined ? admittedElsewhere(spec, version.name, kinds) : servedFromKind(kind);
      const { scale, status } = version.subresources ?? {};
      return {
        group: spec.group,
        version: version.name,
        kind: spec.names.kind,
        plural: spec.names.plural,
        scope: spec.scope,
        origin: "crd",
        singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
        listKind: spec.names.listKind ?? `${spec.names.kind}List`,
        shortNames: spec.names.shortNames ?? [],
        categories: spec.names.categories ?? [],
        storage: stored,
        schema: stored.schemaOf?.(version.name) ?? untypedSchema,
        ...(version.deprecated === true ? { warning: version.deprecationWarning ?? deprecation(object, version.name) } : {}),
        columns: (version.additionalPrinterColumns ?? []) as readonly Column[],
        hasStatus: status !== undefined,
        ...(scale === undefined ? {} : { scale }),
        rules: {
          ...own?.rules,
          selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
          ...(terminating ? { terminating } : {}),
        },
        ...(kind === undefined ? {} : { kindValue: kind }),
        crd: object,
      };
    });
};

/** Another version of a kind of ours: its rules speak of the stored version, so they are shown that. */
const admittedElsewhere = (
  { group, names }: CustomResourceDefinitionSpec,
  version: string,
  kinds: readonly Kind[],
): Pick<ServedResource, "rules"> | undefined => {
  const kind = kinds.find((one) => one.group === group && one.plural === names.plural);
  if (kind === undefined) return undefined;
  const { admit, validate, validateDelete, forbidDelete, awaits, ...rest } = servedFromKind(kind).rules;
  const inVersion = (object: UnstructuredObject, wanted: string): UnstructuredObject =>
    kind.convert?.(object, wanted) ?? { ...object, apiVersion: `${group}/${wanted}` };
  const seen = (object: UnstructuredObject) => inVersion(object, kind.version);
  const about = (context: AdmissionContext<KubeObject>): AdmissionContext<KubeObject> =>
    context.old === undefined ? context : { ...context, old: seen(context.old as UnstructuredObject) };
  return {
    rules: {
      ...rest,
      ...(admit === undefined
        ? {}
        : {
            admit: (object, context) => {
              const before = seen(object);
              const after = admit(before, about(context));
              return after === before ? object : inVersion(after, version);
            },
          }),
      ...(validate === undefined ? {} : { validate: (object, context) => validate(seen(object), about(context)) }),
      ...(validateDelete === undefined
        ? {}
        : { validateDelete: (object, context) => validateDelete(seen(object), about(context)) }),
    },
  };
};

/** Where objects of all its versions lie, and how one version becomes another. */
const storedAs = (
  object: UnstructuredObject,
  version: string,
  kinds: readonly Kind[],
  callers: { readonly webhooks: WebhookCaller; readonly chance: Chance },
): StoredAs => {
  const { group, names, versions, conversion } = asDefinition(object).spec;
  const own = kinds.find((kind) => kind.group === group && kind.plural === names.plural);
  const schemas = new Map(
    versions.map(({ name, schema }) => {
      const declared = schema?.openAPIV3Schema;
      const known = own !== undefined && own.version === name && sameJson(declared, own.schema);
      return [
        name,
        known ? servedFromKind(own).schema : declared === undefined ? untypedSchema : structuralSchema(declared),
      ] as const;
    }),
  );
  const webhook = conversion?.strategy === "Webhook" ? (conversion.webhook as unknown as ConversionWebhook) : undefined;
  return {
    group,
    version,
    kind: names.kind,
    plural: names.plural,
    schemaOf: (name) => schemas.get(name),
    // What this program can do itself needs no call.
    ...(own?.convert !== undefined
      ? { convert: own.convert.bind(own) }
      : webhook === undefined
        ? {}
        : { convertAll: convertByWebhook(group, webhook, callers) }),
  };
};

/** Names the best version that is not deprecated and better than this one. */
const deprecation = (object: UnstructuredObject, name: string): string => {
  const { group, names, versions } = asDefinition(object).spec;
  const better = [...versions]
    .filter((version) => version.served && version.deprecated !== true && comparePriority(version.name, name) < 0)
    .sort((a, b) => comparePriority(a.name, b.name))[0];
  const use = better === undefined ? "" : `; use ${group}/${better.name} ${names.kind}`;
  return `${group}/${name} ${names.kind} is deprecated${use}`;
};

/** `v2` before `v1` before `v1beta2` before `v1beta1` before `v1alpha1` before anything else, by name. */
const comparePriority = (a: string, b: string): number => {
  const [left, right] = [rankOf(a), rankOf(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
};

const rankOf = (version: string): readonly number[] => {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stability = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? "0")];
};
