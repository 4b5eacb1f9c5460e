import { fingerprintOf } from "./compute/keys.ts";
import type { CloudContext } from "./context.ts";
import { time } from "./ids.ts";

/** Flavors, images, keypairs and volume types of the settings; what is there already stays as it is. */
export const seedCatalogs = ({ state, settings, ids, clock, log }: CloudContext): void => {
  const now = clock.now();
  for (const { id, name, vcpus, ramMiB, diskGiB } of settings.flavors) {
    if (state.flavors.get(id) || state.flavors.by("name", name).length > 0) continue;
    state.flavors.put({
      id,
      name,
      vcpus,
      ram: ramMiB,
      disk: diskGiB,
      ephemeral: 0,
      swap: 0,
      extra_specs: {},
      description: null,
      is_public: true,
    });
  }
  const owner = state.projects.by("name", "admin")[0]?.id ?? "";
  for (const { name, properties, tags = [], minDiskGiB = 0 } of settings.images) {
    if (state.images.by("name", name).some((image) => image.owner === owner)) continue;
    state.images.put({
      id: ids.uuid(),
      name,
      owner,
      status: "active",
      visibility: "public",
      protected: false,
      hidden: false,
      container_format: "bare",
      disk_format: "qcow2",
      min_disk: minDiskGiB,
      min_ram: 0,
      size: 2_361_393_152,
      virtual_size: 21_474_836_480,
      checksum: ids.hex(),
      hash: Array.from({ length: 4 }, () => ids.hex()).join(""),
      tags,
      properties,
      members: [],
      created_at: time.zulu(now),
      updated_at: time.zulu(now),
    });
  }
  for (const { user, name, publicKey } of settings.keypairs) {
    const userId = state.users.by("name", user)[0]?.id;
    const fingerprint = fingerprintOf(publicKey);
    if (userId === undefined || fingerprint === undefined) {
      log.warn("a keypair of the settings was left out", {
        keypair: name,
        user,
        reason: userId === undefined ? "there is no such user" : "it is no public key",
      });
      continue;
    }
    const id = `${userId}/${name}`;
    if (state.keypairs.get(id)) continue;
    state.keypairs.put({
      id,
      name,
      user_id: userId,
      public_key: publicKey,
      fingerprint,
      type: "ssh",
      created_at: time.micro(now),
      sequence: state.next("keypair"),
    });
  }
  for (const { name, description } of settings.volumeTypes) {
    if (state.volumeTypes.by("name", name).length > 0) continue;
    state.volumeTypes.put({ id: ids.uuid(), name, description, is_public: true, extra_specs: {} });
  }
};
