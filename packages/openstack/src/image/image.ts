import { rootOf } from "../identity/catalog.ts";
import type { Session } from "../identity/session.ts";
import { flag, type Json, optionalText, text, textOr, texts } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import { createService } from "../transport/service.ts";

export type Images = ReturnType<typeof createImages>;

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly osDistro: string | undefined;
  readonly visibility: string;
  readonly hidden: boolean;
  /** Texts at the top level of Glance's document that are not its own fields: `kube_version`, `os_version`, … */
  readonly properties: { readonly [name: string]: string };
}

/** Glance. */
export const createImages = (session: Session) => {
  const service = createService(session, "image", { base: once(async () => `${rootOf(await session.endpoint("image"))}/v2`) });
  return {
    /** All of the tags; any status and visibility. */
    listImages: async (filter: { name?: string | undefined; tags?: readonly string[] | undefined }): Promise<readonly Image[]> =>
      (await service.list("image_list", "/images", "images", { name: filter.name, tag: filter.tags })).map(parseImage),
    findImage: async (id: string): Promise<Image | undefined> => {
      const answer = await service.find("image_get", `/images/${encodeURIComponent(id)}`);
      return answer === undefined ? undefined : parseImage(answer);
    },
  };
};

const ownFields = new Set(
  (
    "id name status tags visibility os_hidden owner checksum container_format disk_format created_at updated_at self file schema " +
    "os_hash_algo os_hash_value direct_url stores"
  ).split(" "),
);

const parseImage = (json: Json): Image => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  status: textOr(json, "status"),
  tags: texts(json, "tags"),
  osDistro: optionalText(json, "os_distro"),
  visibility: textOr(json, "visibility"),
  hidden: flag(json, "os_hidden"),
  properties: Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === "string" && !ownFields.has(entry[0])),
  ),
});
