import { jsonText } from "../json/text.ts";
import { duplicate } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import type { StructuralSchema } from "../kind/structural.ts";
import { isObject, itemPath } from "./walk.ts";

/** How items of a list are known again in another version of it: by their keys, by their value, or not at all. */
export interface ListIdentity {
  readonly type: "map" | "set";
  /** What the error for a second one shows: its keys, or the scalar. */
  shown(item: unknown): unknown;
  key(item: unknown): string;
}

export const listIdentity = (schema: StructuralSchema): ListIdentity | undefined => {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return { type, shown: (item) => item, key: (item) => jsonText(item) };
  if (type !== "map") return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const shown = (item: unknown) =>
    isObject(item) ? Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]]))) : item;
  return { type, shown, key: (item) => jsonText(keys.map((key) => (isObject(item) ? item[key] : undefined))) };
};

export const duplicatesIn = (items: readonly unknown[], identity: ListIdentity, path: string): readonly FieldError[] => {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = identity.key(item);
    if (seen.has(key)) return [duplicate(itemPath(path, index), identity.shown(item))];
    seen.add(key);
    return [];
  });
};

/** The item of an older version of the list that this item was, if items of this list can be known again. */
export const oldItems = (old: unknown, identity: ListIdentity | undefined): ((item: unknown) => unknown) => {
  if (identity?.type !== "map" || !Array.isArray(old)) return () => undefined;
  const byKey = new Map(old.map((item) => [identity.key(item), item] as const));
  return (item) => byKey.get(identity.key(item));
};
