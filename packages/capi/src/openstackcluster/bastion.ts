import {
  apiVersionOf,
  labels,
  OpenStackCluster,
  OpenStackServer,
  type OpenStackServerSpec,
  refOf,
  type Stored,
} from "@slipway/api";
import type { FloatingIp, Network, Port, Server } from "@slipway/openstack";
import { act, fail, type KubeEffect, ownerRef, type Phase, ready, sameJson, wait } from "@slipway/runtime";
import { clusterAddress } from "../openstackcloud/addresses.ts";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { bastionName } from "../openstackcloud/names.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { serverSpec } from "../openstackmachine/serverspec.ts";
import { floatingIpAt } from "./floatingip.ts";
import { needsTags, tag } from "./managednetwork.ts";
import { type ClusterFacts, type ClusterScope, hasBastion } from "./scope.ts";

/** The bastion as the spec wants it now; undefined when it wants none. */
const wantedSpec = ({ osc }: ClusterScope, facts: Partial<ClusterFacts>): OpenStackServerSpec | undefined => {
  const machine = osc.spec.bastion?.spec;
  if (!hasBastion(osc) || machine === undefined) return undefined;
  return serverSpec(machine, {
    identityRef: osc.spec.identityRef,
    networkId: facts.network?.id ?? osc.status?.network?.id ?? "",
    securityGroupId: facts.securityGroups?.bastion?.id,
    clusterTags: osc.spec.tags,
    availabilityZone: osc.spec.bastion?.availabilityZone,
    userDataSecret: undefined,
  });
};

/** A server cannot be changed into another, so any difference means a new one. */
const isFormer = (scope: ClusterScope, facts: Partial<ClusterFacts>): boolean => {
  const wanted = wantedSpec(scope, facts);
  return scope.bastion !== undefined && (wanted === undefined || !sameJson(scope.bastion.spec, wanted));
};

/** The floating IPs of a bastion that goes: they are deleted with it, the user's own too, as upstream does. */
export const formerBastionFloatingIp = cloudPhase<ClusterScope, readonly FloatingIp[], ClusterFacts>({
  name: "formerBastionFloatingIp",
  observe: async (scope, facts) => (isFormer(scope, facts) ? bastionFloatingIps(scope) : []),
  decide: deleteAll,
});

/** Its own object does the work, as for any machine. */
export const bastionServer: Phase<ClusterScope, undefined, KubeEffect, ClusterFacts> = {
  name: "bastionServer",
  observe: () => undefined,
  decide: (_, scope, facts) => {
    const { bastion, osc, cluster } = scope;
    const wanted = wantedSpec(scope, facts);
    // Its address is given back with it: a bastion that follows gets one of its own.
    const former = { facts: { bastion: null } };
    if (bastion?.metadata.deletionTimestamp !== undefined) return wait("BastionDeleting", { recheckSeconds: 15, ...former });
    if (bastion !== undefined && isFormer(scope, facts)) {
      return act("BastionDeleting", { call: "delete", resource: OpenStackServer, ref: refOf(bastion) }, former);
    }
    if (wanted === undefined) return ready({ bastion: null });
    if (bastion === undefined) {
      return act("BastionCreating", {
        call: "create",
        resource: OpenStackServer,
        object: {
          apiVersion: apiVersionOf(OpenStackServer),
          kind: OpenStackServer.kind,
          metadata: {
            name: bastionName(cluster),
            namespace: osc.metadata.namespace ?? "",
            labels: { [labels.clusterName]: cluster.metadata.name },
            ownerReferences: [ownerRef(osc, OpenStackCluster)],
          },
          spec: wanted,
        } as OpenStackServer,
      });
    }
    if (bastion.status?.instanceState === "ERROR") return fail("BastionFailed", "the bastion's server is in ERROR");
    return bastion.status?.ready === true ? ready() : wait("BastionPending", { recheckSeconds: 15 });
  },
};

interface Observed {
  readonly server: Server | undefined;
  readonly port: Port | undefined;
  readonly found: FloatingIp | undefined;
}

/** What status says of a bastion that runs, and its public address. */
export const bastionFloatingIp = cloudPhase<ClusterScope, Observed | undefined, ClusterFacts>({
  name: "bastionFloatingIp",
  observe: async ({ osc, cloud, bastion }, { network }) => {
    const id = bastion?.status?.instanceID;
    if (id === undefined || !hasBastion(osc)) return undefined;
    const server = await cloud.compute.findServer(id);
    const fixedAddress = server === undefined ? undefined : clusterAddress(server, network?.name ?? "");
    const [port] = fixedAddress === undefined ? [] : await cloud.network.listPorts({ deviceId: id, fixedAddress });
    if (port === undefined || osc.spec.disableExternalNetwork === true) return { server, port, found: undefined };
    const onPort = await floatingIpAt(cloud.network, { address: undefined, portId: port.id });
    const address = addressOf(osc);
    return {
      server,
      port,
      found: onPort ?? (address === undefined ? undefined : await floatingIpAt(cloud.network, { address, portId: port.id })),
    };
  },
  decide: (observed, { osc, description, tags }, { externalNetwork, network }) => {
    if (observed === undefined) return ready();
    const { server, port, found } = observed;
    if (server === undefined) return fail("BastionLost", "the bastion's server is gone from the cloud");
    const bastion = {
      id: server.id,
      name: server.name,
      sshKeyName: server.keyName,
      state: server.status,
      ip: clusterAddress(server, network?.name ?? "") ?? "",
    };
    if (osc.spec.disableExternalNetwork === true || !externalNetwork) return ready({ bastion });
    if (port === undefined) return wait("BastionPortMissing", { recheckSeconds: 15, facts: { bastion } });
    if (found === undefined) {
      return act<CloudEffect, ClusterFacts>("FloatingIPCreating", {
        call: "createFloatingIp",
        with: { networkId: externalNetwork.id, description, address: addressOf(osc), portId: port.id },
      });
    }
    if (osc.spec.bastion?.floatingIP === undefined && needsTags(found.tags, tags)) return tag("floatingips", found.id, tags);
    if (found.portId !== port.id) {
      return act<CloudEffect, ClusterFacts>("FloatingIPAssociating", {
        call: "associateFloatingIp",
        with: { id: found.id, portId: port.id },
      });
    }
    const facts = { bastion: { ...bastion, floatingIP: found.address } };
    return found.status === "ACTIVE" ? ready(facts) : wait("FloatingIPPending", { recheckSeconds: 0.5, facts });
  },
});

const addressOf = ({ spec, status }: Stored<OpenStackCluster>): string | undefined => {
  const address = status?.bastion?.floatingIP ?? spec.bastion?.floatingIP;
  return address === "" ? undefined : address;
};

/** Those that status knows, and any that is on its ports. */
export const bastionFloatingIps = async ({ osc, cloud, bastion }: ClusterScope): Promise<readonly FloatingIp[]> => {
  const id = bastion?.status?.instanceID;
  const address = osc.status?.bastion?.floatingIP;
  const known = address === undefined || address === "" ? [] : await cloud.network.listFloatingIps({ address });
  const onPorts = id === undefined ? [] : await floatingIpsOf(cloud.network, id);
  return [...new Map([...known, ...onPorts].map((one) => [one.id, one])).values()];
};

const floatingIpsOf = async (neutron: Network, serverId: string): Promise<readonly FloatingIp[]> => {
  const ports = await neutron.listPorts({ deviceId: serverId });
  return (await Promise.all(ports.map(({ id }) => neutron.listFloatingIps({ portId: id })))).flat();
};

export function deleteAll(found: readonly FloatingIp[]) {
  if (found.length === 0) return ready<ClusterFacts>();
  return act<CloudEffect, ClusterFacts>(
    "FloatingIPDeleting",
    found.map(({ id }): CloudEffect => ({ call: "deleteFloatingIp", with: id })),
  );
}
