import type { FieldError, ObjectMeta, OwnerReference, UnstructuredObject } from "@slipway/api";
import { jsonText } from "@slipway/api/json/index.ts";
import { forbiddenValue, invalidValue, requiredValue } from "./errors.ts";
import { labelProblems, labelValueProblems, nameProblems, qualifiedNameProblems } from "./names.ts";
import { sameJson } from "./object.ts";
import type { RequestContext } from "./registry.ts";
import type { ServedResource } from "./served.ts";

const annotationBytes = 262144;
const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

/** Everything that is the same for the metadata of all kinds. `old` on update: what did not change is not looked at again. */
export const metadataErrors = (
  served: ServedResource,
  object: UnstructuredObject,
  old: UnstructuredObject | undefined,
  context: RequestContext,
): readonly FieldError[] => {
  const { metadata } = object;
  const before: ObjectMeta = old?.metadata ?? {};
  return [
    ...(old === undefined ? nameErrors(served, metadata) : immutableErrors(metadata, before)),
    ...(metadata.labels === before.labels ? [] : labelErrors(metadata.labels)),
    ...(metadata.annotations === before.annotations ? [] : annotationErrors(metadata.annotations)),
    ...(metadata.finalizers === before.finalizers ? [] : finalizerErrors(served, metadata, before, context)),
    ...(metadata.ownerReferences === before.ownerReferences ? [] : ownerErrors(metadata.ownerReferences)),
  ];
};

const nameErrors = (served: ServedResource, { name, generateName, namespace }: ObjectMeta): readonly FieldError[] => {
  const rule = served.rules.name ?? "subdomain";
  const errors: FieldError[] = [];
  if (generateName !== undefined && generateName !== "") {
    for (const problem of nameProblems(rule, generateName, true))
      errors.push(invalidValue("metadata.generateName", generateName, problem));
  }
  if (name === undefined || name === "") errors.push(requiredValue("metadata.name", "name or generateName is required"));
  else for (const problem of nameProblems(rule, name)) errors.push(invalidValue("metadata.name", name, problem));
  if (served.scope === "Namespaced") {
    if (namespace === undefined || namespace === "") errors.push(requiredValue("metadata.namespace", ""));
    else for (const problem of labelProblems(namespace)) errors.push(invalidValue("metadata.namespace", namespace, problem));
  }
  return errors;
};

const immutableErrors = (now: ObjectMeta, before: ObjectMeta): readonly FieldError[] =>
  (["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const)
    .filter((field) => now[field] !== before[field])
    .map((field) => invalidValue(`metadata.${field}`, now[field], "field is immutable"));

const labelErrors = (labels: ObjectMeta["labels"]): readonly FieldError[] =>
  Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidValue("metadata.labels", key, problem)),
    ...labelValueProblems(value).map((problem) => invalidValue("metadata.labels", value, problem)),
  ]);

const annotationErrors = (annotations: ObjectMeta["annotations"]): readonly FieldError[] => {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += byteLength(key) + byteLength(value);
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      errors.push(invalidValue("metadata.annotations", key, problem));
  }
  if (size > annotationBytes) {
    errors.push({
      type: "FieldValueTooLong",
      field: "metadata.annotations",
      message: `Too long: may not be more than ${annotationBytes} bytes`,
    });
  }
  return errors;
};

const byteLength = (text: string): number => {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) length += code > 0x7ff ? 2 : 1;
    if (code >= 0xd800 && code < 0xdc00) length -= 2; // a pair of surrogates is four bytes
  }
  return length;
};

const finalizerErrors = (
  served: ServedResource,
  now: ObjectMeta,
  before: ObjectMeta,
  context: RequestContext,
): readonly FieldError[] => {
  const finalizers = now.finalizers ?? [];
  const errors: FieldError[] = [];
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer)) errors.push(invalidValue("metadata.finalizers", finalizer, problem));
    if (finalizer.includes("/") || standardFinalizers.includes(finalizer)) continue;
    if (served.origin === "builtin") {
      errors.push(
        invalidValue("metadata.finalizers", finalizer, "name is neither a standard finalizer name nor is it fully qualified"),
      );
    } else if (!(before.finalizers ?? []).includes(finalizer)) {
      context.warn(
        `metadata.finalizers: "${finalizer}": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
      );
    }
  }
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalidValue("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  const added = finalizers.filter((finalizer) => !(before.finalizers ?? []).includes(finalizer));
  if (before.deletionTimestamp !== undefined && added.length > 0) {
    const found = `[]string{${added.map((finalizer) => jsonText(finalizer)).join(", ")}}`;
    errors.push(
      forbiddenValue(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`,
      ),
    );
  }
  return errors;
};

const ownerErrors = (references: ObjectMeta["ownerReferences"]): readonly FieldError[] => {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references ?? []) {
    const field = "metadata.ownerReferences";
    if (!reference.apiVersion)
      errors.push(invalidValue(`${field}.apiVersion`, reference.apiVersion ?? "", "version must not be empty"));
    if (!reference.kind) errors.push(invalidValue(`${field}.kind`, reference.kind ?? "", "kind must not be empty"));
    if (!reference.name) errors.push(invalidValue(`${field}.name`, reference.name ?? "", "name must not be empty"));
    if (!reference.uid) errors.push(invalidValue(`${field}.uid`, reference.uid ?? "", "uid must not be empty"));
    if (reference.apiVersion === "v1" && reference.kind === "Event") {
      errors.push(invalidValue(field, reference, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (reference.controller !== true) continue;
    if (controller !== undefined) {
      errors.push(
        invalidValue(
          field,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${reference.name}`,
        ),
      );
    } else controller = reference.name;
  }
  return errors;
};

/** Exact duplicates among ownerReferences are dropped, with a warning. */
export const dedupedOwners = (
  references: readonly OwnerReference[] | undefined,
  context: RequestContext,
): readonly OwnerReference[] | undefined => {
  if (references === undefined || references.length < 2) return references;
  const kept = references.filter((reference, index) => references.findIndex((other) => sameJson(other, reference)) === index);
  if (kept.length === references.length) return references;
  const uids = [
    ...new Set(
      references
        .filter((reference, index) => references.indexOf(reference) === index && !kept.includes(reference))
        .map(({ uid }) => uid),
    ),
  ];
  context.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids.join(", ")}`,
  );
  return kept;
};
