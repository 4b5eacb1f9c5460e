import type { UnstructuredObject } from "@slipway/api";
import { type FieldRequirement, fieldMatch, parseFieldSelector } from "./fieldselector.ts";
import { indexedFields, indexedLabels, type Pin } from "./indexes.ts";
import { type LabelRequirement, labelMatch, parseLabelSelector } from "./labelselector.ts";
import type { ServedResource } from "./served.ts";

/** What a list, a watch or a deletecollection asks for. */
export interface Selection {
  /** Undefined: everything. */
  readonly matches: ((object: UnstructuredObject) => boolean) | undefined;
  /** Pinned by `metadata.name=`: only this one can match. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** An index knows who can match. */
  readonly pin: Pin | undefined;
}

export const selectionOf = (
  served: ServedResource,
  options: { readonly namespace?: string | undefined; readonly labelSelector?: string; readonly fieldSelector?: string },
): Selection => {
  const labels = options.labelSelector === undefined ? [] : parseLabelSelector(options.labelSelector);
  const fields = options.fieldSelector === undefined ? [] : parseFieldSelector(options.fieldSelector);
  const byLabels = labels.length === 0 ? undefined : labelMatch(labels);
  const byFields = fieldMatch(served, fields);
  const matches =
    byLabels === undefined && byFields === undefined
      ? undefined
      : (object: UnstructuredObject) =>
          (byLabels === undefined || byLabels(object.metadata.labels)) && (byFields === undefined || byFields(object));
  return {
    matches,
    name: pinned(fields, "metadata.name"),
    pin: pinOf(served, labels, fields),
    namespace: options.namespace ?? (served.scope === "Namespaced" ? pinned(fields, "metadata.namespace") : undefined),
  };
};

const pinOf = (
  served: ServedResource,
  labels: readonly LabelRequirement[],
  fields: readonly FieldRequirement[],
): Pin | undefined => {
  for (const { key, operator, values } of labels) {
    const [value] = values;
    const one = operator === "=" || operator === "==" || (operator === "in" && values.length === 1);
    if (one && value !== undefined && indexedLabels.includes(key)) return { index: key, value };
  }
  // Fields are indexed as they are stored.
  if (served.storage.fromStored !== undefined) return undefined;
  const field = fields.find((each) => each.equal && each.value !== "" && indexedFields.includes(each.field));
  return field === undefined ? undefined : { index: field.field, value: field.value };
};

const pinned = (requirements: readonly FieldRequirement[], field: string): string | undefined =>
  requirements.find((requirement) => requirement.equal && requirement.field === field && requirement.value !== "")?.value;
