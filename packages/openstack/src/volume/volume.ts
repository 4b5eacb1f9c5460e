import { isVersioned } from "../identity/catalog.ts";
import type { Session } from "../identity/session.ts";
import { given, type Json, numberOr, object, text, textOr } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import { createService } from "../transport/service.ts";

export type Volumes = ReturnType<typeof createVolumes>;

export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly sizeGiB: number;
  /** `creating`, `downloading`, `available`, `in-use`, `error`, … */
  readonly status: string;
}

export interface NewVolume {
  readonly name: string;
  readonly description: string;
  readonly sizeGiB: number;
  readonly imageId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly volumeType?: string | undefined;
}

/** Cinder, at its base microversion. */
export const createVolumes = (session: Session) => {
  const service = createService(session, "block-storage", {
    base: once(async () => {
      const endpoint = await session.endpoint("block-storage");
      return isVersioned(endpoint) ? endpoint : `${endpoint}/v3/${await session.projectId()}`;
    }),
  });
  return {
    /** Of our own project. A Cinder without its list of filters ignores them, so what it finds too much is left out here. */
    listVolumesNamed: async (name: string): Promise<readonly Volume[]> => {
      const query = { name, project_id: await session.projectId() };
      return (await service.list("volume_list", "/volumes/detail", "volumes", query))
        .map(parseVolume)
        .filter((volume) => volume.name === name);
    },
    /** Of our own project, those whose names begin so. */
    listVolumesBeginning: async (prefix: string): Promise<readonly Volume[]> =>
      (await service.list("volume_list", "/volumes/detail", "volumes", {}))
        .map(parseVolume)
        .filter(({ name }) => name.startsWith(prefix)),
    findVolume: async (id: string): Promise<Volume | undefined> => {
      const answer = await service.find("volume_get", `/volumes/${id}`);
      return answer === undefined ? undefined : parseVolume(object(answer["volume"], "volume"));
    },
    createVolume: async (input: NewVolume): Promise<Volume> => {
      const volume = given({
        size: input.sizeGiB,
        name: input.name,
        description: input.description,
        imageRef: input.imageId,
        availability_zone: input.availabilityZone,
        volume_type: input.volumeType,
      });
      const answer = await service.post("volume_create", "/volumes", { volume });
      return parseVolume(object(answer["volume"], "volume"));
    },
    deleteVolume: async (id: string): Promise<boolean> => service.delete("volume_delete", `/volumes/${id}`),
  };
};

const parseVolume = (json: Json): Volume => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  sizeGiB: numberOr(json, "size", 0),
  status: textOr(json, "status"),
});
