import { defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import { networkStatus } from "./openstackcluster.ts";
import { identityRef, neutronParam } from "./params.ts";

export const openStackFloatingIPPoolSpec = s.object({
  identityRef: required(identityRef),
  reclaimPolicy: required(s.enum(["Retain", "Delete"])),
  floatingIPNetwork: neutronParam,
  maxIPs: s.integer(),
  preAllocatedFloatingIPs: s.list(s.string()),
});
export type OpenStackFloatingIPPoolSpec = TypeOf<typeof openStackFloatingIPPoolSpec>;

export const openStackFloatingIPPoolStatus = s.object({
  availableIPs: s.list(s.string(), { default: [] }),
  claimedIPs: s.list(s.string(), { default: [] }),
  conditions: s.list(
    s.object({
      lastTransitionTime: required(s.time()),
      status: required(s.string()),
      type: required(s.string()),
      message: s.string(),
      reason: s.string(),
      severity: s.string(),
    }),
  ),
  failedIPs: s.list(s.string()),
  floatingIPNetwork: networkStatus,
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
  description: "TODO",
  fields: {
    spec: openStackFloatingIPPoolSpec,
    status: openStackFloatingIPPoolStatus,
  },
});
