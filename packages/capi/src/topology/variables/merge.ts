/** Values by their names, as patches see them: `builtin` among them. */
export interface Variables {
  readonly [name: string]: unknown;
}

export const builtin = "builtin";

/** The item's values replace the global ones whole; only what is built in comes together from both. */
export const mergedVariables = (global: Variables, item: Variables): Variables => {
  const both = { ...global, ...item };
  return isObject(global[builtin]) && isObject(item[builtin])
    ? { ...both, [builtin]: mergedObjects(global[builtin], item[builtin]) }
    : both;
};

interface Fields {
  readonly [field: string]: unknown;
}
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const mergedObjects = (before: Fields, after: Fields): Fields => {
  const made: { [field: string]: unknown } = { ...before };
  for (const [field, value] of Object.entries(after)) {
    const old = made[field];
    made[field] = isObject(old) && isObject(value) ? mergedObjects(old, value) : value;
  }
  return made;
};
