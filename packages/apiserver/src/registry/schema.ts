import { untyped } from "./fieldtype.ts";
import type { ObjectSchema } from "./served.ts";

/** Knows nothing and refuses nothing. */
export const untypedSchema: ObjectSchema = {
  prune: (object) => ({ object, unknown: [] }),
  default: (object) => object,
  validate: () => [],
  fields: untyped,
};
