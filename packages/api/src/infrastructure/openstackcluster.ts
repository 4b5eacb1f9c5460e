import { failureDomains } from "../cluster/cluster.ts";
import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import { validateOpenStackCluster } from "./openstackcluster.admission.ts";
import { openStackMachineSpec } from "./openstackmachine.ts";
import { identityRef, neutronParam, resourceTags, subnetParam } from "./params.ts";
import { resolvedServer, serverResources } from "./serverparts.ts";

export const managedSubnet = s.object({
  cidr: required(s.string()),
  allocationPools: s.list(
    s.object({
      end: required(s.string()),
      start: required(s.string()),
    }),
  ),
  dnsNameservers: s.list(s.string()),
});
export type ManagedSubnet = TypeOf<typeof managedSubnet>;

export const securityGroupRule = s.object({
  direction: required(s.string()),
  name: required(s.string()),
  description: s.string(),
  etherType: s.string(),
  portRangeMax: s.integer(),
  portRangeMin: s.integer(),
  protocol: s.string(),
  remoteGroupID: s.string(),
  remoteIPPrefix: s.string(),
  remoteManagedGroups: s.list(s.enum(["bastion", "controlplane", "worker"])),
});
export type SecurityGroupRule = TypeOf<typeof securityGroupRule>;

export const managedSecurityGroups = s.object({
  allowAllInClusterTraffic: required(s.boolean({ default: false })),
  allNodesSecurityGroupRules: s.list(securityGroupRule, { merge: ["name"] }),
});
export type ManagedSecurityGroups = TypeOf<typeof managedSecurityGroups>;

export const externalRouterIP = s.object({
  subnet: required(subnetParam),
  fixedIP: s.string(),
});
export type ExternalRouterIP = TypeOf<typeof externalRouterIP>;

export const apiServerLoadBalancer = s.object({
  enabled: required(s.boolean({ default: true })),
  additionalPorts: s.list(s.integer(), { merge: "set" }),
  allowedCIDRs: s.list(s.string(), { merge: "set" }),
  availabilityZone: s.string(),
  flavor: s.string(),
  network: neutronParam,
  provider: s.string(),
  subnets: s.list(subnetParam, { merge: "atomic" }),
});
export type ApiServerLoadBalancer = TypeOf<typeof apiServerLoadBalancer>;

export const bastion = s.object(
  {
    availabilityZone: s.string(),
    enabled: s.boolean({ default: true }),
    floatingIP: s.string({ format: "ipv4" }),
    spec: openStackMachineSpec,
  },
  { rules: [{ rule: "!self.enabled || has(self.spec)", message: "spec is required if bastion is enabled" }] },
);
export type Bastion = TypeOf<typeof bastion>;

export const networkStatus = s.object({
  id: required(s.string()),
  name: required(s.string()),
  tags: s.list(s.string()),
});
export type NetworkStatus = TypeOf<typeof networkStatus>;

export const networkStatusWithSubnets = s.object({
  id: required(s.string()),
  name: required(s.string()),
  subnets: s.list(
    s.object({
      cidr: required(s.string()),
      id: required(s.string()),
      name: required(s.string()),
      tags: s.list(s.string()),
    }),
  ),
  tags: s.list(s.string()),
});
export type NetworkStatusWithSubnets = TypeOf<typeof networkStatusWithSubnets>;

export const loadBalancerStatus = s.object({
  id: required(s.string()),
  internalIP: required(s.string()),
  ip: required(s.string()),
  name: required(s.string()),
  allowedCIDRs: s.list(s.string()),
  loadBalancerNetwork: networkStatusWithSubnets,
  tags: s.list(s.string()),
});
export type LoadBalancerStatus = TypeOf<typeof loadBalancerStatus>;

export const securityGroupStatus = s.object({
  id: required(s.string()),
  name: required(s.string()),
});
export type SecurityGroupStatus = TypeOf<typeof securityGroupStatus>;

export const bastionStatus = s.object({
  floatingIP: s.string(),
  id: s.string(),
  ip: s.string(),
  name: s.string(),
  resolved: resolvedServer,
  resources: serverResources,
  sshKeyName: s.string(),
  state: s.string(),
});
export type BastionStatus = TypeOf<typeof bastionStatus>;

export const openStackClusterSpec = s.object(
  {
    identityRef: required(identityRef),
    apiServerFixedIP: s.string(),
    apiServerFloatingIP: s.string(),
    apiServerLoadBalancer: apiServerLoadBalancer,
    apiServerPort: s.integer({ minimum: 0, maximum: 65535 }),
    bastion: bastion,
    controlPlaneAvailabilityZones: s.list(s.string(), { merge: "set" }),
    controlPlaneEndpoint: s.object({
      host: required(s.string()),
      port: required(s.int32()),
    }),
    controlPlaneOmitAvailabilityZone: s.boolean(),
    disableAPIServerFloatingIP: s.boolean(),
    disableExternalNetwork: s.boolean(),
    disablePortSecurity: s.boolean(),
    externalNetwork: neutronParam,
    externalRouterIPs: s.list(externalRouterIP, { merge: "atomic" }),
    managedSecurityGroups: managedSecurityGroups,
    managedSubnets: s.list(managedSubnet, { maxItems: 1, merge: "atomic" }),
    network: neutronParam,
    networkMTU: s.integer(),
    router: neutronParam,
    subnets: s.list(subnetParam, { maxItems: 2, merge: "atomic" }),
    tags: resourceTags,
  },
  {
    rules: [
      {
        rule: "has(self.disableExternalNetwork) && self.disableExternalNetwork ? !has(self.bastion) || !has(self.bastion.floatingIP) : true",
        message: "bastion floating IP cannot be set when disableExternalNetwork is true",
      },
      {
        rule: "has(self.disableExternalNetwork) && self.disableExternalNetwork ? has(self.disableAPIServerFloatingIP) && self.disableAPIServerFloatingIP : true",
        message: "disableAPIServerFloatingIP cannot be false when disableExternalNetwork is true",
      },
    ],
  },
);
export type OpenStackClusterSpec = TypeOf<typeof openStackClusterSpec>;

export const openStackClusterStatus = s.object({
  ready: required(s.boolean({ default: false })),
  apiServerLoadBalancer: loadBalancerStatus,
  bastion: bastionStatus,
  bastionSecurityGroup: securityGroupStatus,
  controlPlaneSecurityGroup: securityGroupStatus,
  externalNetwork: networkStatus,
  failureDomains: failureDomains,
  failureMessage: s.string(),
  failureReason: s.string(),
  network: networkStatusWithSubnets,
  router: s.object({
    id: required(s.string()),
    name: required(s.string()),
    ips: s.list(s.string()),
    tags: s.list(s.string()),
  }),
  workerSecurityGroup: securityGroupStatus,
});
export type OpenStackClusterStatus = TypeOf<typeof openStackClusterStatus>;

export interface OpenStackCluster extends KubeObject {
  readonly spec: OpenStackClusterSpec;
  readonly status?: OpenStackClusterStatus;
}

export const OpenStackCluster = defineKind<OpenStackCluster>({
  ...infrastructureGroup,
  kind: "OpenStackCluster",
  plural: "openstackclusters",
  shortNames: ["osc"],
  subresources: { status: true },
  formerVersions: [
    { name: "v1alpha6", deprecated: true },
    { name: "v1alpha7", served: true, deprecated: true },
  ],
  columns: [
    column("Cluster", ".metadata.labels.cluster\\.x-k8s\\.io/cluster-name"),
    column("Ready", ".status.ready"),
    column("Network", ".status.network.id"),
    column("Endpoint", ".spec.controlPlaneEndpoint.host", { priority: 1 }),
    column("Bastion IP", ".status.bastion.floatingIP"),
    ageColumn,
  ],
  description: "TODO",
  fields: {
    spec: openStackClusterSpec,
    status: openStackClusterStatus,
  },
  validate: validateOpenStackCluster,
});
