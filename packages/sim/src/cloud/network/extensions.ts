/** What this Neutron can do beyond its core: only what is really there, as clients choose their calls by it. */
const known: readonly (readonly [alias: string, name: string, description: string])[] = [
  ["allowed-address-pairs", "Allowed Address Pairs", "Provides allowed address pairs"],
  ["availability_zone", "Availability Zone", "The availability zone extension."],
  ["binding", "Port Binding", "Expose port bindings of a virtual port to external application"],
  ["dns-integration", "DNS Integration", "Provides integration with DNS."],
  [
    "ext-gw-mode",
    "Neutron L3 Configurable external gateway mode",
    "Extension of the router abstraction for specifying whether SNAT should occur on the external gateway",
  ],
  ["external-net", "Neutron external network", "Adds external network attribute to network resource."],
  ["extraroute", "Neutron Extra Route", "Extra routes configuration for L3 router"],
  ["filter-validation", "Filter parameters validation", "Provides validation on filter parameters."],
  ["fip-port-details", "Floating IP Port Details Extension", "Add port_details attribute to Floating IP resource"],
  ["ip_allocation", "IP Allocation", "IP allocation extension."],
  ["net-mtu", "Network MTU", "Provides MTU attribute for a network resource."],
  ["net-mtu-writable", "Network MTU (writable)", "Provides a writable MTU attribute for a network resource."],
  ["pagination", "Pagination support", "Extension that indicates that pagination is enabled."],
  ["port-security", "Port Security", "Provides port security"],
  ["project-id", "project_id field enabled", "Extension that indicates that project_id field is enabled."],
  ["provider", "Provider Network", "Expose mapping of virtual networks to physical networks"],
  ["quota_details", "Quota details management support", "Expose functions for quotas usage statistics per project"],
  ["quotas", "Quota management support", "Expose functions for quotas management per tenant"],
  [
    "router",
    "Neutron L3 Router",
    "Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT gateway.",
  ],
  ["security-group", "security-group", "The security groups extension."],
  ["sorting", "Sorting support", "Extension that indicates that sorting is enabled."],
  ["standard-attr-description", "standard-attr-description", "Extension to add descriptions to standard attributes"],
  [
    "standard-attr-revisions",
    "Resource revision numbers",
    "This extension will display the revision number of neutron resources.",
  ],
  [
    "standard-attr-tag",
    "Tag support for resources with standard attribute: port, subnet, network, router, security_group, floatingip, trunk",
    "Enables to set tag on resources with standard attribute.",
  ],
  [
    "standard-attr-timestamp",
    "Resource timestamps",
    "Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.",
  ],
  ["subnet-service-types", "Subnet service types", "Provides ability to set the subnet service_types field"],
  ["trunk", "Trunk Extension", "Provides support for trunk ports"],
  ["trunk-details", "Trunk port details", "Expose trunk port details"],
];

export const extensions = known.map(([alias, name, description]) => ({
  name,
  alias,
  description,
  updated: "2024-01-01T00:00:00-00:00",
  links: [] as readonly string[],
}));
