import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { localObjectReference, typedLocalObjectReference } from "../meta/references.ts";
import { ipamGroup } from "./group.ts";
import { validateIPAddressClaim } from "./ipam.admission.ts";

export const ipAddressClaimSpec = s.object("What is asked for", {
  poolRef: required(s.described("The pool to take from", typedLocalObjectReference)),
  clusterName: s.string("Name of the Cluster it belongs to", { minLength: 1, maxLength: 63 }),
});
export type IpAddressClaimSpec = TypeOf<typeof ipAddressClaimSpec>;

export const ipAddressClaimStatus = s.object("What was given", {
  addressRef: s.described("The address", localObjectReference),
  conditions: conditions,
  v1beta2: v1Beta2Status,
});
export type IpAddressClaimStatus = TypeOf<typeof ipAddressClaimStatus>;

export interface IPAddressClaim extends KubeObject {
  readonly spec: IpAddressClaimSpec;
  readonly status?: IpAddressClaimStatus;
}

export const IPAddressClaim = defineKind<IPAddressClaim>({
  ...ipamGroup,
  kind: "IPAddressClaim",
  plural: "ipaddressclaims",
  subresources: { status: true },
  formerVersions: [{ name: "v1alpha1", served: true }],
  columns: [column("Pool Name", ".spec.poolRef.name"), column("Pool Kind", ".spec.poolRef.kind"), ageColumn],
  description: "An address that is asked for",
  fields: {
    spec: ipAddressClaimSpec,
    status: ipAddressClaimStatus,
  },
  validate: validateIPAddressClaim,
});
