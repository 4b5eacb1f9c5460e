import type { CloudContext } from "../context.ts";
import type { FlavorSnapshot, ServerGroup } from "./records.ts";

export interface Host {
  readonly name: string;
  readonly zone: string;
}
export interface Placement {
  readonly zone: string | null;
  readonly host: string | null;
  readonly group: ServerGroup | undefined;
  readonly flavor: FlavorSnapshot;
}

export const hostsOf = ({ settings }: Pick<CloudContext, "settings">): readonly Host[] =>
  settings.availabilityZones.flatMap(({ name, hosts }) =>
    Array.from({ length: hosts }, (_, i) => ({ name: `compute-${name}-${i + 1}`, zone: name })),
  );

/** The host for a new server: allowed by zone, capacity and group, then the emptiest. Undefined: no valid host. */
export const createScheduler = (context: CloudContext) => {
  const { state, settings } = context;
  const hosts = hostsOf(context);

  const fits = (host: Host, flavor: FlavorSnapshot): boolean => {
    const { vcpus, ramMiB } = settings.hostCapacity;
    if (vcpus < 0 && ramMiB < 0) return true;
    const servers = state.servers.by("host", host.name);
    const cores = servers.reduce((sum, server) => sum + server.flavor.vcpus, flavor.vcpus);
    const memory = servers.reduce((sum, server) => sum + server.flavor.ram, flavor.ram);
    return (vcpus < 0 || cores <= vcpus) && (ramMiB < 0 || memory <= ramMiB);
  };

  return ({ zone, host, group, flavor }: Placement): Host | undefined => {
    const members = group ? state.servers.by("group", group.id).filter((server) => server.host !== null) : [];
    const onHost = (one: Host): number => members.filter((server) => server.host === one.name).length;
    const allowed = hosts.filter((one) => {
      if (state.closedZones.get(one.zone)) return false;
      if ((zone !== null && one.zone !== zone) || (host !== null && one.name !== host) || !fits(one, flavor)) return false;
      if (group?.policy === "anti-affinity") return onHost(one) < (group.rules.max_server_per_host ?? 1);
      if (group?.policy === "affinity") return members.length === 0 || onHost(one) > 0;
      return true;
    });
    const weight = (one: Host): number => {
      const together = onHost(one);
      const preference = group?.policy === "soft-affinity" ? -together : together;
      return preference * 1_000_000 + state.servers.count("host", one.name);
    };
    let best: { host: Host; weight: number } | undefined;
    for (const one of allowed) {
      const its = weight(one);
      if (!best || its < best.weight) best = { host: one, weight: its };
    }
    return best?.host;
  };
};
