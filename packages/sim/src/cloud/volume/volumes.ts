import type { CloudContext } from "../context.ts";
import { Refusal } from "../http/call.ts";
import { time } from "../ids.ts";
import { exceeds, limitOf } from "../quotas.ts";
import type { VolumeHost } from "./host.ts";
import type { Volume } from "./records.ts";

export interface NewVolume {
  readonly project_id: string;
  readonly user_id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly size: number;
  readonly volume_type: string;
  readonly availability_zone: string;
  readonly image_id: string | null;
  readonly snapshot_id: string | null;
  readonly source_volid: string | null;
  readonly metadata: { readonly [key: string]: string };
}

/** Volumes as their API and Nova both use them. */
export const createVolumes = (context: CloudContext) => {
  const { state, settings, ids, clock, transitions, faults } = context;
  const now = (): string => time.micro(clock.now());

  const checkQuota = (projectId: string, size: number): void => {
    const volumes = state.volumes.by("project", projectId);
    const count = limitOf(context, "volume", projectId, "volumes");
    if (exceeds(count, volumes.length)) {
      throw new Refusal(413, `VolumeLimitExceeded: Maximum number of volumes allowed (${count}) exceeded for quota 'volumes'.`);
    }
    const used = volumes.reduce((sum, one) => sum + one.size, 0);
    const limit = limitOf(context, "volume", projectId, "gigabytes");
    if (exceeds(limit, used, size)) {
      throw new Refusal(
        413,
        `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${size}G, quota is ${limit}G and ${used}G has been consumed.`,
      );
    }
  };
  const imageMetadata = (imageId: string): Volume["image_metadata"] => {
    const image = state.images.get(imageId);
    return image === undefined
      ? null
      : {
          ...image.properties,
          image_id: image.id,
          image_name: image.name ?? "",
          checksum: image.checksum ?? "",
          container_format: image.container_format ?? "",
          disk_format: image.disk_format ?? "",
          min_disk: String(image.min_disk),
          min_ram: String(image.min_ram),
          size: String(image.size ?? 0),
        };
  };
  const change = (id: string, changes: Partial<Volume>): void => {
    state.volumes.patch(id, { ...changes, updated_at: now() });
  };
  const ready = (volume: Volume): void => {
    if (volume.status !== "creating" && volume.status !== "downloading") return;
    const failed = faults.scenario("volume-error", { name: volume.name ?? "", projectId: volume.project_id });
    const metadata = volume.image_id === null ? null : imageMetadata(volume.image_id);
    change(
      volume.id,
      failed
        ? { status: "error" }
        : {
            status: "available",
            bootable: volume.bootable || volume.image_id !== null,
            image_metadata: metadata ?? volume.image_metadata,
          },
    );
  };
  const finish = (volume: Volume): void => {
    if (faults.scenario("volume-stuck-creating", { name: volume.name ?? "", projectId: volume.project_id })) return;
    transitions.after(settings.delays.volume, `volume/${volume.id}`, () => {
      const current = state.volumes.get(volume.id);
      if (current) ready(current);
    });
  };
  const create = (wanted: NewVolume): Volume => {
    checkQuota(wanted.project_id, wanted.size);
    const source = wanted.source_volid === null ? undefined : state.volumes.get(wanted.source_volid);
    const volume = state.volumes.put({
      ...wanted,
      id: ids.uuid(),
      status: "creating",
      image_metadata: source?.image_metadata ?? null,
      bootable: source?.bootable ?? false,
      attachments: [],
      created_at: now(),
      updated_at: null,
    });
    finish(volume);
    return volume;
  };
  const erase = (id: string): void => {
    transitions.after(settings.delays.volume, `volume/${id}`, () => void state.volumes.remove(id));
  };
  const remove = (id: string): void => {
    change(id, { status: "deleting" });
    erase(id);
  };

  const host: VolumeHost = {
    find: (projectId, id) => {
      const volume = state.volumes.get(id);
      return volume?.project_id === projectId ? volume : undefined;
    },
    make: (server, wanted) => {
      const volume = create({
        project_id: server.project_id,
        user_id: server.user_id,
        name: null,
        description: null,
        size: wanted.sizeGiB,
        volume_type: wanted.type ?? "__DEFAULT__",
        availability_zone: wanted.zone ?? settings.availabilityZones[0]?.name ?? "nova",
        image_id: wanted.imageId,
        snapshot_id: null,
        source_volid: null,
        metadata: {},
      });
      transitions.cancel(`volume/${volume.id}`);
      ready(volume);
      return state.volumes.get(volume.id) ?? volume;
    },
    attach: (id, serverId, device) => {
      const attachment = { attachment_id: ids.uuid(), server_id: serverId, device, attached_at: now() };
      const volume = state.volumes.get(id);
      if (volume) change(id, { status: "in-use", attachments: [...volume.attachments, attachment] });
      return attachment.attachment_id;
    },
    detach: (id, serverId) => {
      const volume = state.volumes.get(id);
      if (!volume) return;
      const attachments = volume.attachments.filter((one) => one.server_id !== serverId);
      change(id, { attachments, status: attachments.length > 0 ? "in-use" : "available" });
    },
    remove,
    imageOfRoot: (server) => {
      const root = server.volumes.find((one) => one.boot_index === 0);
      const image = state.volumes.get(root?.volume_id ?? "")?.image_metadata?.["image_id"];
      return image === undefined ? undefined : state.images.get(image);
    },
  };

  return {
    host,
    create,
    change,
    remove,
    checkQuota,
    resume: (): void => {
      for (const volume of state.volumes.all()) {
        if (volume.status === "creating" || volume.status === "downloading") finish(volume);
        if (volume.status === "deleting") erase(volume.id);
      }
    },
  };
};
export type Volumes = ReturnType<typeof createVolumes>;
