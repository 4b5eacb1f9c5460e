/** The one group that is not Cluster API's: openstack-resource-controller's images, which an OpenStackMachine may name. */
export const orcGroup = {
  group: "openstack.k-orc.cloud",
  version: "v1alpha1",
  crdLabels: { "clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": "infrastructure-openstack" },
} as const;
