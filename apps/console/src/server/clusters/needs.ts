import type { Flavor, NewCluster, Problem, QuotaName, QuotaShortfall, QuotaUse } from "../../contract/index.ts";
import { inside, type Json, textOf, textsOf } from "../openstack/call.ts";

export type Needs = { readonly [Name in QuotaName]?: number };

/** What a cluster takes of the project's quotas at its largest: autoscaling maxima count (CON-036). */
export const needsOf = (wanted: NewCluster, template: Json, flavors: readonly Flavor[], ownNetwork: boolean): Needs => {
  const labels = { ...textsOf(inside(template, "labels")), ...wanted.labels };
  const flavorOf = (name: string | undefined) => flavors.find((one) => one.id === name || one.name === name);
  const most = Number(labels["max_node_count"] ?? 0);
  const workers = Math.max(wanted.nodeCount ?? 1, Number.isFinite(most) && labels["auto_scaling_enabled"] === "true" ? most : 0);
  const groups = [
    { count: wanted.masterCount ?? 1, flavor: wanted.masterFlavor ?? textOf(template, "master_flavor_id") },
    { count: workers, flavor: wanted.flavor ?? textOf(template, "flavor_id") },
    ...(wanted.nodeGroups ?? []).map((group) => ({
      count: Math.max(group.nodeCount, group.maxNodeCount ?? 0),
      flavor: group.flavor ?? wanted.flavor ?? textOf(template, "flavor_id"),
    })),
  ];
  const sum = (of: (flavor: Flavor) => number) =>
    groups.reduce(
      (total, { count, flavor }) => total + count * (flavorOf(flavor) === undefined ? 0 : of(flavorOf(flavor) as Flavor)),
      0,
    );
  const machines = groups.reduce((total, { count }) => total + count, 0);
  const balanced = wanted.masterLbEnabled ?? template["master_lb_enabled"] === true;
  const bootVolume = Number(labels["boot_volume_size"] ?? 0) || 0;
  const etcdVolume = Number(labels["etcd_volume_size"] ?? 0) || 0;
  const dockerVolume = wanted.dockerVolumeSize ?? 0;
  const volumes =
    machines * ((bootVolume > 0 ? 1 : 0) + (dockerVolume > 0 ? 1 : 0)) + (etcdVolume > 0 ? (wanted.masterCount ?? 1) : 0);
  return {
    clusters: 1,
    instances: machines,
    cores: sum(({ vcpus }) => vcpus),
    ram: sum(({ ram }) => ram),
    serverGroups: groups.length,
    // The limit is for each group, and nothing is used of it (ASK-13).
    serverGroupMembers: Math.max(...groups.map(({ count }) => count)),
    ports: machines + (balanced ? 1 : 0) + (ownNetwork ? 2 : 0),
    ...(ownNetwork ? { networks: 1, subnets: 1, routers: 1 } : {}),
    securityGroups: 2,
    ...(labels["master_lb_floating_ip_enabled"] === "false" ? {} : { floatingIps: 1 }),
    ...(balanced ? { loadBalancers: 1 } : {}),
    ...(volumes === 0
      ? {}
      : { volumes, gigabytes: machines * (bootVolume + dockerVolume) + etcdVolume * (wanted.masterCount ?? 1) }),
  };
};

export const withNeeds = (quotas: readonly QuotaUse[], needs: Needs): readonly QuotaUse[] =>
  quotas.map((quota) => ({ ...quota, adds: needs[quota.resource] ?? 0 }));

export const shortfallsOf = (quotas: readonly QuotaUse[]): readonly QuotaShortfall[] =>
  quotas
    .filter(({ used, limit, adds }) => adds > 0 && limit >= 0 && used + adds > limit)
    .map(({ resource, used, limit, adds }) => ({ resource, needed: adds, free: Math.max(0, limit - used), limit }));

/** What Magnum would refuse, found before it is asked. */
export const checkNewCluster = (
  wanted: NewCluster,
  template: Json | undefined,
  flavors: readonly Flavor[],
  names: readonly string[],
): readonly Problem[] => {
  const problems: Problem[] = [];
  const problem = (field: string, code: Problem["code"], detail: string) => void problems.push({ field, code, detail });
  if (!/^[a-zA-Z][a-zA-Z0-9_.-]*$/.test(wanted.name))
    problem("name", "nameInvalid", "A name begins with a letter; letters, digits, dots, dashes and underscores follow.");
  if (names.includes(wanted.name)) problem("name", "nameTaken", `The project has a cluster ${wanted.name}.`);
  if (template === undefined) problem("templateId", "unknown", "There is no such template.");
  const masters = wanted.masterCount ?? 1;
  if (masters % 2 === 0) problem("masterCount", "evenControlPlane", "etcd needs an odd number of members.");
  const balanced = wanted.masterLbEnabled ?? template?.["master_lb_enabled"] === true;
  if (masters > 1 && !balanced)
    problem("masterLbEnabled", "loadBalancerNeeded", "More than one control-plane node needs the API's load balancer.");
  const flavor = (field: "masterFlavor" | "flavor", role: "controlPlane" | "worker", fallback: string) => {
    const name = wanted[field] ?? (template === undefined ? "" : textOf(template, fallback));
    if (name === "") return;
    const found = flavors.find((one) => one.id === name || one.name === name);
    if (found === undefined) problem(field, "unknown", `There is no flavor ${name}.`);
    else if (!found.fits[role]) problem(field, "flavorTooSmall", `Flavor ${found.name} is too small for that.`);
  };
  flavor("masterFlavor", "controlPlane", "master_flavor_id");
  flavor("flavor", "worker", "flavor_id");
  for (const [index, group] of (wanted.nodeGroups ?? []).entries()) {
    const [least, most] = [group.minNodeCount ?? 0, group.maxNodeCount];
    if (group.nodeCount < least || (most !== undefined && group.nodeCount > most))
      problem(`nodeGroups.${index}.nodeCount`, "outOfRange", "The count lies outside of its own bounds.");
    if (!/^[a-zA-Z][a-zA-Z0-9_.-]*$/.test(group.name))
      problem(`nodeGroups.${index}.name`, "nameInvalid", "Begins with a letter.");
    if (["default-master", "default-worker"].includes(group.name))
      problem(`nodeGroups.${index}.name`, "nameTaken", "Is a default group's.");
  }
  return problems;
};
