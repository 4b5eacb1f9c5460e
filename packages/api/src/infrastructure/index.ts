/** A cluster's place in an OpenStack cloud. */

export * from "./group.ts";
export * from "./names.ts";
export {
  type ApiServerLoadBalancer,
  type Bastion,
  type BastionStatus,
  type ExternalRouterIP,
  type LoadBalancerStatus,
  type ManagedSecurityGroups,
  type ManagedSubnet,
  type NetworkStatus,
  type NetworkStatusWithSubnets,
  OpenStackCluster,
  type OpenStackClusterSpec,
  type OpenStackClusterStatus,
  type SecurityGroupRule,
  type SecurityGroupStatus,
} from "./openstackcluster.ts";
export { OpenStackClusterTemplate, type OpenStackClusterTemplateSpec } from "./openstackclustertemplate.ts";
export {
  OpenStackFloatingIPPool,
  type OpenStackFloatingIPPoolSpec,
  type OpenStackFloatingIPPoolStatus,
} from "./openstackfloatingippool.ts";
export { OpenStackMachine, type OpenStackMachineSpec, type OpenStackMachineStatus } from "./openstackmachine.ts";
export { OpenStackMachineTemplate, type OpenStackMachineTemplateSpec } from "./openstackmachinetemplate.ts";
export { OpenStackServer, type OpenStackServerSpec, type OpenStackServerStatus } from "./openstackserver.ts";
export type {
  IdentityRef,
  ImageParam,
  NeutronFilter,
  NeutronParam,
  ServerGroupParam,
  SubnetFilter,
  SubnetParam,
} from "./params.ts";
export type { AddressPair, BindingProfile, FixedIP, PortOpts, ResolvedFixedIP, ResolvedPort, ValueSpec } from "./ports.ts";
export type {
  AdditionalBlockDevice,
  ResolvedServer,
  RootVolume,
  SchedulerHint,
  ServerAddress,
  ServerResources,
  VolumeAvailabilityZone,
} from "./serverparts.ts";
