import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { frozenJson } from "../storage/frozen.ts";

/**
 * A set of field paths, as `managedFields` keeps them. Steps of a path are written as there: `f:<name>` a field, `k:{…}` an item of
 * a keyed list, `v:<value>` an item of a set.
 */
export interface FieldSet {
  /** Steps that are in the set themselves. */
  readonly members: ReadonlySet<string>;
  /** What of the set lies below a step. */
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export const isEmptySet = (set: FieldSet): boolean => set.members.size === 0 && set.children.size === 0;

/** Grown step by step, then read as a `FieldSet`. */
export interface GrowingSet extends FieldSet {
  readonly members: Set<string>;
  readonly children: Map<string, GrowingSet>;
}
export const growingSet = (): GrowingSet => ({ members: new Set(), children: new Map() });

export const insertPath = (set: GrowingSet, path: readonly string[]): void => {
  let at = set;
  for (const step of path.slice(0, -1)) {
    const child = at.children.get(step) ?? growingSet();
    at.children.set(step, child);
    at = child;
  }
  const last = path[path.length - 1];
  if (last !== undefined) at.members.add(last);
};

export const setOf = (...paths: readonly (readonly string[])[]): FieldSet => {
  const set = growingSet();
  for (const path of paths) insertPath(set, path);
  return set;
};

const made = (members: ReadonlySet<string>, children: ReadonlyMap<string, FieldSet>): FieldSet =>
  members.size === 0 && children.size === 0 ? emptySet : { members, children };

// What an update changes is small, and what its managers own is large: the work goes with the second set, and the first is answered
// itself when nothing of it changes.

export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (isEmptySet(a) || a === b) return b;
  let members: Set<string> | undefined;
  for (const step of b.members) {
    if (a.members.has(step)) continue;
    members ??= new Set(a.members);
    members.add(step);
  }
  let children: Map<string, FieldSet> | undefined;
  for (const [step, child] of b.children) {
    const before = a.children.get(step);
    const after = before === undefined ? child : union(before, child);
    if (after === before) continue;
    children ??= new Map(a.children);
    children.set(step, after);
  }
  return members === undefined && children === undefined
    ? a
    : { members: members ?? a.members, children: children ?? a.children };
};

export const intersection = (a: FieldSet, b: FieldSet): FieldSet => {
  const members = new Set<string>();
  for (const step of b.members) if (a.members.has(step)) members.add(step);
  const children = new Map<string, FieldSet>();
  for (const [step, child] of b.children) {
    const other = a.children.get(step);
    const both = other === undefined ? emptySet : intersection(other, child);
    if (!isEmptySet(both)) children.set(step, both);
  }
  return made(members, children);
};

/** The paths of `a` that are not paths of `b`; what lies below a path of `b` stays. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => subtract(a, b, false);

/** Without the paths of `b` and all that lies below them. */
export const without = (a: FieldSet, b: FieldSet): FieldSet => subtract(a, b, true);

const subtract = (a: FieldSet, b: FieldSet, below: boolean): FieldSet => {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  let members: Set<string> | undefined;
  let children: Map<string, FieldSet> | undefined;
  for (const step of b.members) {
    if (a.members.has(step)) {
      members ??= new Set(a.members);
      members.delete(step);
    }
    if (below && a.children.has(step)) {
      children ??= new Map(a.children);
      children.delete(step);
    }
  }
  for (const [step, child] of b.children) {
    const before = (children ?? a.children).get(step);
    if (before === undefined) continue;
    const after = subtract(before, child, below);
    if (after === before) continue;
    children ??= new Map(a.children);
    if (isEmptySet(after)) children.delete(step);
    else children.set(step, after);
  }
  return members === undefined && children === undefined ? a : made(members ?? a.members, children ?? a.children);
};

export const sameSet = (a: FieldSet, b: FieldSet): boolean => {
  if (a === b) return true;
  if (a.members.size !== b.members.size || a.children.size !== b.children.size) return false;
  for (const step of a.members) if (!b.members.has(step)) return false;
  for (const [step, child] of a.children) {
    const other = b.children.get(step);
    if (other === undefined || !sameSet(child, other)) return false;
  }
  return true;
};

export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const step of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    if (set.members.has(step)) yield [...prefix, step];
    const child = set.children.get(step);
    if (child !== undefined) yield* pathsOf(child, [...prefix, step]);
  }
}

export interface FieldsV1 {
  readonly [step: string]: FieldsV1;
}

/** Fields, then keys, then values, each sorted; `.` first. */
export const toFieldsV1 = (set: FieldSet): FieldsV1 => {
  const fields: { [step: string]: FieldsV1 } = {};
  for (const step of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const child = set.children.get(step);
    if (child === undefined) fields[step] = {};
    else fields[step] = set.members.has(step) ? { ".": {}, ...toFieldsV1(child) } : toFieldsV1(child);
  }
  return fields;
};

const written = new WeakMap<FieldSet, FieldsV1>();
const read = new WeakMap<object, FieldSet>();

/** Written and read once: objects of a kind mostly share the same few sets. */
export const encodedSet = (set: FieldSet): FieldsV1 => {
  const known = written.get(set);
  if (known !== undefined) return known;
  const fields = frozenJson(toFieldsV1(set));
  written.set(set, fields);
  return fields;
};
/** @throws Error for what is no set of fields */
export const decodedSet = (fields: object): FieldSet => {
  const known = read.get(fields);
  if (known !== undefined) return known;
  const set = fromFieldsV1(fields);
  if (Object.isFrozen(fields)) read.set(fields, set);
  return set;
};

/** @throws Error for what is no set of fields */
export const fromFieldsV1 = (fields: unknown): FieldSet => {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) throw new Error("fieldsV1 must be an object");
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  for (const [written, below] of Object.entries(fields)) {
    if (written === ".") continue;
    const step = canonical(written);
    const child = fromFieldsV1(below);
    if (isEmptySet(child) || (typeof below === "object" && below !== null && "." in below)) members.add(step);
    if (!isEmptySet(child)) children.set(step, child);
  }
  return { members, children };
};

/** Others may write keys in another order or with spaces. */
const canonical = (step: string): string => {
  switch (step.slice(0, 2)) {
    case "f:":
    case "i:":
      return step;
    case "v:":
      return valueStep(parseJson(step.slice(2)));
    case "k:":
      return keyStep(parseJson(step.slice(2)) as JsonFields);
    default:
      throw new Error(`${jsonText(step)} is no step of a field path`);
  }
};

interface JsonFields {
  readonly [field: string]: unknown;
}

export const fieldStep = (name: string): string => `f:${name}`;
export const valueStep = (value: unknown): string => `v:${jsonText(value)}`;
export const keyStep = (key: JsonFields): string =>
  `k:{${Object.keys(key)
    .sort()
    .map((field) => `${jsonText(field)}:${jsonText(key[field])}`)
    .join(",")}}`;

/** `.spec.containers[name="c"].image`: as conflicts name it. */
export const printPath = (path: readonly string[]): string => path.map(printStep).join("");

export const printStep = (step: string): string => {
  const content = step.slice(2);
  switch (step.slice(0, 2)) {
    case "k:": {
      const key = parseJson(content) as JsonFields;
      return `[${Object.keys(key)
        .sort()
        .map((field) => `${field}=${jsonText(key[field])}`)
        .join(",")}]`;
    }
    case "v:":
      return `[${content}]`;
    case "i:":
      return `[${content}]`;
    default:
      return `.${content}`;
  }
};
