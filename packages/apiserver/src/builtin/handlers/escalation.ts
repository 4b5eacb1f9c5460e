import { ApiError, type ClusterRole, jsonText, type PolicyRule, type RoleBinding, type UnstructuredObject } from "@slipway/api";
import { type RbacAuthorizer, ruleAllows, superuserGroup } from "../../http/authz/rbac.ts";
import { sameJson } from "../../registry/object.ts";
import type { RequestContext, UserInfo } from "../../registry/registry.ts";
import type { ResourceRules } from "../../registry/served.ts";

type Prepare = NonNullable<ResourceRules["prepare"]>;

/** Nobody may give more than they have: writers of roles and bindings must hold every rule in them, or the verb `escalate` or `bind`. */
export const escalationGuards = (rbac: () => RbacAuthorizer | undefined): { readonly [kind: string]: Prepare } => {
  const guardRole: Prepare = (object, old, context) => {
    const role = object as unknown as ClusterRole;
    const same =
      old !== undefined && sameJson(role.rules, old["rules"]) && sameJson(role.aggregationRule, old["aggregationRule"]);
    const authorizer = rbac();
    if (same || authorizer === undefined || isMaster(context)) return object;
    const plural = object.kind === "ClusterRole" ? "clusterroles" : "roles";
    if (mayStill(authorizer, "escalate", plural, object, context)) return object;
    const wanted = role.aggregationRule === undefined ? (role.rules ?? []) : [...everything];
    refuseMissing(authorizer, wanted, object, context, plural);
    return object;
  };

  const guardBinding: Prepare = (object, old, context) => {
    const { roleRef } = object as unknown as RoleBinding;
    const authorizer = rbac();
    if (authorizer === undefined || isMaster(context)) return object;
    if (old !== undefined && sameJson(roleRef, old["roleRef"]) && sameJson(object["subjects"], old["subjects"])) return object;
    const plural = roleRef?.kind === "ClusterRole" ? "clusterroles" : "roles";
    const role = { ...object, metadata: { ...object.metadata, name: roleRef?.name ?? "" } };
    if (mayStill(authorizer, "bind", plural, role, context)) return object;
    const bound = authorizer.roleRules(roleRef, object.metadata.namespace);
    const own = object.kind === "ClusterRoleBinding" ? "clusterrolebindings" : "rolebindings";
    refuseMissing(authorizer, bound, object, context, own);
    return object;
  };

  return { Role: guardRole, ClusterRole: guardRole, RoleBinding: guardBinding, ClusterRoleBinding: guardBinding };
};

const everything: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

const isMaster = ({ user }: RequestContext): boolean => user.groups.includes(superuserGroup);

const mayStill = (
  authorizer: RbacAuthorizer,
  verb: string,
  plural: string,
  object: UnstructuredObject,
  { user }: RequestContext,
): boolean =>
  authorizer.judge({
    user,
    verb,
    resource: {
      group: "rbac.authorization.k8s.io",
      version: "v1",
      resource: plural,
      subresource: "",
      namespace: plural === "roles" ? (object.metadata.namespace ?? "") : "",
      name: object.metadata.name ?? "",
    },
  }).allowed;

const refuseMissing = (
  authorizer: RbacAuthorizer,
  wanted: readonly PolicyRule[],
  object: UnstructuredObject,
  { user }: RequestContext,
  plural: string,
): void => {
  const held = authorizer.rulesFor(user, object.metadata.namespace ?? "").rules;
  const missing = wanted.flatMap(singleRules).filter((rule) => !covers(held, rule));
  if (missing.length === 0) return;
  const name = object.metadata.name ?? "";
  throw new ApiError(
    "Forbidden",
    `${plural}.rbac.authorization.k8s.io "${name}" is forbidden: ${attempt(user)}:\n${missing.map(shown).join("\n")}`,
    { details: { name, group: "rbac.authorization.k8s.io", kind: plural } },
  );
};

const attempt = ({ name, groups }: UserInfo): string =>
  `user ${jsonText(name)} (groups=[${groups.map((group) => jsonText(group)).join(" ")}]) is attempting to grant RBAC permissions not currently held`;

/** One verb on one thing. */
const singleRules = (rule: PolicyRule): readonly PolicyRule[] =>
  rule.verbs.flatMap((verb): readonly PolicyRule[] =>
    rule.nonResourceURLs !== undefined && rule.nonResourceURLs.length > 0
      ? rule.nonResourceURLs.map((url) => ({ verbs: [verb], nonResourceURLs: [url] }))
      : (rule.apiGroups ?? []).flatMap((group) =>
          (rule.resources ?? []).map((resource) => ({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(rule.resourceNames === undefined || rule.resourceNames.length === 0 ? {} : { resourceNames: rule.resourceNames }),
          })),
        ),
  );

const covers = (
  held: readonly PolicyRule[],
  { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule,
): boolean => {
  const verb = verbs[0] ?? "";
  if (nonResourceURLs !== undefined) return held.some((rule) => ruleAllows(rule, { verb, path: nonResourceURLs[0] ?? "" }));
  const [resource = "", subresource = ""] = (resources?.[0] ?? "").split("/");
  const about = (name: string) => ({ group: apiGroups?.[0] ?? "", version: "v1", resource, subresource, namespace: "", name });
  return (resourceNames ?? [""]).every((name) => held.some((rule) => ruleAllows(rule, { verb, resource: about(name) })));
};

const shown = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string => {
  const list = (name: string, values: readonly string[] | undefined) =>
    values === undefined ? [] : [`${name}:[${values.map((value) => jsonText(value)).join(" ")}]`];
  return `{${[
    ...list("APIGroups", apiGroups),
    ...list("Resources", resources),
    ...list("ResourceNames", resourceNames),
    ...list("NonResourceURLs", nonResourceURLs),
    ...list("Verbs", verbs),
  ].join(", ")}}`;
};
