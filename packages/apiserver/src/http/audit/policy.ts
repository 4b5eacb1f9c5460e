import { jsonText } from "@slipway/api/json/index.ts";
import { load } from "js-yaml";

/** `audit.k8s.io/v1` Policy: how much is written down of which request. The first rule that fits decides. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly {
    readonly group?: string;
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  /** "" is what belongs to no namespace. */
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

export const auditLevels: readonly AuditLevel[] = ["None", "Metadata", "Request", "RequestResponse"];
const auditStages: readonly string[] = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

/** Who did what, without what was in it; nothing of health probes, of reading the API's description and of the program's own reads. */
export const defaultAuditPolicy: AuditPolicy = {
  omitStages: ["RequestReceived"],
  rules: [
    {
      level: "None",
      nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi*", "/api", "/apis", "/metrics"],
    },
    {
      level: "None",
      resources: [
        { group: "", resources: ["events"] },
        { group: "events.k8s.io", resources: ["events"] },
      ],
    },
    { level: "None", verbs: ["get", "update"], resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "Metadata" },
  ],
};

/** What a request is, as far as a policy may ask. */
export interface AuditSubject {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly path: string;
  readonly resource?: {
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

export const decideAudit = (policy: AuditPolicy, subject: AuditSubject): AuditDecision => {
  const rule = policy.rules.find((each) => fits(each, subject));
  const level = rule?.level ?? "None";
  return {
    level: above(level, "Metadata") && holdsSecrets(subject) ? "Metadata" : level,
    omitStages: [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])],
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
};

export const above = (level: AuditLevel, than: AuditLevel): boolean => auditLevels.indexOf(level) > auditLevels.indexOf(than);

/**
 * Whatever a policy says, bodies of these are never written down: they are credentials, or carry some (kubeadm's files and join tokens,
 * kubeconfigs in ConfigMaps, tokens in reviews).
 */
const secretResources = new Set([
  "secrets",
  "configmaps",
  "serviceaccounts/token",
  "tokenreviews.authentication.k8s.io",
  "kubeadmconfigs.bootstrap.cluster.x-k8s.io",
  "kubeadmconfigtemplates.bootstrap.cluster.x-k8s.io",
  "kubeadmcontrolplanes.controlplane.cluster.x-k8s.io",
  "kubeadmcontrolplanetemplates.controlplane.cluster.x-k8s.io",
  "magnumclusters.magnum.slipway.dev",
]);

const holdsSecrets = ({ resource }: AuditSubject): boolean => {
  if (resource === undefined) return false;
  const name = resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
  return secretResources.has(name) || (resource.subresource !== "" && secretResources.has(`${name}/${resource.subresource}`));
};

const fits = (rule: AuditRule, subject: AuditSubject): boolean => {
  const { users = [], userGroups = [], verbs = [], resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(subject.user)) return false;
  if (userGroups.length > 0 && !userGroups.some((group) => subject.groups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(subject.verb)) return false;
  if (resources.length === 0 && namespaces.length === 0 && nonResourceURLs.length === 0) return true;
  const { resource } = subject;
  if (resource === undefined) return nonResourceURLs.some((pattern) => fitsPath(pattern, subject.path));
  if (resources.length === 0 && namespaces.length === 0) return false;
  if (namespaces.length > 0 && !namespaces.includes(resource.namespace)) return false;
  return resources.length === 0 || resources.some((each) => fitsResource(each, resource));
};

const fitsResource = (
  { group = "", resources = [], resourceNames = [] }: NonNullable<AuditRule["resources"]>[number],
  asked: NonNullable<AuditSubject["resource"]>,
): boolean => {
  if (group !== asked.group) return false;
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false;
  if (resources.length === 0) return true;
  const { resource, subresource } = asked;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  return resources.some(
    (each) => each === "*" || each === full || (subresource !== "" && (each === `${resource}/*` || each === `*/${subresource}`)),
  );
};

const fitsPath = (pattern: string, path: string): boolean =>
  pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));

/** A policy file, YAML or JSON. @throws Error that says which part is wrong */
export const readAuditPolicy = (text: string): AuditPolicy => {
  const read: unknown = load(text);
  const policy = record(read, "the audit policy");
  if (policy["kind"] !== "Policy" || policy["apiVersion"] !== "audit.k8s.io/v1")
    throw new Error("the audit policy must say `apiVersion: audit.k8s.io/v1` and `kind: Policy`");
  const { rules } = policy;
  if (!Array.isArray(rules) || rules.length === 0) throw new Error("the audit policy has no rules: `rules` needs at least one");
  for (const [at, value] of rules.entries()) {
    const { level, resources, nonResourceURLs, namespaces } = record(value, `rules[${at}] of the audit policy`);
    if (!auditLevels.includes(level as AuditLevel))
      throw new Error(`rules[${at}].level of the audit policy is ${jsonText(level)}: use one of ${auditLevels.join(", ")}`);
    if (nonResourceURLs !== undefined && (resources !== undefined || namespaces !== undefined))
      throw new Error(`rules[${at}] of the audit policy names both resources and nonResourceURLs: make two rules of it`);
  }
  for (const stage of Array.isArray(policy["omitStages"]) ? policy["omitStages"] : [])
    if (!auditStages.includes(String(stage)))
      throw new Error(`omitStages of the audit policy names ${jsonText(stage)}: stages are ${auditStages.join(", ")}`);
  return policy as unknown as AuditPolicy;
};

const record = (value: unknown, what: string): { readonly [field: string]: unknown } => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value as { readonly [field: string]: unknown };
};
