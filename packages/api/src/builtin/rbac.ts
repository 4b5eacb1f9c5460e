import type { KubeObject } from "../meta/object.ts";
import { type BuiltinDeclaration, defineBuiltin } from "./kind.ts";
import type { LabelSelector } from "./meta.ts";

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
}

export interface ClusterRole extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}

export interface RoleBinding extends KubeObject {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}

export interface ClusterRoleBinding extends KubeObject {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}

const rbac = (kind: string, scope: BuiltinDeclaration["scope"]): BuiltinDeclaration => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind,
  plural: `${kind.toLowerCase()}s`,
  scope,
  updateCreates: true,
});

export const Role = defineBuiltin<Role>(rbac("Role", "Namespaced"));
export const RoleBinding = defineBuiltin<RoleBinding>(rbac("RoleBinding", "Namespaced"));
export const ClusterRole = defineBuiltin<ClusterRole>(rbac("ClusterRole", "Cluster"));
export const ClusterRoleBinding = defineBuiltin<ClusterRoleBinding>(rbac("ClusterRoleBinding", "Cluster"));
