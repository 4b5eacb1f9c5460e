import type { IdentityRef, OpenStackMachineSpec, OpenStackServerSpec, PortOpts } from "@slipway/api";
import { mergeTags } from "../openstackcloud/tags.ts";

export interface Surroundings {
  readonly identityRef: IdentityRef;
  readonly networkId: string;
  /** The cluster's own group for this role; undefined when groups are not managed. */
  readonly securityGroupId: string | undefined;
  readonly clusterTags: readonly string[] | undefined;
  readonly availabilityZone: string | undefined;
  /** Undefined for a server that has nothing to read at its first boot. */
  readonly userDataSecret: string | undefined;
}

/** The server that a machine stands for. Whole and computed: the machine's own spec is never touched. */
export const serverSpec = (machine: OpenStackMachineSpec, around: Surroundings): OpenStackServerSpec => {
  const tags = mergeTags(machine.tags, around.clusterTags);
  const fields: OpenStackServerSpec = {
    additionalBlockDevices: machine.additionalBlockDevices,
    availabilityZone: around.availabilityZone === "" ? undefined : around.availabilityZone,
    configDrive: machine.configDrive,
    flavor: machine.flavor,
    flavorID: machine.flavorID,
    floatingIPPoolRef: machine.floatingIPPoolRef,
    identityRef: machine.identityRef ?? around.identityRef,
    image: machine.image,
    ports: portsFor(machine, around),
    rootVolume: machine.rootVolume,
    schedulerHintAdditionalProperties: machine.schedulerHintAdditionalProperties,
    serverGroup: machine.serverGroup,
    serverMetadata: machine.serverMetadata,
    sshKeyName: machine.sshKeyName ?? "",
    tags: tags.length === 0 ? undefined : tags,
    trunk: machine.trunk === true ? true : undefined,
    userDataRef: around.userDataSecret === undefined ? undefined : { name: around.userDataSecret },
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as OpenStackServerSpec;
};

/** One port on the cluster's network when none is described; what a port leaves open is the cluster's. */
const portsFor = (machine: OpenStackMachineSpec, { networkId, securityGroupId }: Surroundings): readonly PortOpts[] => {
  const described = machine.ports === undefined || machine.ports.length === 0 ? [{}] : machine.ports;
  return described.map((port: PortOpts) => {
    const network = port.network ?? { id: networkId };
    // A port without port security may not have groups: the API refuses it.
    if (port.disablePortSecurity === true) return { ...port, network };
    const own = port.securityGroups ?? [];
    const groups = [
      ...(own.length > 0 ? own : securityGroupId === undefined ? [] : [{ id: securityGroupId }]),
      ...(machine.securityGroups ?? []),
    ];
    return { ...port, network, ...(groups.length === 0 ? {} : { securityGroups: groups }) };
  });
};
