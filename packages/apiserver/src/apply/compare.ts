import type { FieldType } from "../registry/fieldtype.ts";
import { sameJson } from "../registry/object.ts";
import { emptySet, type FieldSet, fieldStep, type GrowingSet, growingSet } from "./fieldset.ts";
import { declaredOr, isObject, itemsByStep, type JsonObject, shapeOf } from "./typed.ts";

/** Paths that differ between two states of an object; a part that came or went whole is there with all its paths. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Sets are made when the first path comes: most of an object does not differ. */
interface Growing {
  added?: GrowingSet;
  modified?: GrowingSet;
  removed?: GrowingSet;
}
const kinds = ["added", "modified", "removed"] as const;

const insert = (at: Growing, kind: (typeof kinds)[number], name: string): void => {
  at[kind] ??= growingSet();
  at[kind].members.add(name);
};

export const compare = (type: FieldType, before: unknown, after: unknown): Comparison => {
  const { added = emptySet, modified = emptySet, removed = emptySet } = descended(type, before, after);
  return { added, modified, removed };
};

const descended = (type: FieldType, before: unknown, after: unknown): Growing => {
  const root: Growing = {};
  descend(type, before, after, root);
  return root;
};

/** Compares what lies at `step` of a place. */
const step = (name: string, type: FieldType, before: unknown, after: unknown, at: Growing): void => {
  if (before === after) return;
  const below: Growing = {};
  const isLeaf = descend(type, before, after, below);
  for (const kind of kinds) {
    const set = below[kind];
    if (set === undefined) continue;
    at[kind] ??= growingSet();
    at[kind].children.set(name, set);
  }
  if (before === undefined) insert(at, "added", name);
  else if (after === undefined) insert(at, "removed", name);
  else if (isLeaf && !sameJson(before, after)) insert(at, "modified", name);
};

/** True when the value is one leaf. */
const descend = (type: FieldType, before: unknown, after: unknown, at: Growing): boolean => {
  const shape = shapeOf(type, after ?? before);
  if (shape.shape === "leaf") return true;
  if (shape.shape === "fields") {
    const left = fieldsOf(before);
    const right = fieldsOf(after);
    if (left === undefined || right === undefined) return true; // an object became something else
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    if (names.size === 0) return true;
    for (const name of names) {
      step(fieldStep(name), declaredOr(shape.typeOf(name)), own(left, name), own(right, name), at);
    }
    return false;
  }
  const left = itemsByStep(shape.list, listOf(before));
  const right = itemsByStep(shape.list, listOf(after));
  if (left.size + right.size === 0) return true;
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const lefts = left.get(name) ?? [];
    const rights = right.get(name) ?? [];
    if (lefts.length <= 1 && rights.length <= 1) step(name, shape.list.items(), lefts[0], rights[0], at);
    else if (lefts.length > 1 && rights.length > 1) {
      if (!sameJson(lefts, rights)) insert(at, "modified", name);
    } else if (lefts.length > 1) {
      step(name, shape.list.items(), undefined, rights[0], at);
      insert(at, "removed", name);
    } else {
      step(name, shape.list.items(), lefts[0], undefined, at);
      insert(at, "added", name);
    }
  }
  return false;
};

const nothing: JsonObject = {};

/** Absent and null are like an empty object. */
const fieldsOf = (value: unknown): JsonObject | undefined =>
  value === undefined || value === null ? nothing : isObject(value) ? value : undefined;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const own = (object: JsonObject, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);
