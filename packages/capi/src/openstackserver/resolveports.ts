import type { FixedIP, NeutronParam, PortOpts, ResolvedFixedIP, ResolvedPort } from "@slipway/api";
import { type Cloud, CloudError, type Subnet } from "@slipway/openstack";
import { filterQuery, NoSingleMatch, single, subnetQuery } from "../openstackcloud/lookup.ts";
import { portName } from "../openstackcloud/names.ts";
import { canonicalTags, mergeTags } from "../openstackcloud/tags.ts";
import type { ServerScope } from "./scope.ts";

/** Each port as Neutron will be asked for it: names and descriptions computed, networks, subnets and groups as ids. */
export const resolvePorts = async ({
  oss,
  cloud,
  clusterName,
}: Pick<ServerScope, "oss" | "cloud" | "clusterName">): Promise<readonly ResolvedPort[]> => {
  const { spec } = oss;
  const groups = createGroupLookup(cloud);
  const ports = await Promise.all(
    spec.ports.map(async (port, index): Promise<ResolvedPort> => {
      const network = await networkOf(cloud, port);
      const fixedIPs = await fixedIpsOf(cloud, port.fixedIPs, network);
      const open = port.disablePortSecurity === true;
      const securityGroups = open ? [] : await groups([...(port.securityGroups ?? []), ...(spec.securityGroups ?? [])]);
      const tags = canonicalTags(mergeTags(spec.tags, port.tags));
      return {
        ...passedOn(port),
        name: portName(oss.metadata.name, port.nameSuffix, index),
        description: given(port.description) ?? `Created by cluster-api-provider-openstack cluster ${clusterName}`,
        networkID: network,
        ...(tags.length === 0 ? {} : { tags }),
        ...((port.trunk ?? spec.trunk) === undefined ? {} : { trunk: port.trunk ?? spec.trunk }),
        ...(fixedIPs.length === 0 ? {} : { fixedIPs }),
        ...(securityGroups.length === 0 ? {} : { securityGroups }),
      };
    }),
  );
  if (ports.some(({ trunk }) => trunk === true) && !(await cloud.network.hasNetworkExtension("trunk"))) {
    throw new CloudError("unsupported", "a port is to be trunked, but the cloud's network has no trunk extension");
  }
  return ports;
};

/** What needs no looking up. Pairs of addresses mean nothing on a port that lets everything through. */
const passedOn = (port: PortOpts): Partial<ResolvedPort> => {
  const {
    adminStateUp,
    macAddress,
    allowedAddressPairs,
    hostID,
    vnicType,
    profile,
    disablePortSecurity,
    propagateUplinkStatus,
    valueSpecs,
  } = port;
  const fields = {
    adminStateUp,
    macAddress,
    allowedAddressPairs: disablePortSecurity === true ? undefined : allowedAddressPairs,
    hostID,
    vnicType,
    profile,
    disablePortSecurity,
    propagateUplinkStatus,
    valueSpecs,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
};

const networkOf = async (cloud: Cloud, port: PortOpts): Promise<string> => {
  if (port.network?.id !== undefined) return port.network.id;
  if (port.network !== undefined) {
    return (await single("network", port.network, cloud.network.findNetwork, cloud.network.listNetworks)).id;
  }
  for (const { subnet } of port.fixedIPs ?? []) {
    if (subnet === undefined) continue;
    const found = await subnetsMatching(cloud, subnet, undefined);
    if (found.length === 1 && found[0] !== undefined) return found[0].networkId;
  }
  throw new CloudError("invalid", "a port names no network, and none follows from its fixedIPs");
};

const fixedIpsOf = async (
  cloud: Cloud,
  wanted: readonly FixedIP[] = [],
  networkId: string,
): Promise<readonly ResolvedFixedIP[]> =>
  Promise.all(
    wanted.map(async ({ subnet, ipAddress }) => {
      const address = given(ipAddress) === undefined ? {} : { ipAddress };
      if (subnet === undefined) return address;
      const found = (await subnetsMatching(cloud, subnet, networkId)).filter((one) => one.networkId === networkId);
      const [first] = found;
      if (first === undefined || found.length > 1) {
        throw new NoSingleMatch(`subnets matching ${JSON.stringify(subnet)} on network ${networkId}`, found.length);
      }
      return { subnet: first.id, ...address };
    }),
  );

const subnetsMatching = async (
  cloud: Cloud,
  { id, filter }: NonNullable<FixedIP["subnet"]>,
  networkId: string | undefined,
): Promise<readonly Subnet[]> => {
  if (id === undefined) return cloud.network.listSubnets(subnetQuery(filter, networkId));
  const found = await cloud.network.findSubnet(id);
  return found === undefined ? [] : [found];
};

/** Ids are used unchecked; a filter, in our own project unless it says another, stands for all that it matches. */
const createGroupLookup = (cloud: Cloud) => {
  const looked = new Map<string, Promise<readonly string[]>>();
  const matching = async ({ filter }: NeutronParam): Promise<readonly string[]> => {
    const projectId = given(filter?.projectID) ?? (await cloud.projectId());
    const found = await cloud.network.listSecurityGroups({ ...filterQuery(filter), projectId });
    if (found.length === 0) throw new NoSingleMatch(`security group matching ${JSON.stringify(filter)}`, 0);
    return found.map(({ id }) => id);
  };
  return async (params: readonly NeutronParam[]): Promise<readonly string[]> => {
    const ids = await Promise.all(
      params.map(async (param) => {
        if (param.id !== undefined) return [param.id];
        const key = JSON.stringify(param.filter);
        const known = looked.get(key) ?? matching(param);
        looked.set(key, known);
        return known;
      }),
    );
    return [...new Set(ids.flat())];
  };
};

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);
