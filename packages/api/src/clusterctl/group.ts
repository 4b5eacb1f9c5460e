/** What clusterctl's own kinds share: its inventory, and the metadata of a provider's release. */
export const clusterctlGroup = {
  group: "clusterctl.cluster.x-k8s.io",
  version: "v1alpha3",
  categories: ["cluster-api"],
  crdLabels: { "clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "inventory" },
} as const;
