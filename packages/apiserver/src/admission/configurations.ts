import type { LabelSelector, UnstructuredObject } from "@slipway/api";
import { type AdmissionExpression, compileAdmissionExpression, matchVariables } from "@slipway/api/schema/index.ts";
import type { Core } from "../registry/core.ts";
import { resourcePrefix } from "../registry/keys.ts";
import type { WebhookTarget } from "./caller.ts";
import type { Matching, Rule } from "./matching.ts";
import { type ReviewVersion, reviewVersions } from "./review.ts";

/** One webhook of a configuration. */
export interface Webhook extends Matching {
  readonly name: string;
  readonly target: WebhookTarget;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly timeoutSeconds: number;
  readonly reinvoked: boolean;
  /** A dry run must not reach it otherwise. */
  readonly dryRunSafe: boolean;
  readonly conditions: readonly MatchCondition[];
  readonly reviewVersion: ReviewVersion;
}

export interface MatchCondition {
  readonly name: string;
  readonly expression: AdmissionExpression | Error;
}

const group = "admissionregistration.k8s.io";
const prefixes = {
  mutating: resourcePrefix({ group, plural: "mutatingwebhookconfigurations" }),
  validating: resourcePrefix({ group, plural: "validatingwebhookconfigurations" }),
} as const;

/** All webhooks of the moment, by the names of their configurations and their places there. Nothing is kept but what the store has. */
export const webhooksOf = (core: Core, type: "mutating" | "validating"): readonly Webhook[] => {
  const { items } = core.storage.list(prefixes[type]);
  return items.length === 0 ? none : items.flatMap(({ value }) => compiled(value));
};

const none: readonly Webhook[] = [];

/** What is stored is frozen, so what is made of it stays right. Only a memo. */
const made = new WeakMap<object, readonly Webhook[]>();

const compiled = (configuration: UnstructuredObject): readonly Webhook[] => {
  const known = made.get(configuration);
  if (known !== undefined) return known;
  const webhooks = ((configuration["webhooks"] as readonly Declared[] | undefined) ?? []).map(webhookOf);
  made.set(configuration, webhooks);
  return webhooks;
};

interface Declared {
  readonly name: string;
  readonly clientConfig: WebhookTarget;
  readonly rules?: readonly Rule[];
  readonly failurePolicy?: string;
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly reinvocationPolicy?: string;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly admissionReviewVersions?: readonly string[];
}

const webhookOf = (declared: Declared): Webhook => ({
  name: declared.name,
  target: declared.clientConfig,
  rules: declared.rules ?? [],
  matchPolicy: declared.matchPolicy,
  namespaceSelector: declared.namespaceSelector,
  objectSelector: declared.objectSelector,
  failurePolicy: declared.failurePolicy === "Ignore" ? "Ignore" : "Fail",
  timeoutSeconds: declared.timeoutSeconds ?? 10,
  reinvoked: declared.reinvocationPolicy === "IfNeeded",
  dryRunSafe: declared.sideEffects === "None" || declared.sideEffects === "NoneOnDryRun",
  conditions: conditionsOf(declared.matchConditions, matchVariables),
  // The first that both speak.
  reviewVersion:
    declared.admissionReviewVersions?.map((version) => reviewVersions.find((one) => one === version)).find(Boolean) ?? "v1",
});

export const conditionsOf = (
  declared: readonly { readonly name: string; readonly expression: string }[] | undefined,
  variables: readonly string[],
): readonly MatchCondition[] =>
  (declared ?? []).map(({ name, expression }) => ({ name, expression: expressionOf(expression, variables) }));

export const expressionOf = (expression: string, variables: readonly string[]): AdmissionExpression | Error => {
  try {
    return compileAdmissionExpression(expression, variables);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
