import type { OpenStackServer, Stored } from "@slipway/api";
import type { Port, Server, Trunk, Volume } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { portName } from "../openstackcloud/names.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";
import { wantedVolumes } from "./volumes.ts";

/** The server first: Nova lets go of its ports and volumes. Gone is when Nova does not know it any more. */
export const deleteServer = cloudPhase<ServerScope, readonly Server[], ServerFacts>({
  name: "deleteServer",
  observe: async ({ oss, cloud }) => {
    const known = oss.status?.instanceID;
    if (known === undefined) return cloud.compute.listServersNamed(oss.metadata.name);
    const found = await cloud.compute.findServer(known);
    return found === undefined ? [] : [found];
  },
  decide: (servers, { oss, now }) => {
    const [found] = servers;
    if (found === undefined) return ready();
    // Asked once: then Nova is at work, or has put it aside for a while (soft delete), which is as good as gone to us.
    if (found.status === "SOFT_DELETED") return ready();
    if (found.taskState === "deleting" || found.status === "DELETED") {
      const since = new Date(oss.metadata.deletionTimestamp ?? now);
      return wait("ServerDeleting", { recheckSeconds: recheckAfter(now, since) });
    }
    return act<CloudEffect, ServerFacts>(
      "ServerDeleting",
      servers.map(({ id }): CloudEffect => ({ call: "deleteServer", with: id })),
    );
  },
});

/** Volumes that never met a server. Those that did went with it. */
export const deleteVolumes = cloudPhase<ServerScope, readonly Volume[], ServerFacts>({
  name: "deleteVolumes",
  observe: async ({ oss, cloud }) => {
    const found = await Promise.all(wantedVolumes(oss).map(({ name }) => cloud.volumes.listVolumesNamed(name)));
    return found.flat();
  },
  decide: (found, { oss, now }) => {
    const idle = found.filter(({ status }) => status === "available" || status === "error");
    if (idle.length > 0) {
      return act<CloudEffect, ServerFacts>(
        "VolumesDeleting",
        idle.map(({ id }): CloudEffect => ({ call: "deleteVolume", with: id })),
      );
    }
    if (found.length === 0) return ready();
    const since = new Date(oss.metadata.deletionTimestamp ?? now);
    return wait("VolumesDeleting", {
      message: `volume ${found[0]?.name ?? ""} is ${found[0]?.status ?? ""}`,
      recheckSeconds: recheckAfter(now, since),
    });
  },
});

interface PortParts {
  readonly port: Pick<Port, "id">;
  readonly trunk: Trunk | undefined;
  readonly subports: readonly string[];
}

/** Ports, and the trunks on them with their subports. */
export const deletePorts = cloudPhase<ServerScope, readonly PortParts[], ServerFacts>({
  name: "deletePorts",
  observe: async ({ oss, cloud }) => {
    const found = await portsOf(oss, cloud);
    const trunked = found.length > 0 && (await cloud.network.hasNetworkExtension("trunk"));
    return Promise.all(
      found.map(async (port) => {
        const [trunk] = trunked ? await cloud.network.listTrunks({ portId: port.id }) : [];
        return { port, trunk, subports: trunk === undefined ? [] : await cloud.network.listSubports(trunk.id) };
      }),
    );
  },
  decide: (found) => {
    const effects = found.flatMap(({ port, trunk, subports }): readonly CloudEffect[] => [
      ...(trunk === undefined ? [] : deleteTrunk(trunk, subports)),
      { call: "deletePort", with: port.id },
    ]);
    return effects.length === 0 ? ready() : act<CloudEffect, ServerFacts>("PortsDeleting", effects);
  },
});

/** Neutron refuses to delete a trunk's port while the trunk is there, and a subport while it is on the trunk. */
const deleteTrunk = (trunk: Trunk, subports: readonly string[]): readonly CloudEffect[] => [
  ...(subports.length === 0 ? [] : [{ call: "removeSubports", with: { trunkId: trunk.id, portIds: subports } } as const]),
  ...subports.map((id): CloudEffect => ({ call: "deletePort", with: id })),
  { call: "deleteTrunk", with: trunk.id },
];

/** By their names, on their networks where those are known, so that ports are found even when status was lost in a move. */
const portsOf = async (oss: Stored<OpenStackServer>, cloud: ServerScope["cloud"]): Promise<readonly Pick<Port, "id">[]> => {
  const resolved = oss.status?.resolved?.ports;
  const named =
    resolved?.map(({ name, networkID }) => ({ name, networkId: networkID })) ??
    oss.spec.ports.map(({ nameSuffix, network }, index) => ({
      name: portName(oss.metadata.name, nameSuffix, index),
      networkId: network?.id,
    }));
  const listed = await Promise.all(named.map((filter) => cloud.network.listPorts(filter)));
  const instance = oss.status?.instanceID;
  return listed.flat().filter(({ deviceId }) => deviceId === "" || deviceId === instance);
};
