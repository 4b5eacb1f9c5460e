import {
  Authorizer,
  type AuthorizerQuestion,
  type AuthorizerVerdict,
  expressionValue,
  matchConditionBudget,
} from "@slipway/api/schema/index.ts";
import type { UserInfo } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import type { MatchCondition } from "./configurations.ts";
import type { AdmissionRequest, Change } from "./request.ts";
import { reviewRequest } from "./review.ts";

/** Answers what expressions ask of `authorizer`. */
export type Judge = (user: UserInfo, question: AuthorizerQuestion) => AuthorizerVerdict;

/** The variables that all expressions of admission know; made once for a write. */
export const variablesFor = (
  judge: Judge,
  request: AdmissionRequest,
  change: Change,
  seenAs: ServedResource,
): { readonly [name: string]: unknown } => {
  const { user } = request.context;
  return {
    get object() {
      return expressionValue(change.object ?? null);
    },
    get oldObject() {
      return expressionValue(change.old ?? null);
    },
    get request() {
      const { object: _object, oldObject: _old, uid: _uid, ...rest } = reviewRequest("", request, noChange, seenAs);
      return expressionValue({ ...rest, namespace: request.namespace ?? "", subResource: request.subresource ?? "" });
    },
    get authorizer() {
      return new Authorizer((question) => judge(userOf(user, question), question), {
        request: {
          group: request.served.group,
          resource: request.served.plural,
          subresource: request.subresource ?? "",
          namespace: request.namespace ?? "",
          name: request.name,
        },
      });
    },
  };
};

const noChange: Change = { object: undefined, old: undefined };

const userOf = (user: UserInfo, { serviceAccount }: AuthorizerQuestion): UserInfo => {
  if (serviceAccount === undefined) return user;
  const { namespace, name } = serviceAccount;
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
};

/** @throws Error when no condition says no, and one cannot be told */
export const meetsConditions = (
  conditions: readonly MatchCondition[],
  variables: { readonly [name: string]: unknown },
): boolean => {
  const budget = matchConditionBudget();
  const failures: string[] = [];
  for (const { name, expression } of conditions) {
    try {
      if (expression instanceof Error) throw expression;
      if (expression.run(variables, budget) !== true) return false;
    } catch (error) {
      failures.push(`${name}: ${firstLine(error)}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join("; "));
  return true;
};

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
