import type { FieldError } from "../kind/kind.ts";
import type { StructuralSchema } from "../kind/structural.ts";
import { compileRules } from "./cel/rules.ts";
import { compileDefaults } from "./defaults.ts";
import { compilePruning } from "./prune.ts";
import { compileValidation } from "./validate.ts";

interface WithStatus {
  readonly status?: unknown;
}

export interface CompiledSchema {
  /** Drops what the schema does not know; `unknown` are its paths. The same object when there was nothing to drop. */
  prune<T extends object>(object: T): { readonly object: T; readonly unknown: readonly string[] };
  /** The same object when nothing was missing. */
  applyDefaults<T extends object>(object: T): T;
  /** Types, limits, formats, list keys, then CEL rules. `old` on update: for transition rules, and what is unchanged is not judged again. */
  validate(object: object, old?: object): readonly FieldError[];
  /** Through `/status`: types and limits of the status alone, CEL rules of the whole object. */
  validateStatus(object: WithStatus, old: WithStatus): readonly FieldError[];
}

/** The schema of a whole object (`metadata` is the caller's to validate). @throws Error for a pattern or rule that does not compile */
export const compileSchema = (schema: StructuralSchema): CompiledSchema => {
  const prune = compilePruning(schema);
  const defaults = compileDefaults(schema);
  const validate = compileValidation(schema);
  const rules = compileRules(schema);
  const validateStatus = compileValidation(schema.properties?.["status"] ?? {}, "status");
  const withRules = (errors: readonly FieldError[], object: object, old: object | undefined): readonly FieldError[] => {
    if (rules === undefined) return errors;
    if (errors.some(hidesRules)) return [...errors, rulesNotChecked];
    return [...errors, ...rules(object, old)];
  };
  return {
    prune: <T extends object>(object: T) => {
      const unknown: string[] = [];
      return { object: prune(object, unknown) as T, unknown };
    },
    applyDefaults: <T extends object>(object: T) => defaults(object) as T,
    validate: (object, old) => withRules(validate(object, old), object, old),
    validateStatus: (object, old) =>
      withRules(object.status === undefined ? [] : validateStatus(object.status, old.status), object, old),
  };
};

/** After one of these a rule could meet a value of a type it was not written for. */
const hidesRules = ({ type }: FieldError): boolean =>
  type === "FieldValueRequired" ||
  type === "FieldValueNotSupported" ||
  type === "FieldValueTooLong" ||
  type === "FieldValueTooMany" ||
  type === "FieldValueTypeInvalid";

const rulesNotChecked: FieldError = {
  type: "FieldValueInvalid",
  field: "<nil>",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};
