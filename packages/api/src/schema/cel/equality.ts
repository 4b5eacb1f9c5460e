/** CEL values, compared by content: lists, maps, messages, and scalars of the same type. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return isNumber(a) && isNumber(b) && typeof a !== typeof b && Number(a) === Number(b);
  }
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => deepEqual(item, b[index]));
  }
  const left = entriesOf(a);
  const right = entriesOf(b);
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && deepEqual(value, right.get(key)));
};

const isNumber = (value: unknown): value is number | bigint => typeof value === "bigint" || typeof value === "number";

const entriesOf = (value: object): ReadonlyMap<unknown, unknown> =>
  value instanceof Map ? value : new Map(Object.entries(value));
