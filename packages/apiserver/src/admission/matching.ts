import { type LabelSelector, matchesSelector } from "@slipway/api";
import type { Core } from "../registry/core.ts";
import { objectKey } from "../registry/keys.ts";
import type { ServedResource } from "../registry/served.ts";
import type { AdmissionRequest, Change } from "./request.ts";

/** `rules` of webhooks and `resourceRules` of policies. */
export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
  /** Of policies only. */
  readonly resourceNames?: readonly string[];
}

/** What webhooks and policies ask of a write alike. */
export interface Matching {
  readonly rules: readonly Rule[];
  readonly excluded?: readonly Rule[];
  readonly matchPolicy: string | undefined;
  readonly namespaceSelector: LabelSelector | undefined;
  readonly objectSelector: LabelSelector | undefined;
}

/** In which version of the resource they want to see it; undefined: not at all. */
export const matchedResource = (core: Core, matching: Matching, request: AdmissionRequest): ServedResource | undefined => {
  if (isExempt(request.served)) return undefined;
  const { served } = request;
  if ((matching.excluded ?? []).some((rule) => matchesRule(rule, request, served))) return undefined;
  if (matching.rules.some((rule) => matchesRule(rule, request, served))) return served;
  if (matching.matchPolicy === "Exact") return undefined;
  return core.catalog
    .all()
    .find(
      (other) =>
        other !== served &&
        other.group === served.group &&
        other.plural === served.plural &&
        matching.rules.some((rule) => matchesRule(rule, request, other)),
    );
};

/** Who could lock everybody out by a mistake could not mend it either. */
const isExempt = ({ group, plural }: ServedResource): boolean =>
  group === "admissionregistration.k8s.io" && /^(validating|mutating)(webhookconfigurations|admissionpolic)/.test(plural);

export const matchesRule = (rule: Rule, request: AdmissionRequest, served: ServedResource): boolean =>
  has(rule.operations, request.operation) &&
  hasGroup(rule, served) &&
  has(rule.apiVersions, served.version) &&
  hasScope(rule.scope ?? "*", served) &&
  (rule.resources ?? []).some((pattern) => hasResource(pattern, served.plural, request.subresource)) &&
  ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(request.name));

const has = (patterns: readonly string[] | undefined, value: string): boolean =>
  (patterns ?? []).some((pattern) => pattern === "*" || pattern === value);

/** Reviews are asked about at every request: a rule for everything does not mean them. */
const hasGroup = (rule: Rule, served: ServedResource): boolean =>
  served.virtual === undefined ? has(rule.apiGroups, served.group) : (rule.apiGroups ?? []).includes(served.group);

/** A Namespace is cluster-scoped. */
const hasScope = (scope: string, served: ServedResource): boolean =>
  scope === "*" || (scope === "Namespaced") === (served.scope === "Namespaced");

const hasResource = (pattern: string, plural: string, subresource: string | undefined): boolean => {
  const [resource = "", sub] = pattern.split("/");
  if (resource !== "*" && resource !== plural) return false;
  if (sub === undefined) return subresource === undefined;
  return sub === "*" || sub === subresource;
};

/** By the labels of the object and of its namespace. */
export const isSelected = (core: Core, matching: Matching, request: AdmissionRequest, change: Change): boolean =>
  matchesNamespace(core, matching.namespaceSelector, request, change) && matchesObject(matching.objectSelector, change);

const matchesNamespace = (
  core: Core,
  selector: LabelSelector | undefined,
  request: AdmissionRequest,
  change: Change,
): boolean => {
  if (isEmpty(selector)) return true;
  const { served, namespace } = request;
  if (served.group === "" && served.plural === "namespaces") {
    const own = request.operation === "DELETE" ? change.old : (change.object ?? change.old);
    return matchesSelector(selector, own?.metadata.labels ?? {});
  }
  if (served.scope === "Cluster" || namespace === undefined) return true;
  return matchesSelector(selector, namespaceObject(core, namespace)?.metadata.labels ?? {});
};

export const namespaceObject = (core: Core, name: string) =>
  core.storage.get(objectKey({ group: "", plural: "namespaces" }, undefined, name))?.value;

/** Of the object before or after: else a change of its labels would be nobody's business. */
const matchesObject = (selector: LabelSelector | undefined, { object, old }: Change): boolean =>
  isEmpty(selector) || [object, old].some((one) => one !== undefined && matchesSelector(selector, one.metadata?.labels ?? {}));

const isEmpty = (selector: LabelSelector | undefined): boolean =>
  selector === undefined ||
  (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);
