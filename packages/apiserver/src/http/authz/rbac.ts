import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding, type RoleRef, type Subject } from "@slipway/api";
import type { Registry, UserInfo } from "../../registry/registry.ts";
import { aggregatedRules, createAggregation } from "./aggregation.ts";
import type { AccessReview, Authorizer, ReviewedResource, Verdict } from "./authorizer.ts";
import { follow } from "./follow.ts";

/** RBAC over the roles and bindings in the store, which it follows by watching: one question is a look into an index. */
export interface RbacAuthorizer extends Authorizer {
  /** Every rule that someone has in a namespace ("" is the whole cluster). */
  rulesFor(user: UserInfo, namespace: string): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] };
  /** `authorize`, without waiting. */
  judge(review: AccessReview): Verdict;
  /** What a role says now; nothing when there is none. */
  roleRules(role: RoleRef | undefined, namespace: string | undefined): readonly PolicyRule[];
  /** The first look at the store is done. */
  readonly ready: Promise<void>;
  close(): void;
}

/** A binding as seen from one of its subjects. */
interface Grant {
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  readonly name: string;
  /** Undefined: everywhere. */
  readonly namespace: string | undefined;
  readonly roleRef: RoleRef;
  readonly subject: Subject;
}

export const superuserGroup = "system:masters";

export const createRbacAuthorizer = (registry: Registry): RbacAuthorizer => {
  const closing = new AbortController();
  const roles = follow<Role>(registry, Role, closing.signal);
  const clusterRoles = follow<ClusterRole>(registry, ClusterRole, closing.signal, () => aggregation.look());
  const aggregation = createAggregation(registry, clusterRoles);
  const roleBindings = follow<RoleBinding>(registry, RoleBinding, closing.signal);
  const clusterBindings = follow<ClusterRoleBinding>(registry, ClusterRoleBinding, closing.signal);

  let index: { readonly stamp: string; readonly grants: ReadonlyMap<string, readonly Grant[]> } | undefined;
  const grants = (): ReadonlyMap<string, readonly Grant[]> => {
    const stamp = `${roleBindings.changes()} ${clusterBindings.changes()}`;
    if (index?.stamp !== stamp) index = { stamp, grants: grantsBySubject(roleBindings.objects(), clusterBindings.objects()) };
    return index.grants;
  };

  const grantsOf = function* (user: UserInfo, namespace: string): Generator<Grant> {
    for (const key of subjectKeys(user))
      for (const grant of grants().get(key) ?? [])
        if (grant.namespace === undefined || grant.namespace === namespace) yield grant;
  };

  const rulesOf = ({
    roleRef: { kind, name },
    namespace,
  }: Pick<Grant, "roleRef" | "namespace">): { readonly rules: readonly PolicyRule[]; readonly error?: string } => {
    const rules = kind === "ClusterRole" ? clusterRules(name) : namespacedRules(namespace ?? "", name);
    if (rules === undefined) return { rules: [], error: `${kind.toLowerCase()}.rbac.authorization.k8s.io "${name}" not found` };
    return { rules };
  };

  const namespacedRules = (namespace: string, name: string): readonly PolicyRule[] | undefined => {
    const role = roles.find(namespace, name);
    return role === undefined ? undefined : (role.rules ?? []);
  };

  let known: { readonly stamp: number; readonly rules: Map<string, readonly PolicyRule[]> } | undefined;
  /** Put together once after each change of any ClusterRole. */
  const clusterRules = (name: string): readonly PolicyRule[] | undefined => {
    const stamp = clusterRoles.changes();
    if (known?.stamp !== stamp) known = { stamp, rules: new Map() };
    const found = known.rules.get(name);
    const role = clusterRoles.find("", name);
    if (found !== undefined || role === undefined) return found;
    const rules = aggregatedRules(role, clusterRoles.objects());
    known.rules.set(name, rules);
    return rules;
  };

  const judge = (review: AccessReview): Verdict => {
    if (review.user.groups.includes(superuserGroup)) return { allowed: true };
    const errors: string[] = [];
    for (const grant of grantsOf(review.user, review.resource?.namespace ?? "")) {
      // Paths belong to no namespace: only a ClusterRoleBinding grants them.
      if (review.resource === undefined && grant.namespace !== undefined) continue;
      const { rules, error } = rulesOf(grant);
      if (error !== undefined) errors.push(error);
      if (rules.some((rule) => ruleAllows(rule, review))) return { allowed: true, reason: because(grant) };
    }
    return denied(errors);
  };

  return {
    authorize: judge,
    judge,
    roleRules: (roleRef, namespace) => (roleRef === undefined ? [] : rulesOf({ roleRef, namespace }).rules),
    rulesFor: (user, namespace) => {
      if (user.groups.includes(superuserGroup))
        return {
          rules: [
            { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
            { verbs: ["*"], nonResourceURLs: ["*"] },
          ],
          errors: [],
        };
      const found = [...grantsOf(user, namespace)].map(rulesOf);
      return {
        rules: found.flatMap(({ rules }) => rules),
        errors: found.flatMap(({ error }) => (error === undefined ? [] : [error])),
      };
    },
    ready: Promise.all([roles.ready, clusterRoles.ready, roleBindings.ready, clusterBindings.ready]).then(() =>
      aggregation.look(),
    ),
    close: () => closing.abort(),
  };
};

const denied = (errors: readonly string[]): Verdict =>
  errors.length === 0 ? { allowed: false } : { allowed: false, reason: `RBAC: ${[...new Set(errors)].join(", ")}` };

const because = ({ kind, name, namespace, roleRef, subject }: Grant): string => {
  const where = namespace === undefined ? "" : `/${namespace}`;
  const who = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace}` : subject.name;
  return `RBAC: allowed by ${kind} "${name}${where}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`;
};

/** Also used to ask whether somebody holds all that they are about to grant. */
export const ruleAllows = (rule: PolicyRule, { verb, resource, path }: Omit<AccessReview, "user">): boolean => {
  if (!matches(rule.verbs, verb)) return false;
  if (resource === undefined) return (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, path ?? ""));
  return (
    matches(rule.apiGroups ?? [], resource.group) &&
    resourceMatches(rule.resources ?? [], resource) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(resource.name))
  );
};

const matches = (allowed: readonly string[], value: string): boolean => allowed.includes("*") || allowed.includes(value);

const resourceMatches = (allowed: readonly string[], { resource, subresource }: ReviewedResource): boolean => {
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  return allowed.includes("*") || allowed.includes(full) || (subresource !== "" && allowed.includes(`*/${subresource}`));
};

const pathMatches = (pattern: string, path: string): boolean =>
  pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1).replace(/\*+$/, "")));

const subjectKeys = (user: UserInfo): readonly string[] => {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
  return [
    `User ${user.name}`,
    ...user.groups.map((group) => `Group ${group}`),
    ...(account === null ? [] : [`ServiceAccount ${account[1]} ${account[2]}`]),
  ];
};

const keyOf = (subject: Subject): string =>
  subject.kind === "ServiceAccount"
    ? `ServiceAccount ${subject.namespace ?? ""} ${subject.name}`
    : `${subject.kind} ${subject.name}`;

const grantsBySubject = (
  roleBindings: Iterable<RoleBinding>,
  clusterBindings: Iterable<ClusterRoleBinding>,
): ReadonlyMap<string, readonly Grant[]> => {
  const grants = new Map<string, Grant[]>();
  const add = (kind: Grant["kind"], binding: RoleBinding, namespace: string | undefined) => {
    for (const subject of binding.subjects ?? []) {
      const grant = { kind, name: binding.metadata.name ?? "", namespace, roleRef: binding.roleRef, subject };
      const key = keyOf(subject);
      const known = grants.get(key);
      if (known === undefined) grants.set(key, [grant]);
      else known.push(grant);
    }
  };
  for (const binding of clusterBindings) add("ClusterRoleBinding", binding, undefined);
  for (const binding of roleBindings) add("RoleBinding", binding, binding.metadata.namespace);
  return grants;
};
