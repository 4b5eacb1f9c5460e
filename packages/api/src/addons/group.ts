/** What the kinds that put add-ons into workload clusters share. */
export const addonsGroup = {
  group: "addons.cluster.x-k8s.io",
  version: "v1beta1",
  categories: ["cluster-api"],
  conversionService: "capi-webhook-service.capi-system",
  crdLabels: {
    "clusterctl.cluster.x-k8s.io": "",
    "cluster.x-k8s.io/provider": "cluster-api",
    "cluster.x-k8s.io/v1beta1": "v1beta1",
  },
} as const;
