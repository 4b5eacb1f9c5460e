import {
  apiVersionOf,
  ClusterRole,
  ClusterRoleBinding,
  type KubeObject,
  type PolicyRule,
  type Resource,
  Role,
  RoleBinding,
} from "@slipway/api";
import { atLeast, type KubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";

/** What a joining kubeadm must be allowed to read. Made when it is missing, never changed: it is the tenant's. */
export interface Wanted {
  readonly resource: Resource;
  readonly object: KubeObject;
}

const bootstrappers = "system:bootstrappers:kubeadm:default-node-token";
const rbac = "rbac.authorization.k8s.io";

const object = (resource: Resource, metadata: KubeObject["metadata"], rest: object): Wanted => ({
  resource,
  object: { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...rest },
});

const groups = (...names: readonly string[]) => names.map((name) => ({ kind: "Group", apiGroup: rbac, name }));

const pair = (
  name: string,
  namespace: string | undefined,
  rules: readonly PolicyRule[],
  subjects: readonly string[],
): readonly Wanted[] => {
  const [role, binding] = namespace === undefined ? [ClusterRole, ClusterRoleBinding] : [Role, RoleBinding];
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return [
    object(role, metadata, { rules }),
    object(binding, metadata, { roleRef: { apiGroup: rbac, kind: role.kind, name }, subjects: groups(...subjects) }),
  ];
};

export const getNodes = (): readonly Wanted[] =>
  pair("kubeadm:get-nodes", undefined, [{ verbs: ["get"], apiGroups: [""], resources: ["nodes"] }], [bootstrappers]);

export const kubeletConfigName = (version: KubernetesVersion): string =>
  atLeast(version, 1, 24) ? "kubelet-config" : `kubelet-config-${version.major}.${version.minor}`;

export const kubeletConfigAccess = (version: KubernetesVersion): readonly Wanted[] => {
  const name = kubeletConfigName(version);
  const rules = [{ verbs: ["get"], apiGroups: [""], resources: ["configmaps"], resourceNames: [name] }];
  return pair(`kubeadm:${name}`, "kube-system", rules, ["system:nodes", bootstrappers]);
};

/** Since 1.29 administrators' certificates carry a group of kubeadm's own. */
export const clusterAdmins = (version: KubernetesVersion): readonly Wanted[] =>
  !atLeast(version, 1, 29)
    ? []
    : [
        object(
          ClusterRoleBinding,
          { name: "kubeadm:cluster-admins" },
          { roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" }, subjects: groups("kubeadm:cluster-admins") },
        ),
      ];
