import { forbidden } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import type { OpenStackCluster, OpenStackClusterSpec } from "./openstackcluster.ts";

export const validateOpenStackCluster = (
  cluster: OpenStackCluster,
  { old }: AdmissionContext<OpenStackCluster>,
): readonly FieldError[] => (old ? updateErrors(old, cluster) : createErrors(cluster.spec));

/** A rule names its other end in one way. */
const createErrors = ({ managedSecurityGroups }: OpenStackClusterSpec): readonly FieldError[] => {
  const path = "spec.managedSecurityGroups.allNodesSecurityGroupRules";
  const ways = ["remoteManagedGroups", "remoteGroupID", "remoteIPPrefix"] as const;
  return (managedSecurityGroups?.allNodesSecurityGroupRules ?? []).flatMap((rule) => {
    const used = ways.filter((way) => rule[way] !== undefined);
    if (used.length < 2) return [];
    return used.map((way) => forbidden(path, `${way} cannot be used with ${ways.filter((other) => other !== way).join(" or ")}`));
  });
};

const updateErrors = (old: OpenStackCluster, changed: OpenStackCluster): readonly FieldError[] => {
  const bastionLost = changed.spec.bastion === undefined && old.spec.bastion !== undefined && old.spec.bastion.enabled !== false;
  const [before, after] = comparable(old, changed);
  return [
    ...(bastionLost ? [forbidden("spec.bastion", "cannot be removed before disabling it")] : []),
    ...(deepEqual(before, after) ? [] : [forbidden("spec", "cannot be modified")]),
  ];
};

type Pair = readonly [OpenStackClusterSpec, OpenStackClusterSpec];
type Field = keyof OpenStackClusterSpec;

/**
 * The cloud's resources are made from the spec, so it is frozen. Taken out of the comparison: what the controller or the user may
 * fill in once, what the controller re-applies on every pass, and a filter that becomes the id of what it had found.
 */
const comparable = (old: OpenStackCluster, changed: OpenStackCluster): Pair => {
  const frozen: Pair = [old.spec, changed.spec];
  const free: Field[] = ["identityRef", "bastion", "controlPlaneAvailabilityZones", "controlPlaneOmitAvailabilityZone"];
  if (mayBeFilledIn(old.spec.controlPlaneEndpoint?.host)) free.push("controlPlaneEndpoint");
  if (old.spec.disableAPIServerFloatingIP) {
    if (mayBeFilledIn(old.spec.apiServerFixedIP)) free.push("apiServerFixedIP");
    if (old.spec.apiServerPort === undefined) free.push("apiServerPort");
  }
  const balancer = old.status?.apiServerLoadBalancer;
  if (balancer && (changed.spec.apiServerFloatingIP ?? "") === balancer.ip) free.push("apiServerFloatingIP");
  if (subnetsFound(old, changed)) free.push("subnets");
  if (networkFound(old, changed)) free.push("network");
  return withoutAllowedCIDRs(withoutSecurityGroupChoices([without(frozen[0], free), without(frozen[1], free)]));
};

const mayBeFilledIn = (value: string | undefined): boolean => value === undefined || value === "";

const without = (spec: OpenStackClusterSpec, fields: readonly Field[]): OpenStackClusterSpec =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => !fields.includes(name as Field))) as unknown as OpenStackClusterSpec;

/** Managed groups may be turned on and their rules changed; they may not be turned off under running machines. */
const withoutSecurityGroupChoices = ([old, changed]: Pair): Pair => {
  if (!changed.managedSecurityGroups) return [old, changed];
  const plain = (groups: OpenStackClusterSpec["managedSecurityGroups"]) => {
    const { allNodesSecurityGroupRules: _rules, ...rest } = groups ?? { allowAllInClusterTraffic: false };
    return { ...rest, allowAllInClusterTraffic: false };
  };
  return [
    { ...old, managedSecurityGroups: plain(old.managedSecurityGroups) },
    { ...changed, managedSecurityGroups: plain(changed.managedSecurityGroups) },
  ];
};

const withoutAllowedCIDRs = ([old, changed]: Pair): Pair => {
  if (!old.apiServerLoadBalancer || !changed.apiServerLoadBalancer) return [old, changed];
  const { allowedCIDRs: _before, ...before } = old.apiServerLoadBalancer;
  const { allowedCIDRs: _after, ...after } = changed.apiServerLoadBalancer;
  return [
    { ...old, apiServerLoadBalancer: before },
    { ...changed, apiServerLoadBalancer: after },
  ];
};

const networkFound = (old: OpenStackCluster, changed: OpenStackCluster): boolean =>
  old.spec.network !== undefined &&
  changed.spec.network !== undefined &&
  old.status?.network !== undefined &&
  (changed.spec.network.id ?? "") === old.status.network.id;

const subnetsFound = (old: OpenStackCluster, changed: OpenStackCluster): boolean => {
  const found = old.status?.network?.subnets ?? [];
  const [before, after] = [old.spec.subnets ?? [], changed.spec.subnets ?? []];
  if (!old.spec.network || !changed.spec.network || found.length === 0 || before.length !== after.length) return false;
  return after.every((subnet, index) => {
    const was = before[index];
    if (was?.id !== undefined) return subnet.filter === undefined && (subnet.id === undefined || subnet.id === was.id);
    if (was?.filter && subnet.id !== undefined && !subnet.filter) {
      return found.some(({ id, name }) => name === was.filter?.name && id === subnet.id);
    }
    return was?.filter?.name === subnet.filter?.name;
  });
};
