import type { StructuralSchema } from "./structural.ts";

/** What each field at this path may hold, in a word or two: `string 1..512 required`, `list of string ..100`, `a|b`, `int32 = 1`. */
export const shapesOf = (schema: StructuralSchema, path: string): { readonly [name: string]: string } => {
  const found = schemaAt(schema, path);
  return Object.fromEntries(
    Object.entries(found.properties ?? {}).map(([name, field]) => [
      name,
      [shapeOf(field), found.required?.includes(name) && "required", given(field)].filter(Boolean).join(" "),
    ]),
  );
};

/** `spec.files[].contentFrom`, `status.failureDomains{}` */
const schemaAt = (schema: StructuralSchema, path: string): StructuralSchema =>
  path
    .split(/\.|(?=\[\])|(?=\{\})/)
    .filter(Boolean)
    .reduce((found, step) => {
      const next = step === "[]" ? found.items : step === "{}" ? found.additionalProperties : found.properties?.[step];
      if (typeof next !== "object") throw new Error(`${path} has no ${step}`);
      return next;
    }, schema);

const given = ({ default: value }: StructuralSchema) => value !== undefined && `= ${JSON.stringify(value)}`;

const shapeOf = (schema: StructuralSchema): string =>
  [typeOf(schema), bounds(schema), schema.pattern && `like ${schema.pattern}`].filter(Boolean).join(" ");

const typeOf = (schema: StructuralSchema): string => {
  if (schema.enum) return schema.enum.join("|");
  if (schema["x-kubernetes-int-or-string"]) return "int-or-string";
  if (schema.format) return schema.format;
  switch (schema.type) {
    case "array":
      return listType(schema);
    case "object":
      return typeof schema.additionalProperties === "object" ? `map of ${shapeOf(schema.additionalProperties)}` : "object";
    default:
      return schema.type ?? "any";
  }
};

const listType = (schema: StructuralSchema): string => {
  const items = schema.items?.type === "object" ? "object" : shapeOf(schema.items ?? {});
  switch (schema["x-kubernetes-list-type"]) {
    case "map":
      return `list of ${items} by ${schema["x-kubernetes-list-map-keys"]?.join(", ")}`;
    case "set":
      return `set of ${items}`;
    default:
      return `list of ${items}`;
  }
};

const bounds = (schema: StructuralSchema): string | undefined => {
  const least = schema.minLength ?? schema.minItems ?? schema.minProperties ?? schema.minimum;
  const most = schema.maxLength ?? schema.maxItems ?? schema.maxProperties ?? schema.maximum;
  if (least === undefined && most === undefined) return undefined;
  const range = `${least ?? ""}..${most ?? ""}`;
  return schema.type === "array" || schema.type === "object" ? `(${range})` : range;
};
