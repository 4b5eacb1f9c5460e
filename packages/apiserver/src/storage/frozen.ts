/**
 * The deeply frozen JSON of a value: what is already deeply frozen is shared, the rest copied. As a round trip through JSON text
 * would, it drops undefined fields and functions and turns undefined list items into null. `known` is deeply frozen: where the
 * value still is what it was there, nothing is looked at again.
 */
export const frozenJson = <T>(value: T, known?: unknown): T => freeze(value, known) as T;

const freeze = (value: unknown, known: unknown): unknown => {
  if (typeof value === "object" && value !== null) {
    if (value === known) return value;
    return Array.isArray(value) ? freezeList(value, known) : freezeObject(value, known);
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  // One form for each number: what fits a double is one.
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return value;
};

const freezeList = (list: readonly unknown[], known: unknown): readonly unknown[] => {
  const old: readonly unknown[] = Array.isArray(known) ? known : nothing;
  let copy: unknown[] | undefined = Object.isFrozen(list) ? undefined : new Array(list.length);
  for (let index = 0; index < list.length; index += 1) {
    const before = list[index];
    const after = freeze(before, old[index]) ?? null;
    if (copy === undefined && after !== before) copy = list.slice(0, index);
    if (copy !== undefined) copy[index] = after;
  }
  return copy === undefined ? list : Object.freeze(copy);
};

const freezeObject = (object: object, known: unknown): unknown => {
  if ("toJSON" in object && typeof object.toJSON === "function") return freeze(object.toJSON(), undefined);
  const source = object as Record<string, unknown>;
  const old = typeof known === "object" && known !== null ? (known as Record<string, unknown>) : undefined;
  const keys = Object.keys(source);
  let copy: Record<string, unknown> | undefined = Object.isFrozen(object) ? undefined : {};
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const before = source[key];
    const after = freeze(before, old?.[key]);
    if (copy === undefined && (after !== before || after === undefined)) {
      copy = {};
      for (const earlier of keys.slice(0, index)) put(copy, earlier, source[earlier]);
    }
    if (copy !== undefined && after !== undefined) put(copy, key, after);
  }
  return copy === undefined ? object : Object.freeze(copy);
};

const nothing: readonly unknown[] = [];

/** A key named `__proto__` is data like any other. */
const put = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
};

/** Freezes in place what nobody else holds yet: the fresh result of `JSON.parse`. What is frozen already is so to its depth. */
export const freezeFresh = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const key in value) {
      const child = value[key];
      if (typeof child === "object") freezeFresh(child);
    }
    Object.freeze(value);
  }
  return value;
};
