import { failureDomains } from "../cluster/cluster.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { openStackMachineSpec } from "./openstackmachine.shape.ts";
import { identityRef, neutronParam, resourceTags, subnetParam } from "./params.ts";
import { resolvedServer, serverResources } from "./serverparts.ts";

export const managedSubnet = s.object("A subnet that is made for the cluster", {
  cidr: required(s.string("Its range")),
  allocationPools: s.list(
    "Addresses that may be given; absent: all",
    s.object({
      end: required(s.string("Last address")),
      start: required(s.string("First address")),
    }),
  ),
  dnsNameservers: s.list("Name servers that its machines are told", s.string()),
});
export type ManagedSubnet = TypeOf<typeof managedSubnet>;

export const securityGroupRule = s.object("Traffic that is allowed", {
  direction: required(s.string("ingress or egress")),
  name: required(s.string("Name of the rule")),
  description: s.string("For people"),
  etherType: s.string("IPv4 or IPv6"),
  portRangeMax: s.integer("Last port"),
  portRangeMin: s.integer("First port"),
  protocol: s.string("Protocol"),
  remoteGroupID: s.string("With members of this group"),
  remoteIPPrefix: s.string("With this range"),
  remoteManagedGroups: s.list("With members of these managed groups", s.enum(["bastion", "controlplane", "worker"])),
});
export type SecurityGroupRule = TypeOf<typeof securityGroupRule>;

export const managedSecurityGroups = s.object("Security groups that are made for the cluster; empty: with the usual rules", {
  allowAllInClusterTraffic: required(s.boolean("All traffic between the cluster's machines", { default: false })),
  allNodesSecurityGroupRules: s.list("More rules for all machines", securityGroupRule, { merge: ["name"] }),
});
export type ManagedSecurityGroups = TypeOf<typeof managedSecurityGroups>;

export const externalRouterIP = s.object("An address of the router on the external network", {
  subnet: required(s.described("Its subnet", subnetParam)),
  fixedIP: s.string("The address"),
});
export type ExternalRouterIP = TypeOf<typeof externalRouterIP>;

export const apiServerLoadBalancer = s.object("The load balancer of the API server; empty: one is made", {
  enabled: required(s.boolean("Whether one is made", { default: true })),
  additionalPorts: s.list("More ports that it passes on", s.integer(), { merge: "set" }),
  allowedCIDRs: s.list("Who may reach it; empty: everybody", s.string(), { merge: "set" }),
  availabilityZone: s.string("Availability zone"),
  flavor: s.string("Octavia's flavor"),
  network: s.described("Network of its address; absent: the cluster's", neutronParam),
  provider: s.string("Octavia's provider"),
  subnets: s.list("Subnet of its address: the first", subnetParam, { merge: "atomic" }),
});
export type ApiServerLoadBalancer = TypeOf<typeof apiServerLoadBalancer>;

export const bastion = s.object(
  "A server through which people reach the others",
  {
    availabilityZone: s.string("Availability zone"),
    enabled: s.boolean("Whether there is one", { default: true }),
    floatingIP: s.string("Its floating IP; absent: a new one", { format: "ipv4" }),
    spec: s.described("What the server should be", openStackMachineSpec),
  },
  { rules: [{ rule: "!self.enabled || has(self.spec)", message: "spec is required if bastion is enabled" }] },
);
export type Bastion = TypeOf<typeof bastion>;

export const networkStatus = s.object("A network", {
  id: required(s.string("Id")),
  name: required(s.string("Name")),
  tags: s.list("Tags", s.string()),
});
export type NetworkStatus = TypeOf<typeof networkStatus>;

export const networkStatusWithSubnets = s.object("A network and its subnets", {
  id: required(s.string("Id")),
  name: required(s.string("Name")),
  subnets: s.list(
    "Its subnets",
    s.object({
      cidr: required(s.string("Range of the subnet")),
      id: required(s.string("Id of the subnet")),
      name: required(s.string("Name of the subnet")),
      tags: s.list("Tags of the subnet", s.string()),
    }),
  ),
  tags: s.list("Tags", s.string()),
});
export type NetworkStatusWithSubnets = TypeOf<typeof networkStatusWithSubnets>;

export const loadBalancerStatus = s.object("The load balancer", {
  id: required(s.string("Id")),
  internalIP: required(s.string("Its address inside")),
  ip: required(s.string("Its address outside; inside when there is none")),
  name: required(s.string("Name")),
  allowedCIDRs: s.list("Who may reach it", s.string()),
  loadBalancerNetwork: s.described("Network of its address", networkStatusWithSubnets),
  tags: s.list("Tags", s.string()),
});
export type LoadBalancerStatus = TypeOf<typeof loadBalancerStatus>;

export const securityGroupStatus = s.object("A security group", {
  id: required(s.string("Id")),
  name: required(s.string("Name")),
});
export type SecurityGroupStatus = TypeOf<typeof securityGroupStatus>;

export const bastionStatus = s.object("The bastion", {
  floatingIP: s.string("Its floating IP"),
  id: s.string("Id"),
  ip: s.string("Its address"),
  name: s.string("Name"),
  resolved: resolvedServer,
  resources: serverResources,
  sshKeyName: s.string("Key pair whose owner may log in"),
  state: s.string("Nova's word for its state"),
});
export type BastionStatus = TypeOf<typeof bastionStatus>;

export const openStackClusterSpec = s.object(
  "What the cluster's place in the cloud should be",
  {
    identityRef: required(identityRef),
    apiServerFixedIP: s.string("Address of the API server inside"),
    apiServerFloatingIP: s.string("Floating IP of the API server; absent: a new one"),
    apiServerLoadBalancer: apiServerLoadBalancer,
    apiServerPort: s.integer("Port of the API server", { minimum: 0, maximum: 65535 }),
    bastion: bastion,
    controlPlaneAvailabilityZones: s.list("Zones of control plane machines; absent: all", s.string(), { merge: "set" }),
    controlPlaneEndpoint: s.object("Where the API server answers", {
      host: required(s.string("Name or address")),
      port: required(s.int32("Port")),
    }),
    controlPlaneOmitAvailabilityZone: s.boolean("Leave the zones of control plane machines to Nova"),
    disableAPIServerFloatingIP: s.boolean("No floating IP for the API server"),
    disableExternalNetwork: s.boolean("No external network, no router's gateway, no floating IPs"),
    disablePortSecurity: s.boolean("No port security on the cluster's network"),
    externalNetwork: s.described("The external network; absent: the only one there is", neutronParam),
    externalRouterIPs: s.list("Addresses of the router on the external network", externalRouterIP, { merge: "atomic" }),
    managedSecurityGroups: managedSecurityGroups,
    managedSubnets: s.list("Subnets to make", managedSubnet, { maxItems: 1, merge: "atomic" }),
    network: s.described("A network that is there already", neutronParam),
    networkMTU: s.integer("MTU of the network that is made"),
    router: s.described("A router that is there already", neutronParam),
    subnets: s.list("Subnets of that network", subnetParam, { maxItems: 2, merge: "atomic" }),
    tags: s.described("Tags of everything that is made", resourceTags),
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

export const openStackClusterStatus = s.object("What the cluster's place in the cloud is", {
  ready: required(s.boolean("Machines can be made", { default: false })),
  apiServerLoadBalancer: loadBalancerStatus,
  bastion: bastionStatus,
  bastionSecurityGroup: s.described("Security group of the bastion", securityGroupStatus),
  controlPlaneSecurityGroup: s.described("Security group of control plane machines", securityGroupStatus),
  externalNetwork: s.described("The external network", networkStatus),
  failureDomains: failureDomains,
  failureMessage: s.string("Why only a person can help; not used any more"),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  network: s.described("The cluster's network", networkStatusWithSubnets),
  router: s.object("The router", {
    id: required(s.string("Id")),
    name: required(s.string("Name")),
    ips: s.list("Its addresses on the external network", s.string()),
    tags: s.list("Tags", s.string()),
  }),
  workerSecurityGroup: s.described("Security group of workers", securityGroupStatus),
});
export type OpenStackClusterStatus = TypeOf<typeof openStackClusterStatus>;
