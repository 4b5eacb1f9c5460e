import { given, type Json, object, objects, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly fixedIps: readonly { readonly subnetId: string; readonly address: string }[];
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly status: string;
}

export interface PortFilter {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly networkId?: string | undefined;
  readonly deviceId?: string | undefined;
  /** Any of these. */
  readonly deviceOwners?: readonly string[] | undefined;
  readonly fixedAddress?: string | undefined;
}

/** Absent fields are not sent: Neutron then decides (an address for each IP version, the project's default security group). */
export interface NewPort {
  readonly networkId: string;
  readonly name: string;
  readonly description: string;
  readonly adminStateUp?: boolean | undefined;
  readonly macAddress?: string | undefined;
  readonly fixedIps?:
    | readonly { readonly subnet_id?: string | undefined; readonly ip_address?: string | undefined }[]
    | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  readonly allowedAddressPairs?:
    | readonly { readonly ip_address: string; readonly mac_address?: string | undefined }[]
    | undefined;
  readonly propagateUplinkStatus?: boolean | undefined;
  readonly valueSpecs?: { readonly [key: string]: string } | undefined;
  readonly portSecurity?: boolean | undefined;
  readonly hostId?: string | undefined;
  readonly vnicType?: string | undefined;
  readonly bindingProfile?: { readonly [key: string]: unknown } | undefined;
}

export const portCalls = (service: Service) => ({
  listPorts: async (filter: PortFilter): Promise<readonly Port[]> => {
    const query = {
      id: filter.id,
      name: filter.name,
      network_id: filter.networkId,
      device_id: filter.deviceId,
      device_owner: filter.deviceOwners,
      fixed_ips: filter.fixedAddress === undefined ? undefined : `ip_address=${filter.fixedAddress}`,
    };
    return (await service.list("port_list", "/ports", "ports", query)).map(parsePort);
  },
  findPort: async (id: string): Promise<Port | undefined> => {
    const answer = await service.find("port_get", `/ports/${id}`);
    return answer === undefined ? undefined : parsePort(object(answer["port"], "port"));
  },
  createPort: async (input: NewPort): Promise<Port> => {
    const answer = await service.post("port_create", "/ports", { port: portRequest(input) });
    return parsePort(object(answer["port"], "port"));
  },
  /** @throws CloudError conflict for the port of a router, a load balancer or a trunk */
  deletePort: async (id: string): Promise<boolean> => service.delete("port_delete", `/ports/${id}`),
});

export const portRequest = (input: NewPort): object =>
  given({
    network_id: input.networkId,
    name: input.name,
    description: input.description,
    admin_state_up: input.adminStateUp,
    mac_address: input.macAddress,
    fixed_ips: input.fixedIps,
    security_groups: input.securityGroups,
    allowed_address_pairs: input.allowedAddressPairs,
    propagate_uplink_status: input.propagateUplinkStatus,
    value_specs: input.valueSpecs,
    port_security_enabled: input.portSecurity,
    "binding:host_id": input.hostId,
    "binding:vnic_type": input.vnicType,
    "binding:profile": input.bindingProfile,
  });

const parsePort = (json: Json): Port => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  networkId: textOr(json, "network_id"),
  description: textOr(json, "description"),
  tags: texts(json, "tags"),
  fixedIps: objects(json, "fixed_ips").map((ip) => ({ subnetId: textOr(ip, "subnet_id"), address: textOr(ip, "ip_address") })),
  deviceId: textOr(json, "device_id"),
  deviceOwner: textOr(json, "device_owner"),
  status: textOr(json, "status"),
});
