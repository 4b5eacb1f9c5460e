/** What keeps the OpenStack provider's objects until the cloud is clean. */
export const infrastructureFinalizers = {
  openStackCluster: "openstackcluster.infrastructure.cluster.x-k8s.io",
  openStackMachine: "openstackmachine.infrastructure.cluster.x-k8s.io",
  openStackServer: "openstackserver.infrastructure.cluster.x-k8s.io",
  openStackFloatingIPPool: "openstackfloatingippool.infrastructure.cluster.x-k8s.io",
  ipAddressClaim: "openstackmachine.infrastructure.cluster.x-k8s.io/ip-claim",
  ipAddress: "openstackfloatingippool.infrastructure.cluster.x-k8s.io/delete-floating-ip",
} as const;
