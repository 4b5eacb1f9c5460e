/** The fields of a value that came from outside; none when it is no object. */
export const fields = (value: unknown): { readonly [name: string]: unknown } =>
  value !== null && typeof value === "object" ? (value as { readonly [name: string]: unknown }) : {};

/** The value at a path of fields; undefined as soon as one is missing. */
export const fieldAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inside, name) => fields(inside)[name], value);
