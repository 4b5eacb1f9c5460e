/** What the kinds of the kubeadm control plane provider share. */
export const controlPlaneGroup = {
  group: "controlplane.cluster.x-k8s.io",
  version: "v1beta1",
  categories: ["cluster-api"],
  crdLabels: {
    "clusterctl.cluster.x-k8s.io": "",
    "cluster.x-k8s.io/provider": "control-plane-kubeadm",
    "cluster.x-k8s.io/v1beta1": "v1beta1",
  },
} as const;
