/** The structural schema engine: a schema is compiled once, then prunes, defaults and validates objects as a kube-apiserver does. */
export {
  type AdmissionExpression,
  type AdmissionVariables,
  Authorizer,
  type AuthorizerQuestion,
  type AuthorizerVerdict,
  admissionExpressionError,
  type Budget,
  compileAdmissionExpression,
  expressionValue,
  matchConditionBudget,
  matchVariables,
  policyBudget,
  policyVariables,
} from "./cel/admission.ts";
export { type CompiledSchema, compileSchema } from "./compile.ts";
export { deepEqual } from "./equality.ts";
export { structuralErrors } from "./structure.ts";
export { schemaTools } from "./tools.ts";
