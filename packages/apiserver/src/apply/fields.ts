import type { FieldType } from "../registry/fieldtype.ts";
import { type FieldSet, fieldStep, type GrowingSet, growingSet, isEmptySet, printStep } from "./fieldset.ts";
import { declaredOr, isObject, itemStep, itemsByStep, shapeOf } from "./typed.ts";

/** A configuration that the schema cannot read. */
export class FieldsError extends Error {
  override readonly name = "FieldsError";
}

/**
 * All paths of an object: leaves, items and free keys.
 * @throws FieldsError with `strict`, for undeclared fields, items without keys and duplicate items
 */
export const fieldsOf = (type: FieldType, value: unknown, strict = false): FieldSet => {
  const set = growingSet();
  collect(type, value, set, "", strict);
  return set;
};

const collect = (type: FieldType, value: unknown, at: GrowingSet, path: string, strict: boolean): boolean => {
  const shape = shapeOf(type, value);
  if (shape.shape === "leaf") return true;
  if (shape.shape === "fields") {
    for (const [name, child] of Object.entries(value as object)) {
      const declared = shape.typeOf(name);
      if (declared === undefined && strict) throw new FieldsError(`${path}.${name}: field not declared in schema`);
      const below = growingSet();
      const isLeaf = collect(declaredOr(declared), child, below, `${path}.${name}`, strict);
      const step = fieldStep(name);
      if (!isEmptySet(below)) at.children.set(step, below);
      const empty = child === null || (isObject(child) && Object.keys(child).length === 0);
      if (isLeaf || empty || !shape.declared || declared === undefined) at.members.add(step);
    }
    return false;
  }
  const items = value as readonly unknown[];
  if (strict) checkItems(shape.list, items, path);
  for (const [step, same] of itemsByStep(shape.list, items)) {
    at.members.add(step);
    if (same.length > 1) continue;
    const below = growingSet();
    collect(shape.list.items(), same[0], below, path + printStep(step), strict);
    if (!isEmptySet(below)) at.children.set(step, below);
  }
  return false;
};

const checkItems = (list: Parameters<typeof itemStep>[0], items: readonly unknown[], path: string): void => {
  const seen = new Set<string>();
  items.forEach((item, index) => {
    let step: string;
    try {
      step = itemStep(list, item);
    } catch (error) {
      throw new FieldsError(`${path}: element ${index}: ${error instanceof Error ? error.message : error}`);
    }
    if (seen.has(step)) throw new FieldsError(`${path}: duplicate entries for key ${printStep(step)}`);
    seen.add(step);
  });
};

/** The set with every named field on the way to one of its paths as a path of its own. */
export const withNamedFields = (set: FieldSet, type: FieldType): FieldSet => {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  for (const [step, child] of set.children) {
    const below = typeBelow(type, step);
    if (type.type === "struct" && step.startsWith("f:") && type.field(step.slice(2)) !== undefined) members.add(step);
    children.set(step, withNamedFields(child, below));
  }
  return { members, children };
};

const typeBelow = (type: FieldType, step: string): FieldType => {
  switch (type.type) {
    case "struct":
      return declaredOr(type.field(step.slice(2)));
    case "map":
      return type.values();
    case "list":
      return type.items();
    default:
      return declaredOr(undefined);
  }
};

/** The value without the paths of the set; what becomes empty by it goes too. */
export const removed = (type: FieldType, value: unknown, set: FieldSet): unknown => {
  if (isEmptySet(set)) return value;
  const shape = shapeOf(type, value);
  if (shape.shape === "leaf") return type.type === "scalar" || type.type === "untyped" ? value : null;
  if (shape.shape === "fields") {
    const kept: { [name: string]: unknown } = {};
    let count = 0;
    for (const [name, child] of Object.entries(value as object)) {
      const step = fieldStep(name);
      if (set.members.has(step)) continue;
      const below = set.children.get(step);
      const rest = below === undefined ? child : removed(declaredOr(shape.typeOf(name)), child, below);
      if (rest === null && child !== null) continue;
      kept[name] = rest;
      count += 1;
    }
    return count === 0 ? null : kept;
  }
  const kept: unknown[] = [];
  for (const item of value as readonly unknown[]) {
    const step = stepOf(shape.list, item);
    if (step !== undefined && set.members.has(step)) continue;
    const below = step === undefined ? undefined : set.children.get(step);
    kept.push(below === undefined ? item : removed(shape.list.items(), item, below));
  }
  return kept.length === 0 ? null : kept;
};

const stepOf = (list: Parameters<typeof itemStep>[0], item: unknown): string | undefined => {
  try {
    return itemStep(list, item);
  } catch {
    return undefined;
  }
};
