/** What the kinds of the kubeadm bootstrap provider share. */
export const bootstrapGroup = {
  group: "bootstrap.cluster.x-k8s.io",
  version: "v1beta1",
  categories: ["cluster-api"],
  crdLabels: {
    "clusterctl.cluster.x-k8s.io": "",
    "cluster.x-k8s.io/provider": "bootstrap-kubeadm",
    "cluster.x-k8s.io/v1beta1": "v1beta1",
  },
} as const;
