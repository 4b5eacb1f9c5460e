import { matchConditionLimits, policyLimits, Spending } from "./cost.ts";
import { compileWith, errorWith, type Program } from "./environment.ts";

/**
 * Expressions of admission: `matchConditions` of webhooks, and policies. Their variables have no schema: whole numbers are ints,
 * others doubles, objects are maps.
 */
export interface AdmissionExpression {
  /** @throws Error with a text for people */
  run(variables: AdmissionVariables, budget?: Budget): unknown;
}

export interface AdmissionVariables {
  readonly [name: string]: unknown;
}

/** What several expressions may take together. */
export type Budget = Spending;
export const matchConditionBudget = (): Budget => new Spending(matchConditionLimits);
export const policyBudget = (): Budget => new Spending(policyLimits);

/** Variables that webhooks' `matchConditions` may name. */
export const matchVariables = ["object", "oldObject", "request", "authorizer"] as const;
/** Variables that a policy's expressions may name. */
export const policyVariables = [...matchVariables, "params", "namespaceObject", "variables"] as const;

/** @throws Error when it is not an expression */
export const compileAdmissionExpression = (
  expression: string,
  variables: readonly string[] = policyVariables,
): AdmissionExpression => {
  const program: Program = compileWith(expression, variables);
  // Making a value costs, so only what is named is made.
  const named = variables.filter((name) => expression.includes(name));
  return {
    run: (values, budget = policyBudget()) => {
      const given = Object.fromEntries(named.map((name) => [name, values[name] ?? null]));
      const result = program.run({ self: null, oldSelf: null, ...given }, budget);
      if (budget.over !== undefined) throw new Error("operation cancelled: actual cost limit exceeded");
      return result;
    },
  };
};

export const admissionExpressionError = (
  expression: string,
  variables: readonly string[] = policyVariables,
  returns: "bool" | "string" | "dyn" = "bool",
): string | undefined => errorWith(expression, variables, returns);

/** JSON as expressions see it. */
export const expressionValue = (value: unknown): unknown => {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(expressionValue);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expressionValue(item)]));
};

export { Authorizer, type AuthorizerQuestion, type AuthorizerVerdict } from "./authorizer.ts";
