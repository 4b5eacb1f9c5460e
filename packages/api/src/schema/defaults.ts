import type { StructuralSchema } from "../kind/structural.ts";
import { isObject, type JsonObject, mapItems, valuesOf } from "./walk.ts";

type Defaults = (value: unknown) => unknown;

/** Top-down: a default that creates an object is filled by the defaults inside it; an absent parent without one stays absent. */
export const compileDefaults = (schema: StructuralSchema): Defaults => compile(schema) ?? ((value) => value);

/** Undefined when there is nothing to default below. */
const compile = (schema: StructuralSchema): Defaults | undefined => {
  if (schema.items) return itemDefaults(schema.items);
  const values = valuesOf(schema);
  if (values) return valueDefaults(values);
  return fieldDefaults(schema.properties ?? {});
};

const itemDefaults = (items: StructuralSchema): Defaults | undefined => {
  const slot = slotDefaults(items);
  return slot && ((value) => (Array.isArray(value) ? mapItems(value, (item) => slot(item)) : value));
};

const valueDefaults = (values: StructuralSchema): Defaults | undefined => {
  const slot = slotDefaults(values);
  return slot && ((value) => (isObject(value) ? changed(value, Object.keys(value), () => slot) : value));
};

const fieldDefaults = (properties: { readonly [name: string]: StructuralSchema }): Defaults | undefined => {
  const slots = new Map(
    Object.entries(properties).flatMap(([name, schema]) => {
      const slot = slotDefaults(schema);
      return slot ? [[name, slot] as const] : [];
    }),
  );
  if (slots.size === 0) return undefined;
  const names = [...slots.keys()];
  return (value) => (isObject(value) ? changed(value, names, (name) => slots.get(name)) : value);
};

/** What becomes of one field, item or map value; `undefined` in means absent. */
const slotDefaults = (schema: StructuralSchema): Defaults | undefined => {
  const inner = compile(schema);
  if (schema.default === undefined) return inner && ((value) => (value === undefined ? undefined : inner(value)));
  const whenAbsent = inner ? inner(schema.default) : schema.default;
  return (value) => {
    if (value === undefined) return whenAbsent;
    if (value === null && !schema.nullable) return whenAbsent;
    return inner ? inner(value) : value;
  };
};

const changed = (value: JsonObject, names: readonly string[], slotOf: (name: string) => Defaults | undefined): JsonObject => {
  let copy: { [key: string]: unknown } | undefined;
  for (const name of names) {
    const before = Object.hasOwn(value, name) ? value[name] : undefined;
    const after = slotOf(name)?.(before);
    if (after === before || after === undefined) continue;
    copy ??= { ...value };
    copy[name] = after;
  }
  return copy ?? value;
};
