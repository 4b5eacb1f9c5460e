import type { UnstructuredObject } from "@slipway/api";
import { namespaces } from "./management.ts";

/**
 * Who may run every diagnostic command of the runbook and none of its remedies (RUN-004): bind people to the ClusterRole
 * `slipway-operator-view`, or take a token of the ServiceAccount `operator-view`. Secrets are not in it.
 */
export const operatorObjects = (): readonly UnstructuredObject[] => {
  const name = "slipway-operator-view";
  const verbs = ["get", "list", "watch"];
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name },
      rules: [
        {
          apiGroups: [
            "cluster.x-k8s.io",
            "bootstrap.cluster.x-k8s.io",
            "controlplane.cluster.x-k8s.io",
            "infrastructure.cluster.x-k8s.io",
            "addons.cluster.x-k8s.io",
            "ipam.cluster.x-k8s.io",
            "runtime.cluster.x-k8s.io",
            "magnum.slipway.dev",
            "clusterctl.cluster.x-k8s.io",
            "apps",
            "events.k8s.io",
            "apiextensions.k8s.io",
            "coordination.k8s.io",
          ],
          resources: ["*"],
          verbs,
        },
        { apiGroups: [""], resources: ["namespaces", "nodes", "pods", "pods/log", "events", "configmaps", "services"], verbs },
      ],
    } as UnstructuredObject,
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "operator-view", namespace: namespaces.core } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name: "operator-view", namespace: namespaces.core }],
    } as UnstructuredObject,
  ];
};
