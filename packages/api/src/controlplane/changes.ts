import { deepEqual } from "../schema/equality.ts";
import { isObject, type JsonObject } from "../schema/walk.ts";

/** Which leaves a merge patch from one object to another would set or remove; `spec.a.b` is `["spec", "a", "b"]`. */
export const changedPaths = (old: unknown, changed: unknown): readonly (readonly string[])[] => {
  const before: JsonObject = isObject(old) ? old : {};
  const after: JsonObject = isObject(changed) ? changed : {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (deepEqual(was, is)) return [];
    if (!isObject(is)) return [[name]];
    return changedPaths(was, is).map((path) => [name, ...path]);
  });
};

/** An allowed path matches itself; one that ends with `*` everything below. */
export const isAllowed = (path: readonly string[], allowed: readonly (readonly string[])[]): boolean =>
  allowed.some((pattern) => {
    for (const [index, name] of path.entries()) {
      if (pattern[index] === "*") return true;
      if (pattern[index] !== name) return false;
    }
    return path.length === pattern.length;
  });
