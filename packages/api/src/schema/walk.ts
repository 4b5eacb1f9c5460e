import type { StructuralSchema } from "../kind/structural.ts";

export interface JsonObject {
  readonly [key: string]: unknown;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Values of a map, when the schema says anything of them. */
export const valuesOf = (schema: StructuralSchema): StructuralSchema | undefined =>
  typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;

export const childPath = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
/** As Kubernetes writes the path of a map's value in what a rule says; what is wrong by the schema itself has a `childPath`. */
export const keyPath = (path: string, key: string): string => `${path}[${key}]`;
export const itemPath = (path: string, index: number): string => `${path}[${index}]`;

/** The same array when no item changed. */
export const mapItems = (items: readonly unknown[], change: (item: unknown, index: number) => unknown): readonly unknown[] => {
  let copy: unknown[] | undefined;
  items.forEach((item, index) => {
    const changed = change(item, index);
    if (changed !== item) {
      copy ??= [...items];
      copy[index] = changed;
    }
  });
  return copy ?? items;
};
