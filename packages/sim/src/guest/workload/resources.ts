import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  DaemonSet,
  Deployment,
  Node,
  Pod,
  type Resource,
  Role,
  RoleBinding,
  Secret,
  Service,
  type UnstructuredObject,
} from "@slipway/api";

const resources = [
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  DaemonSet,
  Deployment,
  Node,
  Pod,
  Role,
  RoleBinding,
  Secret,
  Service,
];

/** The resource of an object that kubeadm or the kubelet writes. */
export const builtinResource = (object: UnstructuredObject): Resource<UnstructuredObject> => {
  const found = resources.find((resource) => resource.kind === object.kind);
  if (found === undefined) throw new Error(`a guest writes no ${object.kind}`);
  return found as Resource as Resource<UnstructuredObject>;
};
