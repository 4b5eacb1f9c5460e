import { required, s, type TypeOf } from "../kind/fields.ts";
import { neutronParam, resourceTags, subnetParam } from "./params.ts";

export const addressPair = s.object({
  ipAddress: required(s.string()),
  macAddress: s.string(),
});
export type AddressPair = TypeOf<typeof addressPair>;

export const bindingProfile = s.object({
  ovsHWOffload: s.boolean(),
  trustedVF: s.boolean(),
});
export type BindingProfile = TypeOf<typeof bindingProfile>;

export const valueSpec = s.object({
  key: required(s.string()),
  name: required(s.string()),
  value: required(s.string()),
});
export type ValueSpec = TypeOf<typeof valueSpec>;

export const fixedIP = s.object({
  ipAddress: s.string(),
  subnet: subnetParam,
});
export type FixedIP = TypeOf<typeof fixedIP>;

export const resolvedFixedIP = s.object({
  ipAddress: s.string(),
  subnet: s.string(),
});
export type ResolvedFixedIP = TypeOf<typeof resolvedFixedIP>;

export const portOpts = s.object({
  adminStateUp: s.boolean(),
  allowedAddressPairs: s.list(addressPair),
  description: s.string(),
  disablePortSecurity: s.boolean(),
  fixedIPs: s.list(fixedIP, { merge: "atomic" }),
  hostID: s.string(),
  macAddress: s.string(),
  nameSuffix: s.string(),
  network: neutronParam,
  profile: bindingProfile,
  propagateUplinkStatus: s.boolean(),
  securityGroups: s.list(neutronParam, { merge: "atomic" }),
  tags: resourceTags,
  trunk: s.boolean(),
  valueSpecs: s.list(valueSpec, { merge: ["name"] }),
  vnicType: s.string(),
});
export type PortOpts = TypeOf<typeof portOpts>;

export const resolvedPort = s.object({
  description: required(s.string()),
  name: required(s.string()),
  networkID: required(s.string()),
  adminStateUp: s.boolean(),
  allowedAddressPairs: s.list(addressPair),
  disablePortSecurity: s.boolean(),
  fixedIPs: s.list(resolvedFixedIP, { merge: "atomic" }),
  hostID: s.string(),
  macAddress: s.string(),
  profile: bindingProfile,
  propagateUplinkStatus: s.boolean(),
  securityGroups: s.list(s.string(), { merge: "atomic" }),
  tags: resourceTags,
  trunk: s.boolean(),
  valueSpecs: s.list(valueSpec, { merge: ["name"] }),
  vnicType: s.string(),
});
export type ResolvedPort = TypeOf<typeof resolvedPort>;
