import type { OpenStackMachineSpec } from "../openstackmachine.shape.ts";
import type { AdditionalBlockDevice, RootVolume } from "../serverparts.ts";
import { compact, filterOf, oldPortOf, paramOf, portOf, said, zoneName, zoneOf } from "./parts.ts";
import type { OldMachineSpec } from "./schema.ts";

const longestMetadata = 255;

export const machineSpecOf = (old: OldMachineSpec): OpenStackMachineSpec => {
  const { cloudName, identityRef } = old;
  const metadata = Object.entries(old.serverMetadata ?? {});
  return compact<OpenStackMachineSpec>({
    additionalBlockDevices: old.additionalBlockDevices?.map(blockDeviceOf),
    configDrive: old.configDrive,
    flavor: old.flavor,
    flavorID: old.flavorID,
    floatingIPPoolRef: undefined,
    // An id wins over a name: only one of them can be said now.
    image: said(old.imageUUID)
      ? { id: old.imageUUID as string }
      : said(old.image)
        ? { filter: { name: old.image as string } }
        : {},
    identityRef:
      identityRef !== undefined || said(cloudName) !== undefined
        ? { name: identityRef?.name ?? "", cloudName: cloudName ?? "" }
        : undefined,
    ports: old.ports?.map(portOf),
    providerID: old.providerID,
    rootVolume: old.rootVolume && rootVolumeOf(old.rootVolume),
    schedulerHintAdditionalProperties: undefined,
    securityGroups: old.securityGroups?.map(paramOf),
    serverGroup: said(old.serverGroupID) === undefined ? undefined : { id: old.serverGroupID as string },
    serverMetadata:
      metadata.length === 0
        ? undefined
        : metadata.map(([key, value]) => ({ key: key.slice(0, longestMetadata), value: value.slice(0, longestMetadata) })),
    sshKeyName: said(old.sshKeyName),
    tags: old.tags,
    trunk: said(old.trunk),
  });
};

const rootVolumeOf = ({ diskSize, volumeType, availabilityZone }: NonNullable<OldMachineSpec["rootVolume"]>): RootVolume =>
  compact<RootVolume>({ sizeGiB: diskSize ?? 0, type: said(volumeType), availabilityZone: zoneOf(availabilityZone) });

const blockDeviceOf = ({
  name,
  sizeGiB,
  storage: { type, volume },
}: NonNullable<OldMachineSpec["additionalBlockDevices"]>[number]): AdditionalBlockDevice => ({
  name,
  sizeGiB,
  storage: {
    type,
    ...(volume === undefined
      ? {}
      : {
          volume: compact<NonNullable<AdditionalBlockDevice["storage"]["volume"]>>({
            type: said(volume.type),
            availabilityZone: zoneOf(volume.availabilityZone),
          }),
        }),
  },
});

export const oldMachineSpecOf = (spec: OpenStackMachineSpec): OldMachineSpec => {
  const { identityRef, image, rootVolume, serverGroup } = spec;
  const metadata = spec.serverMetadata ?? [];
  return compact<OldMachineSpec>({
    additionalBlockDevices: spec.additionalBlockDevices?.map(oldBlockDeviceOf),
    cloudName: said(identityRef?.cloudName),
    configDrive: spec.configDrive,
    flavor: spec.flavor,
    flavorID: spec.flavorID,
    floatingIP: undefined,
    identityRef: identityRef && { kind: "Secret", name: identityRef.name },
    image: image?.id === undefined ? said(image?.filter?.name) : undefined,
    imageUUID: image?.id,
    instanceID: undefined,
    ports: spec.ports?.map(oldPortOf),
    providerID: spec.providerID,
    rootVolume:
      rootVolume &&
      compact<NonNullable<OldMachineSpec["rootVolume"]>>({
        diskSize: said(rootVolume.sizeGiB),
        volumeType: said(rootVolume.type),
        availabilityZone: zoneName(rootVolume.availabilityZone),
      }),
    securityGroups: spec.securityGroups?.map(filterOf),
    serverGroupID: serverGroup?.id,
    serverMetadata: metadata.length === 0 ? undefined : Object.fromEntries(metadata.map(({ key, value }) => [key, value])),
    sshKeyName: said(spec.sshKeyName),
    tags: spec.tags,
    trunk: said(spec.trunk),
  });
};

const oldBlockDeviceOf = ({
  name,
  sizeGiB,
  storage: { type, volume },
}: AdditionalBlockDevice): NonNullable<OldMachineSpec["additionalBlockDevices"]>[number] => ({
  name,
  sizeGiB,
  storage: {
    type,
    ...(volume === undefined
      ? {}
      : {
          volume: compact<{ availabilityZone?: string; type?: string }>({
            type: said(volume.type),
            availabilityZone: zoneName(volume.availabilityZone),
          }),
        }),
  },
});
