/** What KubeadmControlPlane writes on its own object and on its Machines. */
export const controlPlaneAnnotations = {
  skipCoreDNS: "controlplane.cluster.x-k8s.io/skip-coredns",
  skipKubeProxy: "controlplane.cluster.x-k8s.io/skip-kube-proxy",
  remediationInProgress: "controlplane.cluster.x-k8s.io/remediation-in-progress",
  remediationFor: "controlplane.cluster.x-k8s.io/remediation-for",
  kubeadmClusterConfiguration: "controlplane.cluster.x-k8s.io/kubeadm-cluster-configuration",
  preTerminateHook: "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup",
} as const;

export const controlPlaneFinalizers = { kubeadmControlPlane: "kubeadm.controlplane.cluster.x-k8s.io" } as const;
