import type { StructuralSchema } from "@slipway/api";
import { type CompiledSchema, compileSchema } from "@slipway/api/schema/index.ts";
import { untyped } from "./fieldtype.ts";
import type { ObjectSchema } from "./served.ts";
import { objectFieldType } from "./structuraltype.ts";

/** Knows nothing and refuses nothing. */
export const untypedSchema: ObjectSchema = {
  prune: (object) => ({ object, unknown: [] }),
  default: (object) => object,
  validate: () => [],
  fields: untyped,
};

/** Compiled when the first object comes: a start must not wait for kinds that nobody uses. */
export const structuralSchema = (schema: StructuralSchema): ObjectSchema => {
  let made: CompiledSchema | undefined;
  const compiled = (): CompiledSchema => {
    made ??= compileSchema(schema);
    return made;
  };
  return {
    prune: (object) => compiled().prune(object),
    default: (object) => compiled().applyDefaults(object),
    validate: (object, old) => compiled().validate(object, old),
    validateStatus: (object, old) => compiled().validateStatus(object, old),
    fields: objectFieldType(schema),
  };
};
