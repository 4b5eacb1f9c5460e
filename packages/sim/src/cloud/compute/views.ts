import type { CloudContext } from "../context.ts";
import type { Call } from "../http/call.ts";
import type { Json } from "../http/json.ts";
import { baseUrl } from "../settings.ts";
import type { Flavor, Keypair, Server, ServerGroup } from "./records.ts";

/** The one word that clients look at. */
export const statusOf = ({ vm_state: state, task_state: task }: Pick<Server, "vm_state" | "task_state">): string => {
  switch (state) {
    case "building":
      return "BUILD";
    case "active":
      if (task === "rebooting") return "REBOOT";
      if (task === "rebooting_hard") return "HARD_REBOOT";
      if (task === "rebuilding") return "REBUILD";
      if (task === "resize_prep") return "RESIZE";
      if (task === "migrating") return "MIGRATING";
      return "ACTIVE";
    case "stopped":
      if (task === "resize_prep") return "RESIZE";
      return task === "rebuilding" ? "REBUILD" : "SHUTOFF";
    case "resized":
      return "VERIFY_RESIZE";
    default:
      return state.toUpperCase();
  }
};

/** How Nova shows its objects at each microversion. */
export const createComputeViews = ({ state, settings }: CloudContext) => {
  const root = baseUrl(settings, "compute");
  const links = (kind: string, id: string) => [
    { rel: "self", href: `${root}/v2.1/${kind}/${id}` },
    { rel: "bookmark", href: `${root}/${kind}/${id}` },
  ];
  const bookmark = (kind: string, id: string) => [{ rel: "bookmark", href: `${root}/${kind}/${id}` }];

  /** By network name, fixed addresses and the floating ones on them, once the ports are bound. */
  const addressesOf = (server: Server): Json => {
    const byNetwork: { [network: string]: object[] } = {};
    for (const port of state.ports.by("device", server.id)) {
      if (port.host_id === "") continue;
      const name = state.networks.get(port.network_id)?.name ?? port.network_id;
      const addresses = byNetwork[name] ?? [];
      byNetwork[name] = addresses;
      const item = (addr: string, kind: string) => ({
        version: addr.includes(":") ? 6 : 4,
        addr,
        "OS-EXT-IPS:type": kind,
        "OS-EXT-IPS-MAC:mac_addr": port.mac_address,
      });
      for (const ip of port.fixed_ips) addresses.push(item(ip.ip_address, "fixed"));
      for (const fip of state.floatingIps.by("port", port.id)) addresses.push(item(fip.floating_ip_address, "floating"));
    }
    return byNetwork;
  };
  const securityGroupsOf = (server: Server): readonly { name: string }[] => {
    const names = state.ports.by("device", server.id).flatMap((port) => (port.host_id === "" ? [] : port.security_groups));
    return [...new Set(names)].map((id) => ({ name: state.securityGroups.get(id)?.name ?? id }));
  };
  const flavorOf = ({ flavor }: Server, version: number): Json =>
    version < 47
      ? { id: flavor.id, links: bookmark("flavors", flavor.id) }
      : {
          vcpus: flavor.vcpus,
          ram: flavor.ram,
          disk: flavor.disk,
          ephemeral: flavor.ephemeral,
          swap: flavor.swap,
          original_name: flavor.name,
          extra_specs: flavor.extra_specs,
        };
  const instanceName = (server: Server): string => `instance-${server.sequence.toString(16).padStart(8, "0")}`;
  const adminFields = (server: Server, version: number): Json => ({
    "OS-EXT-SRV-ATTR:host": server.host,
    "OS-EXT-SRV-ATTR:instance_name": instanceName(server),
    "OS-EXT-SRV-ATTR:hypervisor_hostname": server.host,
    ...(version >= 3 && {
      "OS-EXT-SRV-ATTR:reservation_id": server.reservation_id,
      "OS-EXT-SRV-ATTR:launch_index": 0,
      "OS-EXT-SRV-ATTR:hostname": server.hostname,
      "OS-EXT-SRV-ATTR:kernel_id": "",
      "OS-EXT-SRV-ATTR:ramdisk_id": "",
      "OS-EXT-SRV-ATTR:root_device_name": server.host === null ? null : "/dev/vda",
      "OS-EXT-SRV-ATTR:user_data": state.userData.get(server.id)?.text ?? null,
    }),
    ...(version >= 16 && { host_status: server.host === null ? "" : "UP" }),
  });

  const server = (record: Server, call: Pick<Call, "scope" | "version">, single: boolean): Json => {
    const { version, scope } = call;
    const groups = securityGroupsOf(record);
    const broken = record.vm_state === "error" || record.vm_state === "deleted";
    return {
      id: record.id,
      name: record.name,
      status: statusOf(record),
      tenant_id: record.project_id,
      user_id: record.user_id,
      metadata: record.metadata,
      hostId: record.host === null ? "" : hostId(record.project_id + record.host),
      image: record.image_id === null ? "" : { id: record.image_id, links: bookmark("images", record.image_id) },
      flavor: flavorOf(record, version),
      created: record.created,
      updated: record.updated,
      addresses: addressesOf(record),
      accessIPv4: "",
      accessIPv6: "",
      links: links("servers", record.id),
      "OS-DCF:diskConfig": record.disk_config,
      ...(broken ? {} : { progress: 0 }),
      ...(record.fault &&
        broken && {
          fault: {
            code: record.fault.code,
            created: record.fault.created,
            message: record.fault.message,
            ...(scope.admin && record.fault.details && { details: record.fault.details }),
          },
        }),
      "OS-EXT-AZ:availability_zone": record.zone,
      config_drive: record.config_drive ? "True" : "",
      key_name: record.key_name,
      "OS-SRV-USG:launched_at": record.launched_at,
      "OS-SRV-USG:terminated_at": record.terminated_at,
      ...(groups.length > 0 && { security_groups: groups }),
      ...(scope.admin && adminFields(record, version)),
      "OS-EXT-STS:task_state": record.task_state,
      "OS-EXT-STS:vm_state": record.vm_state,
      "OS-EXT-STS:power_state": record.power_state,
      "os-extended-volumes:volumes_attached": record.volumes.map((volume) => ({
        id: volume.volume_id,
        ...(version >= 3 && { delete_on_termination: volume.delete_on_termination }),
      })),
      ...(version >= 9 && { locked: record.locked }),
      ...(version >= 73 && { locked_reason: record.locked_reason }),
      ...(version >= 19 && { description: record.description }),
      ...(version >= 26 && { tags: record.tags }),
      ...(version >= 63 && { trusted_image_certificates: null }),
      ...(version >= 90 && { "OS-EXT-SRV-ATTR:hostname": record.hostname }),
      ...(version >= 71 && single && { server_groups: record.group_id === null ? [] : [record.group_id] }),
      ...(version >= 96 && { pinned_availability_zone: record.requested_zone }),
    };
  };

  return {
    links,
    server,
    brief: (record: Server): Json => ({ id: record.id, name: record.name, links: links("servers", record.id) }),
    addressesOf,
    flavor: (record: Flavor, version: number): Json => ({
      id: record.id,
      name: record.name,
      ram: record.ram,
      disk: record.disk,
      swap: version >= 75 ? record.swap : record.swap === 0 ? "" : record.swap,
      "OS-FLV-EXT-DATA:ephemeral": record.ephemeral,
      "OS-FLV-DISABLED:disabled": false,
      vcpus: record.vcpus,
      "os-flavor-access:is_public": record.is_public,
      rxtx_factor: 1,
      links: links("flavors", record.id),
      ...(version >= 55 && { description: record.description }),
      ...(version >= 61 && { extra_specs: record.extra_specs }),
    }),
    group: (record: ServerGroup, version: number): Json => ({
      id: record.id,
      name: record.name,
      ...(version >= 64 ? { policy: record.policy, rules: record.rules } : { policies: [record.policy], metadata: {} }),
      members: state.servers.by("group", record.id).map((one) => one.id),
      ...(version >= 13 && { project_id: record.project_id, user_id: record.user_id }),
    }),
    keypair: (record: Keypair, version: number): Json => ({
      name: record.name,
      public_key: record.public_key,
      fingerprint: record.fingerprint,
      ...(version >= 2 && { type: record.type }),
    }),
  };
};
export type ComputeViews = ReturnType<typeof createComputeViews>;

/** The same host looks different to each project: 56 hex digits, as the SHA-224 that Nova writes. */
const hostId = (text: string): string => {
  let id = "";
  for (let part = 0; part < 7; part += 1) {
    let value = 0x811c9dc5 ^ (part * 0x9e3779b1);
    for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    id += (value >>> 0).toString(16).padStart(8, "0");
  }
  return id;
};
