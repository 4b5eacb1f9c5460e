import type { JsonPatchOperation } from "../client/port.ts";
import { deepEqual } from "../schema/equality.ts";

/** What makes `after` of `before`, as RFC 6902 says it. Lists that differ are replaced whole. */
export const jsonPatchOf = (before: unknown, after: unknown, path = ""): readonly JsonPatchOperation[] => {
  if (before === after || deepEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ op: "replace", path, value: after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): readonly JsonPatchOperation[] => {
    const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [old, now] = [before[name], after[name]];
    if (now === undefined) return old === undefined ? [] : [{ op: "remove", path: at }];
    return old === undefined ? [{ op: "add", path: at, value: now }] : jsonPatchOf(old, now, at);
  });
};

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
