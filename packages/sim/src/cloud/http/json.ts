/** Reading JSON that came from outside: everything is `unknown` until one of these has named it. */
export type Json = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const textsOf = (value: unknown): readonly string[] => listOf(value).filter((item) => typeof item === "string");
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** As Python prints it: OpenStack's validation messages quote the offending value so. */
export const pythonRepr = (value: unknown): string => {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string")
    return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, item]) => `'${key}': ${pythonRepr(item)}`)
      .join(", ")}}`;
  }
  return String(value);
};

/** `'a', 'b'`: how messages list what they did not expect. */
export const quotedNames = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
