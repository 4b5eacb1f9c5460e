/** Values of templates: what JSON has, printed and judged as Go does. */

export type TemplateFunction = (...args: readonly unknown[]) => unknown;
export type Functions = ReadonlyMap<string, TemplateFunction>;

/** Go's `%v`. */
export const printed = (value: unknown, nested = false): string => {
  if (value === undefined || value === null) return nested ? "<nil>" : "<no value>";
  if (Array.isArray(value)) return `[${value.map((item) => printed(item, true)).join(" ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, item]) => `${key}:${printed(item, true)}`).join(" ")}]`;
  }
  if (typeof value === "number") return printedNumber(value);
  return String(value);
};

/** Numbers out of JSON are floating in Go, and large ones are printed so. */
const printedNumber = (value: number): string => {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e21 || size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return String(value);
};

export const isTruthy = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
};

export const textOf = (value: unknown): string => {
  if (typeof value !== "string") throw new Error(`wrong type for value; expected string; got ${printed(value)}`);
  return value;
};
/** sprig's `strval`. */
export const anyText = (value: unknown): string => (value === undefined || value === null ? "" : printed(value));

export const numberFrom = (value: unknown): number => {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return 0;
};
export const integerFrom = (value: unknown): number => Math.trunc(numberFrom(value));

export const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error(`expected a list; got ${printed(value)}`);
  return value;
};
export const mapOf = (value: unknown): { readonly [key: string]: unknown } => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`expected a map; got ${printed(value)}`);
  }
  return value as { readonly [key: string]: unknown };
};

export const equal = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return (left ?? undefined) === (right ?? undefined);
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [a, b] = [Object.entries(left), Object.entries(right)];
  return (
    a.length === b.length &&
    a.every(([key, value]) => Object.hasOwn(right, key) && equal(value, (right as typeof left)[key as never]))
  );
};
