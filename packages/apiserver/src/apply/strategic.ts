import { ApiError, jsonText, type UnstructuredObject } from "@slipway/api";
import { badRequest } from "../registry/errors.ts";
import type { FieldType, ListType } from "../registry/fieldtype.ts";
import { sameJson } from "../registry/object.ts";
import { isObject, type JsonObject } from "./typed.ts";

/**
 * Strategic merge patch: lists that the kind's tables mark merge by key, the rest as in a merge patch; `$…` fields are orders to
 * the merging, never data.
 */
export const applyStrategicPatch = (type: FieldType, object: UnstructuredObject, patch: object): UnstructuredObject => {
  if (!isObject(patch)) throw badRequest("error decoding patch: a strategic merge patch is an object");
  return mergeObject(type, object as JsonObject, patch) as UnstructuredObject;
};

const directives = { patch: "$patch", retainKeys: "$retainKeys", order: "$setElementOrder/", drop: "$deleteFromPrimitiveList/" };

const fieldType = (type: FieldType, name: string): FieldType | undefined =>
  type.type === "struct" ? type.field(name) : type.type === "map" ? type.values() : undefined;

const mergeObject = (type: FieldType, original: JsonObject, patch: JsonObject): JsonObject => {
  const directive = patch[directives.patch];
  if (directive === "replace") return plain(patch) as JsonObject;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") {
    throw badRequest(`unknown patch type found in patch: '${directive}' in map`);
  }
  const result: { [name: string]: unknown } = retained(original, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else result[name] = mergeValue(fieldType(type, name), result[name], value, orderOf(patch, name), dropsOf(patch, name));
  }
  // A list may be reordered or thinned out by a patch that has no items for it.
  for (const directiveName of Object.keys(patch)) {
    const name = /^\$(?:setElementOrder|deleteFromPrimitiveList)\/(.*)$/.exec(directiveName)?.[1];
    if (name === undefined || Object.hasOwn(patch, name) || !Array.isArray(result[name])) continue;
    result[name] = mergeValue(fieldType(type, name), result[name], [], orderOf(patch, name), dropsOf(patch, name));
  }
  return result;
};

const retained = (original: JsonObject, patch: JsonObject): { [name: string]: unknown } => {
  const keep = patch[directives.retainKeys];
  if (keep === undefined) return { ...original };
  if (!Array.isArray(keep)) throw badRequest("invalid patch format of retainKeys, expecting list");
  const missing = Object.entries(patch).find(([name, value]) => !name.startsWith("$") && value !== null && !keep.includes(name));
  if (missing !== undefined)
    throw badRequest(`the retainKeys list doesn't match the keys in the patch: ${missing[0]} is not in it`);
  return Object.fromEntries(Object.entries(original).filter(([name]) => keep.includes(name)));
};

const listDirective = (patch: JsonObject, name: string): readonly unknown[] | undefined => {
  const value = patch[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw badRequest(`invalid patch format: ${name} must be a list`);
  return value;
};
const orderOf = (patch: JsonObject, name: string) => listDirective(patch, directives.order + name);
const dropsOf = (patch: JsonObject, name: string) => listDirective(patch, directives.drop + name);

const mergeValue = (
  type: FieldType | undefined,
  original: unknown,
  patch: unknown,
  order: readonly unknown[] | undefined,
  drops: readonly unknown[] | undefined,
): unknown => {
  if (isObject(patch)) {
    if (!isObject(original) || strategyOf(type) === "replace") return mergeObject(type ?? untypedMap, {}, patch);
    return mergeObject(type ?? untypedMap, original, patch);
  }
  if (!Array.isArray(patch)) return patch;
  const merges = type?.type === "list" && (type.patchStrategy ?? "").split(",").includes("merge");
  if (!merges) return plain(patch);
  const before = Array.isArray(original) ? original : [];
  if (type.patchMergeKey === undefined) return mergePrimitives(before, patch, order, drops);
  return mergeKeyed(type, type.patchMergeKey, before, patch, order);
};

const untypedMap: FieldType = { type: "untyped" };
const strategyOf = (type: FieldType | undefined): string | undefined =>
  type !== undefined && (type.type === "struct" || type.type === "map") ? type.patchStrategy : undefined;

const mergePrimitives = (
  original: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
  drops: readonly unknown[] | undefined,
): readonly unknown[] => {
  const added = patch.filter((value, index) => !original.includes(value) && patch.indexOf(value) === index);
  const all = [...original, ...added].filter((value) => drops?.includes(value) !== true);
  return order === undefined ? all : ordered(all, original, patch, order, (value) => value);
};

const mergeKeyed = (
  list: ListType,
  key: string,
  original: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
): readonly unknown[] => {
  const items = patch.filter(isObject);
  if (items.length < patch.length) throw badRequest("invalid patch format: items of a merging list must be objects");
  if (items.some((item) => item[directives.patch] === "replace")) {
    return items.filter((item) => item[directives.patch] === undefined).map(plain);
  }
  let result: unknown[] = [...original];
  const kept: JsonObject[] = [];
  for (const item of items) {
    const directive = item[directives.patch];
    if (directive !== undefined && directive !== "delete" && directive !== "merge") {
      throw badRequest(`unknown patch type found in patch: '${directive}' in list`);
    }
    const value = item[key];
    if (value === undefined || value === null) throw lacksKey(item, key);
    const same = (other: unknown): boolean => isObject(other) && sameJson(other[key], value);
    if (directive === "delete") {
      result = result.filter((other) => !same(other));
      continue;
    }
    kept.push(item);
    const index = result.findIndex(same);
    if (index < 0) result.push(mergeObject(list.items(), {}, item));
    else result[index] = mergeObject(list.items(), result[index] as JsonObject, item);
  }
  if (order === undefined) return result;
  const keyOf = (item: unknown): unknown => (isObject(item) ? item[key] : undefined);
  return ordered(result, original, kept, order, keyOf);
};

const lacksKey = (item: JsonObject, key: string): ApiError =>
  new ApiError(
    "Invalid",
    `map: map[${Object.entries(item)
      .map(([name, value]) => `${name}:${typeof value === "object" ? jsonText(value) : value}`)
      .join(" ")}] does not contain declared merge key: ${key}`,
  );

/** Items that the order names come in that order; the others keep their place before the named item they preceded. */
const ordered = (
  items: readonly unknown[],
  original: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): readonly unknown[] => {
  const keys = order.map((item) => jsonText(keyOf(item)));
  const rank = new Map(keys.map((key, index) => [key, index]));
  const named = (item: unknown): boolean => rank.has(jsonText(keyOf(item)));
  if (patch.some((item) => !named(item))) {
    throw badRequest("The order in patch list doesn't match the $setElementOrder list");
  }
  const wanted = items.filter(named).sort((a, b) => (rank.get(jsonText(keyOf(a))) ?? 0) - (rank.get(jsonText(keyOf(b))) ?? 0));
  const place = new Map(original.map((item, index) => [jsonText(keyOf(item)), index]));
  const placeOf = (item: unknown): number => place.get(jsonText(keyOf(item))) ?? Number.POSITIVE_INFINITY;
  const others = items.filter((item) => !named(item));
  const result: unknown[] = [];
  for (const item of wanted) {
    while (others[0] !== undefined && Number.isFinite(placeOf(item)) && placeOf(others[0]) < placeOf(item))
      result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
};

/** Without orders to the merging, and without the nulls that would have deleted something. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && item[directives.patch] === "delete")).map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, child]) => !name.startsWith("$") && child !== null)
      .map(([name, child]) => [name, plain(child)]),
  );
};
