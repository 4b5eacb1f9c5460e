import { Optional } from "@marcbachmann/cel-js";
import { duplicate, forbidden, invalid, requiredValue } from "../../kind/fielderror.ts";
import type { FieldError } from "../../kind/kind.ts";
import type { StructuralSchema, ValidationRule } from "../../kind/structural.ts";
import { deepEqual } from "../equality.ts";
import { listIdentity, oldItems } from "../lists.ts";
import { childPath, isObject, itemPath, type JsonObject, keyPath, valuesOf } from "../walk.ts";
import { Spending } from "./cost.ts";
import { compileExpression, type Program } from "./environment.ts";
import { compileValue } from "./values.ts";

type Check = (value: unknown, old: unknown, path: string, report: Report) => void;

interface Report {
  readonly errors: FieldError[];
  readonly spending: Spending;
}

/** All `x-kubernetes-validations` of a schema; undefined when it has none. @throws Error for a rule that does not compile */
export const compileRules = (schema: StructuralSchema): ((object: object, old?: object) => readonly FieldError[]) | undefined => {
  const check = compileNode(withTypeMeta(schema));
  if (!check) return undefined;
  return (object, old) => {
    const errors: FieldError[] = [];
    check(object, old, "", { errors, spending: new Spending() });
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
  return (value, old, path, report) => {
    if (value === undefined || value === null || report.spending.over !== undefined) return;
    for (const check of own) check(value, old, path, report);
    for (const check of below) check(value, old, path, report);
  };
};

const ownRules = (schema: StructuralSchema): readonly Check[] => {
  const rules = schema["x-kubernetes-validations"];
  if (!rules || rules.length === 0) return [];
  const convert = compileValue(schema);
  const compiled = rules.map((rule) => compileRule(rule, schema));
  return [
    (value, old, path, { errors, spending }) => {
      const unchanged = old !== undefined && deepEqual(value, old);
      const judged = compiled.filter(({ usesOldSelf, optionalOldSelf }) =>
        usesOldSelf ? old !== undefined || optionalOldSelf : !unchanged,
      );
      if (judged.length === 0) return;
      const self = convert(value);
      const oldSelf = old === undefined ? undefined : convert(old);
      for (const { judge } of judged) {
        const error = judge(self, oldSelf, path, spending);
        if (error) errors.push(error);
        if (spending.over !== undefined) return;
      }
    },
  ];
};

export interface CompiledRule {
  /** A transition rule: judged on update only, where the old value can be told. */
  readonly usesOldSelf: boolean;
  readonly optionalOldSelf: boolean;
  /** `self` and `oldSelf` as `compileValue` makes them. */
  judge(self: unknown, oldSelf: unknown, path: string, spending?: Spending): FieldError | undefined;
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
    judge: (self, oldSelf, path, spending = new Spending()) => {
      const variables = { self, oldSelf: optionalOldSelf ? optional(oldSelf) : oldSelf };
      const outcome = attempt(() => program.run(variables, spending));
      if (spending.over !== undefined) return errorFor(path, overspent[spending.over](rule));
      if (outcome.error !== undefined) return errorFor(path, `${firstLine(outcome.error)} evaluating rule: ${rule.rule}`);
      if (outcome.value === true) return undefined;
      return errorFor(path, messageFrom(message, variables) ?? rule.message ?? `failed rule: ${rule.rule}`);
    },
  };
};

const attempt = <T>(work: () => T): { readonly value?: T; readonly error?: unknown } => {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
};

const overspent: { readonly [what in "expression" | "object"]: (rule: ValidationRule) => string } = {
  expression: ({ rule }) =>
    `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
  object: () => "validation failed due to running out of cost budget, no further validation rules will be run",
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
  // A message that cannot be made must not hide the failure it was to explain.
  const text = attempt(() => program.run(variables)).value;
  return typeof text === "string" && text.trim() !== "" && !text.includes("\n") ? text : undefined;
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
    (value, old, path, report) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [name, check] of fields) check(value[name], before[name], childPath(path, name), report);
    },
  ];
};

const valueRules = (schema: StructuralSchema): readonly Check[] => {
  const values = valuesOf(schema);
  const check = values && compileNode(values);
  if (!check) return [];
  return [
    (value, old, path, report) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [key, item] of Object.entries(value)) check(item, before[key], keyPath(path, key), report);
    },
  ];
};

const itemRules = (schema: StructuralSchema): readonly Check[] => {
  const check = schema.items && compileNode(schema.items);
  if (!check) return [];
  const identity = listIdentity(schema);
  return [
    (value, old, path, report) => {
      if (!Array.isArray(value)) return;
      const oldItem = oldItems(old, identity);
      value.forEach((item, index) => {
        check(item, oldItem(item), itemPath(path, index), report);
      });
    },
  ];
};
