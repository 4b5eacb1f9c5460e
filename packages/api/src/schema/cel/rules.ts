import { Optional } from "@marcbachmann/cel-js";
import { duplicate, forbidden, invalid, requiredValue } from "../../kind/fielderror.ts";
import type { FieldError } from "../../kind/kind.ts";
import type { StructuralSchema, ValidationRule } from "../../kind/structural.ts";
import { deepEqual } from "../equality.ts";
import { listIdentity, oldItems } from "../lists.ts";
import { childPath, isObject, itemPath, type JsonObject, keyPath, valuesOf } from "../walk.ts";
import { compileExpression, type Program } from "./environment.ts";
import { compileValue } from "./values.ts";

type Check = (value: unknown, old: unknown, path: string, errors: FieldError[]) => void;

/** All `x-kubernetes-validations` of a schema; undefined when it has none. @throws Error for a rule that does not compile */
export const compileRules = (schema: StructuralSchema): ((object: object, old?: object) => readonly FieldError[]) | undefined => {
  const check = compileNode(withTypeMeta(schema));
  if (!check) return undefined;
  return (object, old) => {
    const errors: FieldError[] = [];
    check(object, old, "", errors);
    return errors;
  };
};

/** Rules at the root may read these, whatever the schema says of `metadata`. */
export const withTypeMeta = (schema: StructuralSchema): StructuralSchema => ({
  ...schema,
  properties: {
    ...schema.properties,
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object", properties: { name: { type: "string" }, generateName: { type: "string" } } },
  },
});

const compileNode = (schema: StructuralSchema): Check | undefined => {
  const own = ownRules(schema);
  const below = [...fieldRules(schema), ...valueRules(schema), ...itemRules(schema)];
  if (own.length === 0 && below.length === 0) return undefined;
  return (value, old, path, errors) => {
    if (value === undefined || value === null) return;
    for (const check of own) check(value, old, path, errors);
    for (const check of below) check(value, old, path, errors);
  };
};

const ownRules = (schema: StructuralSchema): readonly Check[] => {
  const rules = schema["x-kubernetes-validations"];
  if (!rules || rules.length === 0) return [];
  const convert = compileValue(schema);
  const compiled = rules.map((rule) => compileRule(rule, schema));
  return [
    (value, old, path, errors) => {
      const unchanged = old !== undefined && deepEqual(value, old);
      const judged = compiled.filter(({ usesOldSelf, optionalOldSelf }) =>
        usesOldSelf ? old !== undefined || optionalOldSelf : !unchanged,
      );
      if (judged.length === 0) return;
      const self = convert(value);
      const oldSelf = old === undefined ? undefined : convert(old);
      for (const { judge } of judged) {
        const error = judge(self, oldSelf, path);
        if (error) errors.push(error);
      }
    },
  ];
};

export interface CompiledRule {
  /** A transition rule: judged on update only, where the old value can be told. */
  readonly usesOldSelf: boolean;
  readonly optionalOldSelf: boolean;
  /** `self` and `oldSelf` as `compileValue` makes them. */
  judge(self: unknown, oldSelf: unknown, path: string): FieldError | undefined;
}

/** @throws Error naming the rule when it does not compile */
export const compileRule = (rule: ValidationRule, schema: StructuralSchema): CompiledRule => {
  const optionalOldSelf = rule.optionalOldSelf === true;
  const program = compiled(rule.rule, optionalOldSelf);
  const message = rule.messageExpression === undefined ? undefined : compiled(rule.messageExpression, optionalOldSelf);
  const errorFor = failure(rule, schema);
  return {
    usesOldSelf: program.usesOldSelf,
    optionalOldSelf,
    judge: (self, oldSelf, path) => {
      const variables = { self, oldSelf: optionalOldSelf ? optional(oldSelf) : oldSelf };
      try {
        if (program.run(variables) === true) return undefined;
      } catch (error) {
        return errorFor(path, `${firstLine(error)} evaluating rule: ${rule.rule}`);
      }
      return errorFor(path, messageFrom(message, variables) ?? rule.message ?? `failed rule: ${rule.rule}`);
    },
  };
};

const compiled = (expression: string, optionalOldSelf: boolean): Program => {
  try {
    return compileExpression(expression, { optionalOldSelf });
  } catch (error) {
    throw new Error(`compilation failed: ERROR: <input>:1:1: ${firstLine(error)} (rule: ${expression})`, { cause: error });
  }
};

const optional = (value: unknown): Optional => (value === undefined ? Optional.none() : Optional.of(value));

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

const messageFrom = (program: Program | undefined, variables: { self: unknown; oldSelf: unknown }): string | undefined => {
  if (!program) return undefined;
  try {
    const text = program.run(variables);
    return typeof text === "string" && text.trim() !== "" && !text.includes("\n") ? text : undefined;
  } catch {
    return undefined; // a message that cannot be made must not hide the failure it was to explain
  }
};

const failure =
  (rule: ValidationRule, schema: StructuralSchema) =>
  (path: string, detail: string): FieldError => {
    const field = rule.fieldPath === undefined ? path : `${path}${rule.fieldPath}`.replace(/^\./, "");
    const shown = schema.type ?? "object";
    switch (rule.reason) {
      case "FieldValueForbidden":
        return forbidden(field, detail);
      case "FieldValueRequired":
        return requiredValue(field, detail);
      case "FieldValueDuplicate": {
        const error = duplicate(field, shown);
        return { ...error, message: `${error.message}: ${detail}` };
      }
      default:
        return invalid(field, shown, detail);
    }
  };

const fieldRules = ({ properties }: StructuralSchema): readonly Check[] => {
  const fields = Object.entries(properties ?? {}).flatMap(([name, schema]) => {
    const check = compileNode(schema);
    return check ? [[name, check] as const] : [];
  });
  if (fields.length === 0) return [];
  return [
    (value, old, path, errors) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [name, check] of fields) check(value[name], before[name], childPath(path, name), errors);
    },
  ];
};

const valueRules = (schema: StructuralSchema): readonly Check[] => {
  const values = valuesOf(schema);
  const check = values && compileNode(values);
  if (!check) return [];
  return [
    (value, old, path, errors) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [key, item] of Object.entries(value)) check(item, before[key], keyPath(path, key), errors);
    },
  ];
};

const itemRules = (schema: StructuralSchema): readonly Check[] => {
  const check = schema.items && compileNode(schema.items);
  if (!check) return [];
  const identity = listIdentity(schema);
  return [
    (value, old, path, errors) => {
      if (!Array.isArray(value)) return;
      const oldItem = oldItems(old, identity);
      value.forEach((item, index) => {
        check(item, oldItem(item), itemPath(path, index), errors);
      });
    },
  ];
};
