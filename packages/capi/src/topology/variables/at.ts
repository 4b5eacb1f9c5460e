import type { Variables } from "./merge.ts";

/** There is no such variable, or nothing at this place in it. */
export class VariableNotFound extends Error {
  override readonly name = "VariableNotFound";
}

/**
 * The value at `myVariable.field.list[0].name`.
 * @throws VariableNotFound when there is nothing, Error when the path cannot be meant so
 */
export const variableAt = (variables: Variables, path: string): unknown => {
  const [first = "", ...rest] = path.split(".");
  const root = segmentOf(first, `variable ${JSON.stringify(path)} is invalid`);
  if (!Object.hasOwn(variables, root.field)) throw new VariableNotFound(`variable ${JSON.stringify(first)} does not exist`);
  return rest.reduce(
    (value, part) => {
      const segment = segmentOf(part, `variable ${JSON.stringify(path)} has invalid syntax`);
      if (!isObject(value) || !Object.hasOwn(value, segment.field)) {
        const looked = `failed to lookup segment ${JSON.stringify(segment.field)}`;
        throw new VariableNotFound(`variable ${JSON.stringify(path)} does not exist: ${looked}`);
      }
      return elementOf(value[segment.field], segment, path);
    },
    elementOf(variables[root.field], root, path),
  );
};

interface Segment {
  readonly field: string;
  readonly index?: number;
}

const segmentOf = (text: string, why: string): Segment => {
  const bad = new Error(`${why}: failed to parse path segment ${JSON.stringify(text)}`);
  if (!text.includes("[") && !text.includes("]")) return { field: text };
  const [, field, index] = /^([^[\]]*)\[(\d+)\]$/.exec(text) ?? [];
  if (field === undefined || index === undefined) throw bad;
  return { field, index: Number(index) };
};

const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const elementOf = (value: unknown, { field, index }: Segment, path: string): unknown => {
  if (index === undefined) return value;
  const named = `variable ${JSON.stringify(path)} is invalid`;
  if (!Array.isArray(value)) throw new Error(`${named}: failed to get array ${JSON.stringify(field)}`);
  if (index >= value.length) throw new Error(`${named}: array does not have index ${index}`);
  return value[index];
};
