import { required, s, type TypeOf } from "../kind/fields.ts";
import { neutronParam, resourceTags, subnetParam } from "./params.ts";

export const addressPair = s.object("Another address that the port may use", {
  ipAddress: required(s.string("Address or range")),
  macAddress: s.string("MAC address"),
});
export type AddressPair = TypeOf<typeof addressPair>;

export const bindingProfile = s.object("How the port is plugged", {
  ovsHWOffload: s.boolean("Offloaded to hardware"),
  trustedVF: s.boolean("The guest may change its virtual function"),
});
export type BindingProfile = TypeOf<typeof bindingProfile>;

export const valueSpec = s.object("A setting that this API does not know", {
  key: required(s.string("Name of Neutron's field")),
  name: required(s.string("Name of the entry")),
  value: required(s.string("Value of the field")),
});
export type ValueSpec = TypeOf<typeof valueSpec>;

export const fixedIP = s.object("An address of the port", {
  ipAddress: s.string("The address"),
  subnet: s.described("Its subnet", subnetParam),
});
export type FixedIP = TypeOf<typeof fixedIP>;

export const resolvedFixedIP = s.object("An address of the port", {
  ipAddress: s.string("The address"),
  subnet: s.string("Id of its subnet"),
});
export type ResolvedFixedIP = TypeOf<typeof resolvedFixedIP>;

export const portOpts = s.object("A port of the server", {
  adminStateUp: s.boolean("Whether the port is up"),
  allowedAddressPairs: s.list("Other addresses that the port may use", addressPair),
  description: s.string("For people"),
  disablePortSecurity: s.boolean("Let any traffic through"),
  fixedIPs: s.list("Its addresses", fixedIP, { merge: "atomic" }),
  hostID: s.string("Host the port is bound to"),
  macAddress: s.string("MAC address"),
  nameSuffix: s.string("End of the port's name; absent: its number"),
  network: s.described("Its network; absent: the cluster's", neutronParam),
  profile: bindingProfile,
  propagateUplinkStatus: s.boolean("The guest sees whether the uplink is up"),
  securityGroups: s.list("Its security groups; absent: the server's", neutronParam, { merge: "atomic" }),
  tags: s.described("Its tags, besides the server's", resourceTags),
  trunk: s.boolean("Make a trunk of it"),
  valueSpecs: s.list("Settings that this API does not know", valueSpec, { merge: ["name"] }),
  vnicType: s.string("How the port is plugged in"),
});
export type PortOpts = TypeOf<typeof portOpts>;

export const resolvedPort = s.object("A port of the server, with everything looked up", {
  description: required(s.string("For people")),
  name: required(s.string("Name")),
  networkID: required(s.string("Id of its network")),
  adminStateUp: s.boolean("Whether the port is up"),
  allowedAddressPairs: s.list("Other addresses that the port may use", addressPair),
  disablePortSecurity: s.boolean("Let any traffic through"),
  fixedIPs: s.list("Its addresses", resolvedFixedIP, { merge: "atomic" }),
  hostID: s.string("Host the port is bound to"),
  macAddress: s.string("MAC address"),
  profile: bindingProfile,
  propagateUplinkStatus: s.boolean("The guest sees whether the uplink is up"),
  securityGroups: s.list("Ids of its security groups", s.string(), { merge: "atomic" }),
  tags: s.described("Its tags", resourceTags),
  trunk: s.boolean("Make a trunk of it"),
  valueSpecs: s.list("Settings that this API does not know", valueSpec, { merge: ["name"] }),
  vnicType: s.string("How the port is plugged in"),
});
export type ResolvedPort = TypeOf<typeof resolvedPort>;
