/** Providers' objects: found by contract, watched from the first need, read field by field. */
export * from "./clone.ts";
export * from "./conditions.ts";
export * from "./contract.ts";
export * from "./external.ts";
export * from "./reference.ts";
