import type { ResolvedPort } from "@slipway/api";
import type { NewPort, Port, Trunk } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { sameTags } from "../openstackcloud/tags.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";

interface PortParts {
  readonly wanted: ResolvedPort;
  readonly ports: readonly Pick<Port, "id" | "tags">[];
  readonly trunks: readonly Trunk[];
}

/** The server's ports, found again by their name on their network. They are all there before the server is asked for. */
export const ports = cloudPhase<ServerScope, readonly PortParts[] | { readonly known: readonly string[] }, ServerFacts>({
  name: "ports",
  observe: async ({ oss, cloud }, _, made) => {
    const wanted = oss.status?.resolved?.ports ?? [];
    const recorded = (oss.status?.resources?.ports ?? []).map(({ id }) => id);
    // With the server there, its ports are Nova's concern: a new one would be attached to nothing.
    if (oss.status?.instanceID !== undefined && recorded.length === wanted.length) return { known: recorded };
    return Promise.all(
      wanted.map(async (port) => {
        const listed = await cloud.network.listPorts({ name: port.name, networkId: port.networkID });
        const madeId = made.get(`createPort ${port.name}`);
        const found = listed.length === 0 && madeId !== undefined ? [{ id: madeId, tags: port.tags ?? [] }] : listed;
        const [only] = found;
        const trunks =
          port.trunk === true && only !== undefined ? await cloud.network.listTrunks({ portId: only.id, name: port.name }) : [];
        return { wanted: port, ports: found, trunks };
      }),
    );
  },
  decide: (observed) => {
    if ("known" in observed) return ready({ portIds: observed.known });
    const double = observed.find((one) => one.ports.length > 1);
    if (double !== undefined) {
      const message = `found ${double.ports.length} ports named ${double.wanted.name}: delete all but one`;
      return wait("Ambiguous", { message, recheckSeconds: 60, facts: { portIds: leading(observed) } });
    }
    const effects = observed.flatMap(effectsOf);
    return effects.length === 0
      ? ready({ portIds: leading(observed) })
      : act<CloudEffect, ServerFacts>("PortsCreating", effects, { facts: { portIds: leading(observed) } });
  },
});

/** Ids in the order of the list: what comes after a gap is not known yet. */
const leading = (observed: readonly PortParts[]): readonly string[] => {
  const gap = observed.findIndex((one) => one.ports.length === 0);
  return observed.slice(0, gap < 0 ? observed.length : gap).flatMap((one) => one.ports[0]?.id ?? []);
};

const effectsOf = ({ wanted, ports: [port], trunks: [trunk] }: PortParts): readonly CloudEffect[] => {
  if (port === undefined) return [{ call: "createPort", with: portFor(wanted) }];
  const tags = wanted.tags ?? [];
  const effects: CloudEffect[] = [];
  if (tags.length > 0 && !sameTags(port.tags, tags)) {
    effects.push({ call: "replaceTags", with: { resource: "ports", id: port.id, tags } });
  }
  if (wanted.trunk !== true) return effects;
  if (trunk === undefined) {
    effects.push({ call: "createTrunk", with: { portId: port.id, name: wanted.name, description: wanted.description } });
  } else if (tags.length > 0 && !sameTags(trunk.tags, tags)) {
    effects.push({ call: "replaceTags", with: { resource: "trunks", id: trunk.id, tags } });
  }
  return effects;
};

/** The request for a port. What the spec leaves open, Neutron decides. */
export const portFor = (port: ResolvedPort): NewPort => {
  const { ovsHWOffload, trustedVF } = port.profile ?? {};
  const profile = { ...(ovsHWOffload ? { capabilities: ["switchdev"] } : {}), ...(trustedVF ? { trusted: true } : {}) };
  const fixedIps = port.fixedIPs ?? [];
  const pairs = port.disablePortSecurity === true ? [] : (port.allowedAddressPairs ?? []);
  return {
    networkId: port.networkID,
    name: port.name,
    description: port.description,
    adminStateUp: port.adminStateUp,
    macAddress: some(port.macAddress),
    fixedIps: fixedIps.length === 0 ? undefined : fixedIps.map(fixedIpFor),
    // An empty list is not the same as none: it keeps the project's default group away from a port without port security.
    securityGroups: port.disablePortSecurity === true ? [] : nonEmpty(port.securityGroups),
    allowedAddressPairs: pairs.length === 0 ? undefined : pairs.map(pairFor),
    propagateUplinkStatus: port.propagateUplinkStatus,
    valueSpecs:
      port.valueSpecs === undefined ? undefined : Object.fromEntries(port.valueSpecs.map(({ key, value }) => [key, value])),
    portSecurity: port.disablePortSecurity === undefined ? undefined : !port.disablePortSecurity,
    hostId: some(port.hostID),
    vnicType: some(port.vnicType),
    bindingProfile: Object.keys(profile).length === 0 ? undefined : profile,
  };
};

const some = (value: string | undefined): string | undefined => (value === "" ? undefined : value);
const nonEmpty = (list: readonly string[] | undefined) => (list === undefined || list.length === 0 ? undefined : list);

const fixedIpFor = ({ subnet, ipAddress }: { readonly subnet?: string; readonly ipAddress?: string }) => ({
  ...(subnet === undefined ? {} : { subnet_id: subnet }),
  ...(ipAddress === undefined ? {} : { ip_address: ipAddress }),
});

const pairFor = ({ ipAddress, macAddress }: { readonly ipAddress: string; readonly macAddress?: string }) => ({
  ip_address: ipAddress,
  ...(macAddress === undefined || macAddress === "" ? {} : { mac_address: macAddress }),
});
