import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { localObjectReference, typedLocalObjectReference } from "../meta/references.ts";
import { ipamGroup } from "./group.ts";
import { claimOf, validateIPAddress } from "./ipam.admission.ts";

export const ipAddressSpec = s.object("The address and whose it is", {
  address: required(s.string("The address", { minLength: 1, maxLength: 39 })),
  claimRef: required(s.described("The claim it was given for", localObjectReference)),
  poolRef: required(s.described("The pool it is from", typedLocalObjectReference)),
  prefix: required(s.integer("Length of its network's prefix")),
  gateway: s.string("Gateway of its network", { minLength: 1, maxLength: 39 }),
});
export type IpAddressSpec = TypeOf<typeof ipAddressSpec>;

export interface IPAddress extends KubeObject {
  readonly spec: IpAddressSpec;
}

export const IPAddress = defineKind<IPAddress>({
  ...ipamGroup,
  kind: "IPAddress",
  plural: "ipaddresses",
  formerVersions: [{ name: "v1alpha1", served: true }],
  columns: [
    column("Address", ".spec.address"),
    column("Pool Name", ".spec.poolRef.name"),
    column("Pool Kind", ".spec.poolRef.kind"),
    ageColumn,
  ],
  description: "An address that was given",
  fields: {
    spec: ipAddressSpec,
  },
  validate: validateIPAddress,
  reads: claimOf,
});
