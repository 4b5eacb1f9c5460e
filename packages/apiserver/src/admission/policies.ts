import {
  ApiError,
  codeOf,
  groupResource,
  jsonText,
  type LabelSelector,
  matchesSelector,
  parseApiVersion,
  type StatusReason,
  type UnstructuredObject,
} from "@slipway/api";
import {
  type AdmissionExpression,
  type Budget,
  expressionValue,
  policyBudget,
  policyVariables,
} from "@slipway/api/schema/index.ts";
import type { Core } from "../registry/core.ts";
import { objectKey, resourcePrefix } from "../registry/keys.ts";
import type { ServedResource } from "../registry/served.ts";
import { conditionsOf, expressionOf, type MatchCondition } from "./configurations.ts";
import { firstLine, type Judge, meetsConditions, variablesFor } from "./expressions.ts";
import { isSelected, type Matching, matchedResource, namespaceObject, type Rule } from "./matching.ts";
import type { AdmissionRequest, Change } from "./request.ts";

/** ValidatingAdmissionPolicies: rules in CEL over objects of any kind, put in force by bindings. */
export interface Policies {
  /** Undefined when none is about such writes. What it answers throws the denial. */
  policiesFor(request: AdmissionRequest): ((change: Change) => Promise<void>) | undefined;
}

const group = "admissionregistration.k8s.io";
const policyPrefix = resourcePrefix({ group, plural: "validatingadmissionpolicies" });
const bindingPrefix = resourcePrefix({ group, plural: "validatingadmissionpolicybindings" });

interface Policy extends Matching {
  readonly name: string;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly conditions: readonly MatchCondition[];
  readonly variables: readonly { readonly name: string; readonly expression: AdmissionExpression | Error }[];
  readonly validations: readonly Validation[];
  readonly auditAnnotations: readonly { readonly key: string; readonly value: AdmissionExpression | Error }[];
}

interface Validation {
  readonly text: string;
  readonly expression: AdmissionExpression | Error;
  readonly message: string | undefined;
  readonly messageExpression: AdmissionExpression | Error | undefined;
  readonly reason: string | undefined;
}

interface Binding {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
    readonly validationActions?: readonly string[];
  };
}

interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelector;
  readonly parameterNotFoundAction?: string;
}

interface MatchResources {
  readonly resourceRules?: readonly Rule[];
  readonly excludeResourceRules?: readonly Rule[];
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
}

export const createPolicies = (core: Core, judge: Judge): Policies => ({
  policiesFor: (request) => {
    const { items } = core.storage.list(policyPrefix);
    if (items.length === 0) return undefined;
    const about = items.flatMap(({ value }) => {
      const policy = policyOf(value);
      const seenAs = matchedResource(core, policy, request);
      return seenAs === undefined ? [] : [{ policy, seenAs }];
    });
    if (about.length === 0) return undefined;
    return async (change) => {
      for (const { policy, seenAs } of about) await judgeBy(core, judge, policy, seenAs, request, change);
    };
  },
});

const judgeBy = async (
  core: Core,
  judge: Judge,
  policy: Policy,
  seenAs: ServedResource,
  request: AdmissionRequest,
  given: Change,
): Promise<void> => {
  const bindings = core.storage
    .list(bindingPrefix)
    .items.map(({ value }) => value as unknown as Binding)
    .filter(({ spec }) => spec.policyName === policy.name);
  if (bindings.length === 0 || !isSelected(core, policy, request, given)) return;
  const change = await inVersion(core, request, given, seenAs);
  for (const binding of bindings) {
    const narrowed = matchingOf(binding.spec.matchResources);
    if (binding.spec.matchResources !== undefined && narrowed.rules.length > 0 && !matchedResource(core, narrowed, request))
      continue;
    if ((narrowed.excluded ?? []).length > 0 && excludes(core, narrowed, request)) continue;
    if (!isSelected(core, narrowed, request, given)) continue;
    judgeBinding(core, judge, policy, binding, request, change, seenAs);
  }
};

const excludes = (core: Core, { excluded = [] }: Matching, request: AdmissionRequest): boolean =>
  matchedResource(
    core,
    { rules: excluded, matchPolicy: "Exact", namespaceSelector: undefined, objectSelector: undefined },
    request,
  ) !== undefined;

const inVersion = async (core: Core, request: AdmissionRequest, change: Change, seenAs: ServedResource): Promise<Change> => {
  if (seenAs === request.served || request.subresource !== undefined) return change;
  const converted = async (object: UnstructuredObject | undefined) =>
    object === undefined ? undefined : core.versions.converted(request.served, seenAs, object);
  return { object: await converted(change.object), old: await converted(change.old) };
};

interface Finding {
  readonly message: string;
  readonly reason: StatusReason;
}

const judgeBinding = (
  core: Core,
  judge: Judge,
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
  change: Change,
  seenAs: ServedResource,
): void => {
  const actions = binding.spec.validationActions ?? ["Deny"];
  const findings: Finding[] = [];
  const budget = policyBudget();
  try {
    for (const params of paramsOf(core, policy, binding, request)) {
      findings.push(...findingsOf(core, judge, policy, params, request, change, seenAs, budget));
    }
  } catch (error) {
    if (policy.failurePolicy === "Ignore") return;
    findings.push({ message: firstLine(error), reason: "Invalid" });
  }
  const failed = findings[0];
  if (failed === undefined) return;
  const about = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.metadata.name}'`;
  if (actions.includes("Audit")) {
    const entry = findings.map(({ message }, expressionIndex) => ({
      message,
      policy: policy.name,
      binding: binding.metadata.name,
      expressionIndex,
      validationActions: actions,
    }));
    request.context.annotate?.("validation.policy.admission.k8s.io/validation_failure", jsonText(entry));
  }
  if (actions.includes("Warn")) {
    for (const { message } of findings) request.context.warn(`Validation failed for ${about}: ${message}`);
  }
  if (actions.includes("Deny")) throw policyDenial(request, `${about} denied request: ${failed.message}`, failed.reason);
};

const policyDenial = ({ served, name }: AdmissionRequest, message: string, reason: StatusReason): ApiError =>
  new ApiError(reason, `${groupResource(served)} ${jsonText(name)} is forbidden: ${message}`, {
    code: codeOf[reason] ?? 422,
    details: {
      ...(name === "" ? {} : { name }),
      ...(served.group === "" ? {} : { group: served.group }),
      kind: served.plural,
      causes: [{ message }],
    },
  });

const findingsOf = (
  core: Core,
  judge: Judge,
  policy: Policy,
  params: UnstructuredObject | undefined,
  request: AdmissionRequest,
  change: Change,
  seenAs: ServedResource,
  budget: Budget,
): readonly Finding[] => {
  const base = variablesFor(judge, request, change, seenAs);
  const space = request.namespace === undefined ? undefined : namespaceObject(core, request.namespace);
  const values: { [name: string]: unknown } = Object.defineProperties({}, Object.getOwnPropertyDescriptors(base));
  values["params"] = expressionValue(params ?? null);
  values["namespaceObject"] = expressionValue(space ?? null);
  values["variables"] = lazyVariables(policy, () => values, budget);
  if (!meetsConditions(policy.conditions, values)) return [];
  for (const { key, value } of policy.auditAnnotations) {
    const text = evaluated(value, values, budget);
    if (typeof text === "string" && text.trim() !== "") request.context.annotate?.(`${policy.name}/${key}`, text);
  }
  return policy.validations.flatMap((validation): readonly Finding[] => {
    let outcome: unknown;
    try {
      outcome = evaluated(validation.expression, values, budget);
    } catch (error) {
      if (policy.failurePolicy === "Ignore") return [];
      return [{ message: `expression '${validation.text}' resulted in error: ${firstLine(error)}`, reason: "Invalid" }];
    }
    if (outcome === true) return [];
    const reason = (validation.reason ?? "Invalid") as StatusReason;
    return [{ message: messageOf(validation, values, budget), reason }];
  });
};

const messageOf = (validation: Validation, values: { readonly [name: string]: unknown }, budget: Budget): string => {
  if (validation.messageExpression !== undefined) {
    try {
      const text = evaluated(validation.messageExpression, values, budget);
      if (typeof text === "string" && text.trim() !== "" && !text.includes("\n")) return text.trim();
    } catch {
      // A message that cannot be made must not hide the failure it was to explain.
    }
  }
  return validation.message?.trim() || `failed expression: ${validation.text.trim()}`;
};

const evaluated = (
  expression: AdmissionExpression | Error,
  values: { readonly [name: string]: unknown },
  budget: Budget,
): unknown => {
  if (expression instanceof Error) throw expression;
  return expression.run(values, budget);
};

/** Each is made when first named, from those before it. */
const lazyVariables = (policy: Policy, values: () => { readonly [name: string]: unknown }, budget: Budget): object => {
  const made = new Map<string, unknown>();
  const result = {};
  for (const { name, expression } of policy.variables) {
    Object.defineProperty(result, name, {
      enumerable: true,
      get: () => {
        if (!made.has(name)) made.set(name, evaluated(expression, values(), budget));
        return made.get(name);
      },
    });
  }
  return result;
};

/** One judgement for each parameter object; without a parameter kind one without any. @throws Error when there must be one and is none */
const paramsOf = (
  core: Core,
  policy: Policy,
  binding: Binding,
  request: AdmissionRequest,
): readonly (UnstructuredObject | undefined)[] => {
  const { paramRef } = binding.spec;
  if (policy.paramKind === undefined) return [undefined];
  if (paramRef === undefined) return [undefined];
  const { group: paramGroup, version } = parseApiVersion(policy.paramKind.apiVersion);
  const served = core.catalog.findKind(paramGroup, policy.paramKind.kind, version);
  if (served === undefined)
    throw new Error(
      `failed to find resource referenced by paramKind: '${policy.paramKind.apiVersion}, Kind=${policy.paramKind.kind}'`,
    );
  const namespace = served.scope === "Cluster" ? undefined : (paramRef.namespace ?? request.namespace);
  if (served.scope === "Namespaced" && namespace === undefined) {
    throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  }
  const found = foundParams(core, served, namespace, paramRef);
  if (found.length > 0) return found;
  if (paramRef.parameterNotFoundAction === "Allow") return [];
  throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
};

const foundParams = (
  core: Core,
  served: ServedResource,
  namespace: string | undefined,
  { name, selector }: ParamRef,
): readonly UnstructuredObject[] => {
  if (name !== undefined && name !== "") {
    const item = core.storage.get(objectKey(served.storage, namespace, name));
    return item === undefined ? [] : [core.versions.view(served, item.value)];
  }
  return core.storage
    .list(resourcePrefix(served.storage, namespace))
    .items.map(({ value }) => core.versions.view(served, value))
    .filter((object) => matchesSelector(selector ?? {}, object.metadata.labels ?? {}));
};

const matchingOf = (declared: MatchResources | undefined): Matching => ({
  rules: declared?.resourceRules ?? [],
  excluded: declared?.excludeResourceRules ?? [],
  matchPolicy: declared?.matchPolicy,
  namespaceSelector: declared?.namespaceSelector,
  objectSelector: declared?.objectSelector,
});

interface DeclaredSpec {
  readonly failurePolicy?: string;
  readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
  readonly matchConstraints?: MatchResources;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations?: readonly {
    readonly expression: string;
    readonly message?: string;
    readonly messageExpression?: string;
    readonly reason?: string;
  }[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
}

/** What is stored is frozen, so what is made of it stays right. Only a memo. */
const made = new WeakMap<object, Policy>();

const policyOf = (object: UnstructuredObject): Policy => {
  const known = made.get(object);
  if (known !== undefined) return known;
  const spec = (object.spec ?? {}) as DeclaredSpec;
  const expression = (text: string) => expressionOf(text, policyVariables);
  const policy: Policy = {
    ...matchingOf(spec.matchConstraints),
    name: object.metadata.name ?? "",
    failurePolicy: spec.failurePolicy === "Ignore" ? "Ignore" : "Fail",
    paramKind: spec.paramKind,
    conditions: conditionsOf(spec.matchConditions, policyVariables),
    variables: (spec.variables ?? []).map(({ name, expression: text }) => ({ name, expression: expression(text) })),
    validations: (spec.validations ?? []).map((validation) => ({
      text: validation.expression,
      expression: expression(validation.expression),
      message: validation.message,
      messageExpression: validation.messageExpression === undefined ? undefined : expression(validation.messageExpression),
      reason: validation.reason,
    })),
    auditAnnotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      key,
      value: expression(valueExpression),
    })),
  };
  made.set(object, policy);
  return policy;
};
