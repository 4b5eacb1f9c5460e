/** What the kinds of the runtime extensions' group share. */
export const runtimeGroup = {
  group: "runtime.cluster.x-k8s.io",
  version: "v1alpha1",
  categories: ["cluster-api"],
  crdLabels: {
    "clusterctl.cluster.x-k8s.io": "",
    "cluster.x-k8s.io/provider": "cluster-api",
    "cluster.x-k8s.io/v1beta1": "v1beta1",
  },
} as const;
