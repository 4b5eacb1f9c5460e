import type { AdmissionContext, CustomResourceDefinition, FieldError, Kind, KubeObject, UnstructuredObject } from "@slipway/api";
import { jsonText } from "@slipway/api/json/index.ts";
import { structuralErrors } from "@slipway/api/schema/index.ts";
import { clientConfigErrors, isCertificateBundle } from "../admission/configrules.ts";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../registry/errors.ts";
import { labelProblems, nameProblems, subdomainProblems } from "../registry/names.ts";
import { sameJson, timestamp, withField, withMetadata } from "../registry/object.ts";
import type { Catalog } from "../registry/registry.ts";
import type { ResourceRules } from "../registry/served.ts";
import type { Clock } from "../storage/clock.ts";
import type { ConversionWebhook } from "./conversion.ts";
import { asDefinition, cleanupFinalizer, conditionsOf, isTrue, withCondition } from "./definition.ts";

/** What makes a CRD: names that nobody else has, one version to store, schemas that compile. */
export const crdRules = (options: {
  readonly catalog: () => Catalog;
  readonly clock: Clock;
  /** Kinds of ours: their schemas are known to compile. */
  readonly kinds: readonly Kind[];
  readonly written: (crd: UnstructuredObject) => void;
}): ResourceRules => ({
  unconditionalUpdate: false,
  prepare: (object, old) => withStatus(withDefaults(object), old, options.catalog(), timestamp(options.clock.now())),
  validate: (object, context) => validate(object, context, options.kinds),
  prepareDelete: (object) => leaving(object, timestamp(options.clock.now())),
  written: options.written,
});

/** It goes when its objects are gone. */
const leaving = (object: UnstructuredObject, now: string): UnstructuredObject => {
  if (object.metadata.deletionTimestamp !== undefined) return object;
  const finalizers = object.metadata.finalizers ?? [];
  const condition = {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  } as const;
  const marked = withField(object, "status", {
    ...object.status,
    conditions: withCondition(conditionsOf(object), condition, now),
  });
  return finalizers.includes(cleanupFinalizer) ? marked : withMetadata(marked, { finalizers: [...finalizers, cleanupFinalizer] });
};

const withDefaults = (object: UnstructuredObject): UnstructuredObject => {
  const { spec } = asDefinition(object);
  if (spec?.names === undefined || typeof spec.names.kind !== "string") return object;
  const { kind, singular = kind.toLowerCase(), listKind = `${kind}List` } = spec.names;
  const conversion = spec.conversion ?? { strategy: "None" };
  if (spec.names.singular === singular && spec.names.listKind === listKind && spec.conversion !== undefined) return object;
  return withField(object, "spec", { ...spec, names: { ...spec.names, singular, listKind }, conversion });
};

/** Names are accepted, and the resource established, in the write that brings the CRD: the next request meets it served. */
const withStatus = (
  object: UnstructuredObject,
  old: UnstructuredObject | undefined,
  catalog: Catalog,
  now: string,
): UnstructuredObject => {
  const { spec } = asDefinition(object);
  if (spec?.names === undefined || !Array.isArray(spec.versions)) return withField(object, "status", old?.status);
  const taken = nameConflict(asDefinition(object), catalog);
  const established = old !== undefined && isTrue(old, "Established");
  let conditions = withCondition(
    conditionsOf(old),
    taken === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", ...taken },
    now,
  );
  // Once established it stays so.
  if (!established) {
    conditions = withCondition(
      conditions,
      taken === undefined
        ? hasInvalidBundle(asDefinition(object))
          ? {
              type: "Established",
              status: "False",
              reason: "InvalidCABundle",
              message: "The conversion webhook CABundle is invalid",
            }
          : {
              type: "Established",
              status: "True",
              reason: "InitialNamesAccepted",
              message: "the initial names have been accepted",
            }
        : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
      now,
    );
  }
  const storage = spec.versions.find((version) => version.storage)?.name;
  const before = (old?.status?.["storedVersions"] as readonly string[] | undefined) ?? [];
  const storedVersions = storage === undefined || before.includes(storage) ? before : [...before, storage];
  const acceptedNames = taken === undefined ? spec.names : (old?.status?.["acceptedNames"] ?? { plural: "", kind: "" });
  return withField(object, "status", { ...old?.status, conditions, acceptedNames, storedVersions });
};

const nameConflict = (
  crd: CustomResourceDefinition,
  catalog: Catalog,
): { readonly reason: string; readonly message: string } | undefined => {
  const { group, names } = crd.spec;
  const others = catalog.all().filter((served) => served.group === group && served.plural !== names.plural);
  const plurals = new Set(others.flatMap((served) => [served.plural, served.singular, ...served.shortNames]));
  const kinds = new Set(others.flatMap((served) => [served.kind, served.listKind]));
  const used = (reason: string, name: string) => ({ reason, message: `${jsonText(name)} is already in use` });
  if (plurals.has(names.plural)) return used("PluralConflict", names.plural);
  if (names.singular !== undefined && plurals.has(names.singular)) return used("SingularConflict", names.singular);
  for (const name of names.shortNames ?? []) if (plurals.has(name)) return used("ShortNamesConflict", name);
  if (kinds.has(names.kind)) return used("KindConflict", names.kind);
  if (names.listKind !== undefined && kinds.has(names.listKind)) return used("ListKindConflict", names.listKind);
  return undefined;
};

const validate = (
  object: UnstructuredObject,
  context: AdmissionContext<KubeObject>,
  kinds: readonly Kind[],
): readonly FieldError[] => {
  const crd = asDefinition(object);
  const { spec } = crd;
  if (spec === undefined) return [requiredValue("spec", "")];
  const old = context.old === undefined ? undefined : asDefinition(context.old as UnstructuredObject);
  return [
    ...nameErrors(crd),
    ...versionErrors(crd, old, kinds),
    ...(old === undefined ? [] : immutableErrors(crd, old)),
    ...conversionErrors(crd, old),
    ...storedVersionErrors(crd),
    ...approvalErrors(crd),
  ];
};

const nameErrors = ({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] => {
  const errors: FieldError[] = [];
  if (!spec.group) errors.push(requiredValue("spec.group", ""));
  else {
    for (const problem of subdomainProblems(spec.group)) errors.push(invalidValue("spec.group", spec.group, problem));
    if (!spec.group.includes("."))
      errors.push(invalidValue("spec.group", spec.group, "should be a domain with at least one dot"));
  }
  const scope: string = spec.scope ?? "";
  if (scope !== "Namespaced" && scope !== "Cluster") {
    errors.push({
      type: scope === "" ? "FieldValueRequired" : "FieldValueNotSupported",
      field: "spec.scope",
      message:
        scope === "" ? "Required value" : `Unsupported value: ${jsonText(scope)}: supported values: "Cluster", "Namespaced"`,
    });
  }
  const names = spec.names ?? { plural: "", kind: "" };
  if (metadata.name !== `${names.plural}.${spec.group}`) {
    errors.push(invalidValue("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  for (const field of ["plural", "singular", "kind", "listKind"] as const) {
    const name = names[field] ?? "";
    if (name === "") errors.push(requiredValue(`spec.names.${field}`, ""));
    else
      for (const problem of nameProblems("dns1035", name.toLowerCase()))
        errors.push(invalidValue(`spec.names.${field}`, name, problem));
  }
  if (names.listKind !== undefined && names.listKind === names.kind) {
    errors.push(invalidValue("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  }
  return errors;
};

const mostSelectableFields = 8;

const versionErrors = (
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  kinds: readonly Kind[],
): readonly FieldError[] => {
  const errors: FieldError[] = [];
  const versions = spec.versions ?? [];
  const own = kinds.filter((kind) => kind.group === spec.group && kind.plural === spec.names?.plural);
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(
      invalidValue(
        "spec.versions",
        versions.map(({ name }) => name),
        "must have exactly one version marked as storage version",
      ),
    );
  }
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    const field = `spec.versions[${index}]`;
    for (const problem of labelProblems(version.name ?? "")) errors.push(invalidValue(`${field}.name`, version.name, problem));
    if (seen.has(version.name)) errors.push(invalidValue("spec.versions", version.name, "must contain unique version names"));
    seen.add(version.name);
    const schema = version.schema?.openAPIV3Schema;
    const before = old?.spec.versions.find(({ name }) => name === version.name)?.schema?.openAPIV3Schema;
    if (schema === undefined) errors.push(requiredValue(`${field}.schema.openAPIV3Schema`, "schemas are required"));
    else if (
      !sameJson(schema, before) &&
      // A start must not wait for schemas to be judged that came with the program.
      !own.some((kind) => sameJson(kind.schema, schema))
    ) {
      errors.push(...structuralErrors(schema, `${field}.schema.openAPIV3Schema`, before));
    }
    if ((version.selectableFields ?? []).length > mostSelectableFields) {
      const message = `Too many: ${version.selectableFields?.length}: must have at most ${mostSelectableFields} items`;
      errors.push({ type: "FieldValueTooMany", field: `${field}.selectableFields`, message });
    }
  });
  return errors;
};

const immutableErrors = (crd: CustomResourceDefinition, old: CustomResourceDefinition): readonly FieldError[] => {
  if (!conditionsOf(old as unknown as UnstructuredObject).some(({ type, status }) => type === "Established" && status === "True"))
    return [];
  const frozen = (field: string, now: unknown, before: unknown) =>
    now === before ? [] : [invalidValue(field, now, "field is immutable")];
  return [
    ...frozen("spec.group", crd.spec.group, old.spec.group),
    ...frozen("spec.names.plural", crd.spec.names.plural, old.spec.names.plural),
    ...frozen("spec.names.kind", crd.spec.names.kind, old.spec.names.kind),
    ...frozen("spec.scope", crd.spec.scope, old.spec.scope),
  ];
};

const storedVersionErrors = ({ spec, status }: CustomResourceDefinition): readonly FieldError[] =>
  (status?.storedVersions ?? []).flatMap((version, index) =>
    (spec.versions ?? []).some(({ name }) => name === version)
      ? []
      : [
          invalidValue(
            `status.storedVersions[${index}]`,
            version,
            `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ],
  );

const conversionErrors = (
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] => {
  const field = "spec.conversion";
  const { conversion } = spec;
  if (conversion === undefined) return [];
  if (conversion.strategy !== "None" && conversion.strategy !== "Webhook") {
    return [unsupportedValue(`${field}.strategy`, conversion.strategy, ["None", "Webhook"])];
  }
  const webhook = conversion.webhook as Partial<ConversionWebhook> | undefined;
  if (conversion.strategy === "None") {
    return webhook === undefined
      ? []
      : [forbiddenValue(`${field}.webhook`, "should not be set when strategy is not set to Webhook")];
  }
  if (webhook?.clientConfig === undefined) {
    return [requiredValue(`${field}.webhook.clientConfig`, "required when strategy is set to Webhook")];
  }
  const versions = webhook.conversionReviewVersions ?? [];
  // A bundle may come later: until then the CRD is not established. Once it is, a wrong one would cut everybody off.
  const lenient = old === undefined || !isTrue(old as unknown as UnstructuredObject, "Established") || hasInvalidBundle(old);
  const { caBundle, ...rest } = webhook.clientConfig;
  return [
    ...clientConfigErrors(lenient ? rest : { ...rest, caBundle }, `${field}.webhook.clientConfig`),
    ...(versions.length === 0 ? [requiredValue(`${field}.webhook.conversionReviewVersions`, "")] : []),
    ...(versions.length > 0 && !versions.some((version) => version === "v1" || version === "v1beta1")
      ? [invalidValue(`${field}.webhook.conversionReviewVersions`, versions, "must include at least one of v1, v1beta1")]
      : []),
  ];
};

const hasInvalidBundle = ({ spec }: CustomResourceDefinition): boolean => {
  if (spec?.conversion?.strategy !== "Webhook") return false;
  const { clientConfig } = (spec.conversion.webhook ?? {}) as Partial<ConversionWebhook>;
  const bundle = clientConfig?.caBundle ?? "";
  return bundle !== "" && !isCertificateBundle(bundle);
};

const approval = "api-approved.kubernetes.io";

const approvalErrors = ({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] => {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? "")) return [];
  const value = metadata.annotations?.[approval] ?? "";
  const field = `metadata.annotations[${approval}]`;
  if (value === "") return [requiredValue(field, "protected groups must have approval annotation")];
  if (value.startsWith("unapproved") || URL.canParse(value)) return [];
  return [invalidValue(field, value, "protected groups must have approval annotation")];
};
