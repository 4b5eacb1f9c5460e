import type { AdditionalBlockDevice, OpenStackServer, VolumeAvailabilityZone } from "@slipway/api";
import type { BlockDevice, NewVolume, Volume } from "@slipway/openstack";
import { act, ready, wait } from "@slipway/runtime";
import type { CloudEffect } from "../openstackcloud/effects.ts";
import { rootVolumeName, volumeName } from "../openstackcloud/names.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";
import { createRefused } from "./server.ts";

interface VolumeParts {
  readonly wanted: NewVolume;
  readonly found: readonly Volume[];
}

/** The volumes that the server boots from or is given, found again by their names in our own project. */
export const volumes = cloudPhase<ServerScope, readonly VolumeParts[] | "attached", ServerFacts>({
  name: "volumes",
  observe: async ({ oss, cloud }) => {
    // A volume in use is the server's: it is deleted with it.
    if (oss.status?.instanceID !== undefined) return "attached";
    return Promise.all(
      wantedVolumes(oss).map(async (wanted) => ({ wanted, found: await cloud.volumes.listVolumesNamed(wanted.name) })),
    );
  },
  decide: (observed, { now, oss }) => {
    if (observed === "attached") return ready();
    const missing: CloudEffect[] = [];
    for (const { wanted, found } of observed) {
      const [volume] = found;
      if (found.length > 1) {
        return wait("Ambiguous", {
          message: `found ${found.length} volumes named ${wanted.name}: delete all but one`,
          recheckSeconds: 60,
        });
      }
      if (volume === undefined) missing.push({ call: "createVolume", with: wanted });
      else if (volume.sizeGiB !== wanted.sizeGiB) {
        return createRefused(`volume ${wanted.name} has ${volume.sizeGiB} GiB, ${wanted.sizeGiB} are wanted`);
      } else if (volume.status === "error") return createRefused(`volume ${wanted.name} (${volume.id}) is in status error`);
    }
    if (missing.length > 0) return act<CloudEffect, ServerFacts>("VolumesCreating", missing);
    const made = observed.flatMap(({ found }) => found);
    const pending = made.find(({ status }) => status !== "available" && status !== "in-use");
    if (pending !== undefined) {
      const since = new Date(oss.metadata.creationTimestamp);
      return wait("VolumePending", {
        message: `volume ${pending.name} is ${pending.status}`,
        recheckSeconds: recheckAfter(now, since),
      });
    }
    return ready({ volumeIds: made.map(({ id }) => id) });
  },
});

/** The root volume first, then the devices of type Volume, in the order of the spec. */
export const wantedVolumes = (oss: Pick<OpenStackServer, "metadata" | "spec" | "status">): readonly NewVolume[] => {
  const { spec, status, metadata } = oss;
  const server = metadata.name ?? "";
  const zone = (from: VolumeAvailabilityZone | undefined) => zoneOf(from, spec.availabilityZone);
  const root: readonly NewVolume[] =
    spec.rootVolume === undefined || spec.rootVolume.sizeGiB <= 0
      ? []
      : [
          {
            name: rootVolumeName(server),
            description: `Root volume for ${server}`,
            sizeGiB: spec.rootVolume.sizeGiB,
            imageId: status?.resolved?.imageID,
            volumeType: some(spec.rootVolume.type),
            availabilityZone: zone(spec.rootVolume.availabilityZone),
          },
        ];
  const others = devices(oss)
    .filter(({ storage }) => storage.type === "Volume")
    .map(({ name, sizeGiB, storage }) => ({
      name: volumeName(server, name),
      description: `Additional block device for ${server}`,
      sizeGiB,
      volumeType: some(storage.volume?.type),
      availabilityZone: zone(storage.volume?.availabilityZone),
    }));
  return [...root, ...others];
};

/** `Machine`: where the server is. */
const zoneOf = (from: VolumeAvailabilityZone | undefined, machines: string | undefined): string | undefined => {
  if (from === undefined) return undefined;
  return from.from === "Machine" ? some(machines) : some(from.name);
};

const some = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

const devices = ({ spec }: Pick<OpenStackServer, "spec">): readonly AdditionalBlockDevice[] => spec.additionalBlockDevices ?? [];

/** What Nova is told of disks: what it boots from, then the others, all going with the server. */
export const blockDevices = (
  oss: Pick<OpenStackServer, "metadata" | "spec" | "status">,
  volumeIds: readonly string[],
): readonly BlockDevice[] => {
  const ids = [...volumeIds];
  const boots = oss.spec.rootVolume !== undefined && oss.spec.rootVolume.sizeGiB > 0;
  const root: BlockDevice = boots
    ? { boot_index: 0, delete_on_termination: true, source_type: "volume", destination_type: "volume", uuid: ids.shift() ?? "" }
    : {
        boot_index: 0,
        delete_on_termination: true,
        source_type: "image",
        destination_type: "local",
        uuid: oss.status?.resolved?.imageID ?? "",
      };
  const others = devices(oss).map(({ name, sizeGiB, storage }): BlockDevice => {
    const common = { boot_index: -1, delete_on_termination: true, tag: name };
    return storage.type === "Volume"
      ? { ...common, source_type: "volume", destination_type: "volume", uuid: ids.shift() ?? "" }
      : { ...common, source_type: "blank", destination_type: "local", volume_size: sizeGiB };
  });
  return [root, ...others];
};

/** What the schema lets through and Nova or our own names would not bear. */
export const wrongDevice = (oss: Pick<OpenStackServer, "spec">): string | undefined => {
  const wrong = devices(oss).find(({ name, storage }) => name === "root" || !["Volume", "Local"].includes(storage.type));
  if (wrong === undefined) return undefined;
  return wrong.name === "root"
    ? 'an additional block device must not be named "root"'
    : `additional block device ${wrong.name} has storage type ${wrong.storage.type}: use Volume or Local`;
};
