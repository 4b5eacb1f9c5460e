import { apiVersionOf } from "@slipway/api";
import type { FieldType } from "../registry/fieldtype.ts";
import type { ServedResource } from "../registry/served.ts";
import type { FieldSet } from "./fieldset.ts";
import { type Manager, withSet } from "./managed.ts";

/**
 * A schema may have changed since a manager's fields were written down. Who owned parts of what is one leaf now owns all of it; who
 * owned a leaf that has parts now owns it still, and none of the parts, as upstream has it.
 */
export const adapted = (served: ServedResource, managers: readonly Manager[]): readonly Manager[] => {
  const apiVersion = apiVersionOf(served);
  return managers.map((manager) =>
    manager.apiVersion === apiVersion ? withSet(manager, adaptedSet(manager.set, served.schema.fields)) : manager,
  );
};

const known = new WeakMap<FieldType, WeakMap<FieldSet, FieldSet>>();

/** Looked through once: objects of a kind mostly share the same few sets. */
const adaptedSet = (set: FieldSet, type: FieldType): FieldSet => {
  const ofType = known.get(type) ?? new WeakMap<FieldSet, FieldSet>();
  known.set(type, ofType);
  const made = ofType.get(set) ?? below(set, type);
  ofType.set(set, made);
  return made;
};

const below = (set: FieldSet, type: FieldType): FieldSet => {
  let members: Set<string> | undefined;
  let children: Map<string, FieldSet> | undefined;
  for (const [step, child] of set.children) {
    const typeHere = typeAt(type, step);
    if (typeHere === undefined) continue;
    if (isLeaf(typeHere)) {
      members ??= new Set(set.members);
      members.add(step);
      children ??= new Map(set.children);
      children.delete(step);
      continue;
    }
    const after = below(child, typeHere);
    if (after === child) continue;
    children ??= new Map(set.children);
    children.set(step, after);
  }
  return members === undefined && children === undefined
    ? set
    : { members: members ?? set.members, children: children ?? set.children };
};

/** Undefined where the schema says nothing. */
const typeAt = (type: FieldType, step: string): FieldType | undefined => {
  switch (type.type) {
    case "struct":
      return step.startsWith("f:") ? type.field(step.slice(2)) : undefined;
    case "map":
      return step.startsWith("f:") ? type.values() : undefined;
    case "list":
      return type.items();
    default:
      return undefined;
  }
};

const isLeaf = (type: FieldType): boolean =>
  type.type === "list" ? type.listType === "atomic" : (type.type === "struct" || type.type === "map") && type.atomic === true;
