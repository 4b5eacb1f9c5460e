import { defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { openStackConditions } from "./conditions.ts";
import { infrastructureGroup } from "./group.ts";
import { networkStatus } from "./openstackcluster.ts";
import { identityRef, neutronParam } from "./params.ts";

export const openStackFloatingIPPoolSpec = s.object("What the pool should be", {
  identityRef: required(identityRef),
  reclaimPolicy: required(s.enum("What becomes of an address that is given back", ["Retain", "Delete"])),
  floatingIPNetwork: s.described("Network of the addresses", neutronParam),
  maxIPs: s.integer("Most addresses"),
  preAllocatedFloatingIPs: s.list("Addresses that are there already", s.string()),
});
export type OpenStackFloatingIPPoolSpec = TypeOf<typeof openStackFloatingIPPoolSpec>;

export const openStackFloatingIPPoolStatus = s.object("What the pool is", {
  availableIPs: s.list("Addresses that are free", s.string(), { default: [] }),
  claimedIPs: s.list("Addresses that are given", s.string(), { default: [] }),
  conditions: openStackConditions,
  failedIPs: s.list("Addresses that could not be had", s.string()),
  floatingIPNetwork: s.described("Network of the addresses", networkStatus),
});
export type OpenStackFloatingIPPoolStatus = TypeOf<typeof openStackFloatingIPPoolStatus>;

export interface OpenStackFloatingIPPool extends KubeObject {
  readonly spec: OpenStackFloatingIPPoolSpec;
  readonly status?: OpenStackFloatingIPPoolStatus;
}

export const OpenStackFloatingIPPool = defineKind<OpenStackFloatingIPPool>({
  ...infrastructureGroup,
  kind: "OpenStackFloatingIPPool",
  plural: "openstackfloatingippools",
  version: "v1alpha1",
  categories: [],
  subresources: { status: true },
  description: "Floating IPs that machines claim",
  fields: {
    spec: openStackFloatingIPPoolSpec,
    status: openStackFloatingIPPoolStatus,
  },
});
