/** Equal as JSON: a field that is undefined is the same as none. Shared parts cost nothing. */
export const sameJson = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, at) => sameJson(item, right[at]));
  }
  const a = left as { readonly [key: string]: unknown };
  const b = right as { readonly [key: string]: unknown };
  for (const key in a) if (a[key] !== undefined && !sameJson(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
};

/** The JSON merge patch (RFC 7386) that turns `before` into `after`; undefined when nothing differs. */
export const mergePatch = (before: object, after: object): { [key: string]: unknown } | undefined => {
  const a = before as { readonly [key: string]: unknown };
  const b = after as { readonly [key: string]: unknown };
  let patch: { [key: string]: unknown } | undefined;
  const set = (key: string, value: unknown) => {
    patch = patch ?? {};
    patch[key] = value;
  };
  for (const key in b) {
    const [was, is] = [a[key], b[key]];
    if (is === undefined || sameJson(was, is)) continue;
    if (isPlain(was) && isPlain(is)) {
      const inner = mergePatch(was, is);
      if (inner !== undefined) set(key, inner);
    } else set(key, is);
  }
  for (const key in a) if (a[key] !== undefined && b[key] === undefined) set(key, null);
  return patch;
};

const isPlain = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
