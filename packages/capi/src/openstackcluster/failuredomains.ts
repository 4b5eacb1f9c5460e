import type { FailureDomains, OpenStackClusterSpec } from "@slipway/api";
import type { AvailabilityZone } from "@slipway/openstack";
import { ready } from "@slipway/runtime";
import { cloudPhase } from "../openstackcloud/settle.ts";
import type { ClusterFacts, ClusterScope } from "./scope.ts";

/** Nova's availability zones are the failure domains: those that are there now, and no others. */
export const failureDomains = cloudPhase<ClusterScope, readonly AvailabilityZone[], ClusterFacts>({
  name: "failureDomains",
  observe: ({ cloud }) => cloud.compute.listAvailabilityZones(),
  decide: (zones, { osc: { spec } }) => ready({ failureDomains: domainsOf(zones, spec) }),
});

export const domainsOf = (
  zones: readonly AvailabilityZone[],
  spec: Pick<OpenStackClusterSpec, "controlPlaneAvailabilityZones" | "controlPlaneOmitAvailabilityZone">,
): FailureDomains => {
  const listed = spec.controlPlaneAvailabilityZones ?? [];
  const controlPlane = (name: string) =>
    listed.length > 0 ? listed.includes(name) : spec.controlPlaneOmitAvailabilityZone !== true;
  const available = zones.filter((zone) => zone.available).sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(available.map(({ name }) => [name, { controlPlane: controlPlane(name) }]));
};
