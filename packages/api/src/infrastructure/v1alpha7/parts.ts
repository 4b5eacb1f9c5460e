import type { NeutronFilter, NeutronParam, SubnetParam } from "../params.ts";
import type { PortOpts } from "../ports.ts";
import type { VolumeAvailabilityZone } from "../serverparts.ts";
import type { OldFilter, OldPort, OldSubnetFilter } from "./schema.ts";

/** Old fields are there or empty, new ones are there or absent: `""`, `0` and `false` mean nothing said. */
export const said = <T>(value: T | undefined): T | undefined =>
  value === "" || (value as unknown) === 0 || (value as unknown) === false ? undefined : value;

/** Without the fields that say nothing. */
export const compact = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const some = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

const split = (tags: string | undefined): readonly string[] | undefined =>
  some((tags ?? "").split(",").filter((tag) => tag !== ""));
const join = (tags: readonly string[] | undefined): string | undefined => said((tags ?? []).join(","));

const tagsOf = (old: OldFilter) => ({
  tags: split(old.tags),
  tagsAny: split(old.tagsAny),
  notTags: split(old.notTags),
  notTagsAny: split(old.notTagsAny),
});

const joinedTags = (filter: NeutronFilter) => ({
  tags: join(filter.tags),
  tagsAny: join(filter.tagsAny),
  notTags: join(filter.notTags),
  notTagsAny: join(filter.notTagsAny),
});

/** An id wins over everything else. */
export const paramOf = (old: OldFilter): NeutronParam => {
  if (said(old.id) !== undefined) return { id: old.id as string };
  const filter = compact<NeutronFilter>({
    name: said(old.name),
    description: said(old.description),
    projectID: said(old.projectId),
    ...tagsOf(old),
  });
  return isEmpty(filter) ? {} : { filter };
};

export const filterOf = ({ id, filter }: NeutronParam): OldFilter => {
  if (id !== undefined) return { id };
  if (filter === undefined) return {};
  const { name, description, projectID } = filter;
  return compact<OldFilter>({
    id: undefined,
    name: said(name),
    description: said(description),
    projectId: said(projectID),
    ...joinedTags(filter),
  });
};

export const subnetParamOf = (old: OldSubnetFilter): SubnetParam => {
  if (said(old.id) !== undefined) return { id: old.id as string };
  const filter = compact<NonNullable<SubnetParam["filter"]>>({
    name: said(old.name),
    description: said(old.description),
    projectID: said(old.projectId),
    ipVersion: said(old.ipVersion),
    gatewayIP: said(old.gateway_ip),
    cidr: said(old.cidr),
    ipv6AddressMode: said(old.ipv6AddressMode),
    ipv6RAMode: said(old.ipv6RaMode),
    ...tagsOf(old),
  });
  return isEmpty(filter) ? {} : { filter };
};

export const subnetFilterOf = ({ id, filter }: SubnetParam): OldSubnetFilter => {
  if (id !== undefined) return { id };
  if (filter === undefined) return {};
  const { name, description, projectID, ipVersion, gatewayIP, cidr, ipv6AddressMode, ipv6RAMode } = filter;
  return compact<OldSubnetFilter>({
    id: undefined,
    name: said(name),
    description: said(description),
    projectId: said(projectID),
    ipVersion: said(ipVersion),
    gateway_ip: said(gatewayIP),
    cidr: said(cidr),
    ipv6AddressMode: said(ipv6AddressMode),
    ipv6RaMode: said(ipv6RAMode),
    ...joinedTags(filter),
  });
};

/** No zone meant the server's own. */
export const zoneOf = (old: string | undefined): VolumeAvailabilityZone =>
  said(old) === undefined ? { from: "Machine" } : { from: "Name", name: old as string };

export const zoneName = (zone: VolumeAvailabilityZone | undefined): string | undefined =>
  zone === undefined || zone.from === "Machine" ? undefined : said(zone.name);

const same = ["adminStateUp", "disablePortSecurity", "propagateUplinkStatus", "tags", "trunk"] as const;
const texts = ["description", "macAddress", "nameSuffix", "vnicType"] as const;

export const portOf = (old: OldPort): PortOpts =>
  compact<PortOpts>({
    ...Object.fromEntries(same.map((name) => [name, old[name]])),
    ...Object.fromEntries(texts.map((name) => [name, said(old[name])])),
    hostID: said(old.hostId),
    network: old.network && paramOf(old.network),
    allowedAddressPairs: some(old.allowedAddressPairs)?.map(({ ipAddress, macAddress }) =>
      compact<{ ipAddress: string; macAddress?: string }>({ ipAddress: ipAddress ?? "", macAddress: said(macAddress) }),
    ),
    fixedIPs: old.fixedIPs?.map(({ subnet, ipAddress }) =>
      compact<NonNullable<PortOpts["fixedIPs"]>[number]>({ subnet: subnet && subnetParamOf(subnet), ipAddress: said(ipAddress) }),
    ),
    securityGroups: some(old.securityGroupFilters)?.map(paramOf),
    profile:
      old.profile?.ovsHWOffload || old.profile?.trustedVF
        ? compact<NonNullable<PortOpts["profile"]>>({
            ovsHWOffload: said(old.profile.ovsHWOffload),
            trustedVF: said(old.profile.trustedVF),
          })
        : undefined,
    valueSpecs: some(old.valueSpecs),
  } as { readonly [K in keyof PortOpts]: PortOpts[K] | undefined });

export const oldPortOf = (port: PortOpts): OldPort =>
  compact<OldPort>({
    ...Object.fromEntries(same.map((name) => [name, port[name]])),
    ...Object.fromEntries(texts.map((name) => [name, said(port[name])])),
    hostId: said(port.hostID),
    network: port.network && filterOf(port.network),
    allowedAddressPairs: some(port.allowedAddressPairs)?.map(({ ipAddress, macAddress }) =>
      compact<{ ipAddress?: string; macAddress?: string }>({ ipAddress: said(ipAddress), macAddress: said(macAddress) }),
    ),
    fixedIPs: port.fixedIPs?.map(({ subnet, ipAddress }) =>
      compact<NonNullable<OldPort["fixedIPs"]>[number]>({ subnet: subnetFilterOf(subnet ?? {}), ipAddress: said(ipAddress) }),
    ),
    securityGroupFilters: some(port.securityGroups)?.map(filterOf),
    profile: port.profile
      ? compact<NonNullable<OldPort["profile"]>>({
          ovsHWOffload: said(port.profile.ovsHWOffload),
          trustedVF: said(port.profile.trustedVF),
        })
      : undefined,
    valueSpecs: some(port.valueSpecs),
  } as { readonly [K in keyof OldPort]: OldPort[K] | undefined });
