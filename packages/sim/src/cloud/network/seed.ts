import type { CloudContext } from "../context.ts";
import { formatIp, parseCidr } from "./ip.ts";
import { standard } from "./kind.ts";

/**
 * The network that floating IPs come from. It lies in the loopback range, so that on this machine the addresses can really be
 * connected to; its gateway and first addresses stay free of tenants.
 */
export const seedPublicNetwork = (context: CloudContext): void => {
  const { state, settings } = context;
  const { name, subnet, cidr: text } = settings.publicNetwork;
  if (state.networks.by("name", name).some((one) => one.external)) return;
  const cidr = parseCidr(text);
  const owner = state.projects.by("name", "admin")[0]?.id ?? "";
  if (cidr?.version !== 4 || cidr.prefix > 29) {
    throw new Error(`the public network's range ${text} is no IPv4 range of at least eight addresses, such as 127.77.0.0/16`);
  }
  const network = state.networks.put({
    ...standard(context, { name }, owner),
    admin_state_up: true,
    mtu: 1500,
    shared: false,
    external: true,
    port_security_enabled: true,
    dns_domain: "",
    network_type: "flat",
    physical_network: "physnet1",
    segmentation_id: null,
    revision_number: 2,
  });
  const reserved = cidr.prefix <= 24 ? 10n : 2n;
  state.subnets.put({
    ...standard(context, { name: subnet }, owner),
    network_id: network.id,
    ip_version: 4,
    cidr: text,
    gateway_ip: formatIp(4, cidr.first + 1n),
    enable_dhcp: false,
    allocation_pools: [{ start: formatIp(4, cidr.first + reserved), end: formatIp(4, cidr.last - 1n) }],
    dns_nameservers: [],
    host_routes: [],
    service_types: [],
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
  });
};
