import { jsonText } from "@slipway/api/json/index.ts";
import { type FieldType, type ListType, untyped } from "../registry/fieldtype.ts";
import { keyStep, valueStep } from "./fieldset.ts";

export interface JsonObject {
  readonly [key: string]: unknown;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * How a value is walked: as one leaf, field by field, or item by item. Where the schema says nothing it is deduced: maps field by
 * field, lists as one.
 */
export type Shape =
  | { readonly shape: "leaf" }
  | { readonly shape: "fields"; readonly typeOf: (name: string) => FieldType | undefined; readonly declared: boolean }
  | { readonly shape: "items"; readonly list: ListType };

const leaf: Shape = { shape: "leaf" };

export const shapeOf = (type: FieldType, value: unknown): Shape => {
  switch (type.type) {
    case "scalar":
      return leaf;
    case "untyped":
      return isObject(value) ? { shape: "fields", typeOf: () => untyped, declared: false } : leaf;
    case "struct":
      if (type.atomic === true || !isObject(value)) return leaf;
      return { shape: "fields", typeOf: (name) => type.field(name), declared: true };
    case "map": {
      if (type.atomic === true || !isObject(value)) return leaf;
      return { shape: "fields", typeOf: () => type.values(), declared: false };
    }
    case "list":
      return type.listType === "atomic" || !Array.isArray(value) ? leaf : { shape: "items", list: type };
  }
};

/** Of a field that the schema does not declare. */
export const undeclared: FieldType = untyped;
export const declaredOr = (type: FieldType | undefined): FieldType => type ?? undeclared;

/** What names an item of a keyed list or of a set. @throws Error when it lacks a key */
export const itemStep = (list: ListType, item: unknown): string => {
  if (list.listType === "set") return valueStep(item);
  if (!isObject(item)) throw new Error("associative list with keys may not have non-map elements");
  const key: { [field: string]: unknown } = {};
  for (const field of list.keys ?? []) {
    // An item may lack some of several keys, and is then another item than one that has them; one that lacks all has no name.
    const value = item[field] ?? list.keyDefaults?.[field];
    if (value !== undefined) key[field] = value;
  }
  if (Object.keys(key).length === 0) {
    const names = (list.keys ?? []).map((field) => jsonText(field)).join(" ");
    throw new Error(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return keyStep(key);
};

/** Items by name, each name once, in order. Items without a name are left out. */
export const itemsByStep = (list: ListType, items: readonly unknown[]): Map<string, unknown[]> => {
  const found = new Map<string, unknown[]>();
  for (const item of items) {
    let step: string;
    try {
      step = itemStep(list, item);
    } catch {
      continue;
    }
    const same = found.get(step);
    if (same === undefined) found.set(step, [item]);
    else same.push(item);
  }
  return found;
};
