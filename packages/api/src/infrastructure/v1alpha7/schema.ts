import { failureDomains } from "../../cluster/cluster.ts";
import { required, s, type TypeOf } from "../../kind/fields.ts";
import { networkStatus, networkStatusWithSubnets } from "../openstackcluster.shape.ts";
import { openStackMachineStatus } from "../openstackmachine.shape.ts";
import { resourceTags } from "../params.ts";

/** The OpenStack kinds as v1alpha7 knew them: still served to whoever has not moved on, never stored. */

const filterFields = {
  description: s.string("For people"),
  id: s.string("Id; wins over all others"),
  name: s.string("Name"),
  notTags: s.string("Not all of these tags, joined by commas"),
  notTagsAny: s.string("None of these tags, joined by commas"),
  projectId: s.string("Project it belongs to"),
  tags: s.string("All of these tags, joined by commas"),
  tagsAny: s.string("At least one of these tags, joined by commas"),
};
const filter = s.object("What the resource must be like; it must be the only one", filterFields);
export type OldFilter = TypeOf<typeof filter>;

const subnetFilter = s.object("What the subnet must be like; it must be the only one", {
  ...filterFields,
  cidr: s.string("Its range"),
  gateway_ip: s.string("Its gateway"),
  ipVersion: s.integer("4 or 6"),
  ipv6AddressMode: s.string("How addresses are given"),
  ipv6RaMode: s.string("Who announces routes"),
});
export type OldSubnetFilter = TypeOf<typeof subnetFilter>;

const identityRef = s.object("Credentials for the cloud", {
  kind: required(s.string("Secret", { minLength: 1 })),
  name: required(s.string("Name of the Secret")),
});

const port = s.object("A port of the server", {
  adminStateUp: s.boolean("Whether the port is up"),
  allowedAddressPairs: s.list(
    "Other addresses that the port may use",
    s.object({ ipAddress: s.string("Address"), macAddress: s.string("MAC address") }),
  ),
  description: s.string("For people"),
  disablePortSecurity: s.boolean("Let any traffic through"),
  fixedIPs: s.list(
    "Its addresses",
    s.object({ subnet: required(s.described("Its subnet", subnetFilter)), ipAddress: s.string("The address") }),
  ),
  hostId: s.string("Host the port is bound to"),
  macAddress: s.string("MAC address"),
  nameSuffix: s.string("End of its name"),
  network: s.described("Its network", filter),
  profile: s.object("How the port is bound", {
    ovsHWOffload: s.boolean("Hardware offload of Open vSwitch"),
    trustedVF: s.boolean("A trusted virtual function"),
  }),
  propagateUplinkStatus: s.boolean("The guest sees whether the uplink is up"),
  securityGroupFilters: s.list("Its security groups", filter),
  tags: s.described("Its tags", resourceTags),
  trunk: s.boolean("Make a trunk of it"),
  valueSpecs: s.list(
    "Settings that this API does not know",
    s.object({ key: required(s.string("Key")), name: required(s.string("Name")), value: required(s.string("Value")) }),
    { merge: ["name"] },
  ),
  vnicType: s.string("How the port is plugged in"),
});
export type OldPort = TypeOf<typeof port>;

const machineSpec = s.object("What the server should be", {
  additionalBlockDevices: s.list(
    "More disks",
    s.object({
      name: required(s.string("Name of the disk; root is taken")),
      sizeGiB: required(s.integer("Size in GiB")),
      storage: required(
        s.object("Where the disk is", {
          type: required(s.string("Volume or Local")),
          volume: s.object("For the type Volume", {
            availabilityZone: s.string("Where the volume is; absent: where the server is"),
            type: s.string("Volume type"),
          }),
        }),
      ),
    }),
    { merge: ["name"] },
  ),
  cloudName: s.string("Which cloud of the Secret's clouds.yaml"),
  configDrive: s.boolean("Give the server a config drive"),
  flavor: s.string("Name of the flavor", { minLength: 1 }),
  flavorID: s.string("Id of the flavor; wins over the name", { minLength: 1 }),
  floatingIP: s.string("Floating IP, of a bastion only"),
  identityRef: identityRef,
  image: s.string("Name of the image"),
  imageUUID: s.string("Id of the image; wins over the name"),
  instanceID: s.string("Id of the server"),
  ports: s.list("Its ports; absent: one on the cluster's network", port),
  providerID: s.string("openstack:///<server id>"),
  rootVolume: s.object("A volume to start from, instead of the flavor's disk", {
    availabilityZone: s.string("Where the volume is; absent: where the server is"),
    diskSize: s.integer("Size in GiB"),
    volumeType: s.string("Volume type"),
  }),
  securityGroups: s.list("Security groups of its ports", filter),
  serverGroupID: s.string("Id of the server group"),
  serverMetadata: s.map("Metadata of the server", s.string()),
  sshKeyName: s.string("Key pair whose owner may log in"),
  tags: resourceTags,
  trunk: s.boolean("Make a trunk of it"),
});
export type OldMachineSpec = TypeOf<typeof machineSpec>;

const {
  instanceID: _instance,
  resolved: _resolved,
  resources: _resources,
  ...machineStatusFields
} = openStackMachineStatus.properties ?? {};
const machineStatus = { ...openStackMachineStatus, properties: { ...machineStatusFields } } as typeof openStackMachineStatus;

const securityGroupStatus = s.object("A security group", {
  id: required(s.string("Id")),
  name: required(s.string("Name")),
  rules: s.list(
    "Its rules",
    s.object({
      description: required(s.string("For people")),
      direction: required(s.string("ingress or egress")),
      etherType: required(s.string("IPv4 or IPv6")),
      name: required(s.string("Id of the rule")),
      portRangeMax: required(s.integer("Last port")),
      portRangeMin: required(s.integer("First port")),
      protocol: required(s.string("Protocol")),
      remoteGroupID: required(s.string("With members of this group")),
      remoteIPPrefix: required(s.string("With this range")),
      securityGroupID: required(s.string("Id of the group")),
    }),
  ),
});

const loadBalancerStatus = s.object("The load balancer", {
  id: required(s.string("Id")),
  internalIP: required(s.string("Its address inside")),
  ip: required(s.string("Its address outside; inside when there is none")),
  name: required(s.string("Name")),
  allowedCIDRs: s.list("Who may reach it", s.string()),
  tags: s.list("Tags", s.string()),
});

const clusterSpec = s.object("What the cluster's place in the cloud should be", {
  allowAllInClusterTraffic: s.boolean("All traffic between the cluster's machines"),
  apiServerFixedIP: s.string("Address of the API server inside"),
  apiServerFloatingIP: s.string("Floating IP of the API server; absent: a new one"),
  apiServerLoadBalancer: s.object("The load balancer of the API server", {
    additionalPorts: s.list("More ports that it passes on", s.integer()),
    allowedCidrs: s.list("Who may reach it; empty: everybody", s.string()),
    enabled: s.boolean("Whether one is made"),
    provider: s.string("Octavia's provider"),
  }),
  apiServerPort: s.integer("Port of the API server"),
  bastion: s.object("A server through which people reach the others", {
    availabilityZone: s.string("Availability zone"),
    enabled: s.boolean("Whether there is one"),
    instance: s.described("What the server should be", machineSpec),
  }),
  cloudName: s.string("Which cloud of the Secret's clouds.yaml"),
  controlPlaneAvailabilityZones: s.list("Zones of control plane machines; absent: all", s.string(), { merge: "set" }),
  controlPlaneEndpoint: s.object("Where the API server answers", {
    host: required(s.string("Name or address")),
    port: required(s.int32("Port")),
  }),
  controlPlaneOmitAvailabilityZone: s.boolean("Leave the zones of control plane machines to Nova"),
  disableAPIServerFloatingIP: s.boolean("No floating IP for the API server"),
  disablePortSecurity: s.boolean("No port security on the cluster's network"),
  dnsNameservers: s.list("Name servers that machines are told", s.string(), { merge: "set" }),
  externalNetworkId: s.string("Id of the external network; absent: the only one there is"),
  externalRouterIPs: s.list(
    "Addresses of the router on the external network",
    s.object({ subnet: required(s.described("Its subnet", subnetFilter)), fixedIP: s.string("The address") }),
  ),
  identityRef: identityRef,
  managedSecurityGroups: s.boolean("Security groups are made for the cluster"),
  network: s.described("A network that is there already", filter),
  networkMtu: s.integer("MTU of the network that is made"),
  nodeCidr: s.string("Range of the subnet that is made"),
  router: s.described("A router that is there already", filter),
  subnet: s.described("A subnet that is there already", subnetFilter),
  tags: s.described("Tags of everything that is made", resourceTags),
});
export type OldClusterSpec = TypeOf<typeof clusterSpec>;

const clusterStatus = s.object("What the cluster's place in the cloud is", {
  ready: required(s.boolean("Machines can be made")),
  apiServerLoadBalancer: loadBalancerStatus,
  bastion: s.object("The bastion", {
    floatingIP: s.string("Its floating IP"),
    id: s.string("Id"),
    ip: s.string("Its address"),
    name: s.string("Name"),
    sshKeyName: s.string("Key pair whose owner may log in"),
    state: s.string("Nova's word for its state"),
  }),
  bastionSecurityGroup: s.described("Security group of the bastion", securityGroupStatus),
  controlPlaneSecurityGroup: s.described("Security group of control plane machines", securityGroupStatus),
  externalNetwork: s.described("The external network", networkStatus),
  failureDomains: failureDomains,
  failureMessage: s.string("Why only a person can help"),
  failureReason: s.string("Why only a person can help, in one word"),
  network: s.described("The cluster's network", networkStatusWithSubnets),
  router: s.object("The router", {
    id: required(s.string("Id")),
    name: required(s.string("Name")),
    ips: s.list("Its addresses on the external network", s.string()),
    tags: s.list("Tags", s.string()),
  }),
  workerSecurityGroup: s.described("Security group of workers", securityGroupStatus),
});

const template = <T>(spec: Parameters<typeof required<T>>[0]) =>
  s.object("What such objects are made from", {
    template: required(s.object("The template", { spec: required(spec) })),
  });

export const v1alpha7Fields = {
  machine: { spec: machineSpec, status: machineStatus },
  machineTemplate: { spec: template(machineSpec) },
  cluster: { spec: clusterSpec, status: clusterStatus },
  clusterTemplate: { spec: template(clusterSpec) },
};
