/** What the kinds of the OpenStack provider share. */
export const infrastructureGroup = {
  group: "infrastructure.cluster.x-k8s.io",
  version: "v1beta1",
  categories: ["cluster-api"],
  crdLabels: {
    "clusterctl.cluster.x-k8s.io": "",
    "cluster.x-k8s.io/provider": "infrastructure-openstack",
    "cluster.x-k8s.io/v1beta1": "v1alpha6_v1alpha7_v1beta1",
  },
} as const;
