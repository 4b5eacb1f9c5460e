import { type Answer, type Call, ok, Refusal } from "../http/call.ts";
import type { Json } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import type { State } from "../state/state.ts";
import type { Image } from "./records.ts";

export const imageView = (image: Image): Json => ({
  ...image.properties,
  name: image.name,
  disk_format: image.disk_format,
  container_format: image.container_format,
  visibility: image.visibility,
  size: image.size,
  virtual_size: image.virtual_size,
  status: image.status,
  checksum: image.checksum,
  protected: image.protected,
  min_ram: image.min_ram,
  min_disk: image.min_disk,
  owner: image.owner,
  os_hidden: image.hidden,
  os_hash_algo: image.hash === null ? null : "sha512",
  os_hash_value: image.hash,
  id: image.id,
  created_at: image.created_at,
  updated_at: image.updated_at,
  ...(image.status === "active" && { direct_url: `file:///var/lib/glance/images/${image.id}` }),
  tags: image.tags,
  self: `/v2/images/${image.id}`,
  file: `/v2/images/${image.id}/file`,
  schema: "/v2/schemas/image",
});

export const visible = (call: Call, image: Image): boolean =>
  call.scope.admin ||
  image.owner === call.scope.projectId ||
  image.visibility === "public" ||
  image.visibility === "community" ||
  (image.visibility === "shared" && image.members.some((one) => one.project_id === call.scope.projectId));

const bad = (message: string): Refusal => new Refusal(400, message);

/** GET /v2/images. */
export const listImages = (state: State) => {
  const listed = (call: Call, image: Image): boolean => {
    const wanted = call.query.get("visibility");
    if (!visible(call, image)) return false;
    if (wanted !== undefined && wanted !== "all") return image.visibility === wanted;
    const mine = image.owner === call.scope.projectId;
    if (image.visibility === "community" && wanted !== "all") return mine;
    if (image.visibility === "shared" && !mine && !call.scope.admin) {
      return image.members.some((one) => one.project_id === call.scope.projectId && one.status === "accepted");
    }
    return true;
  };
  const control = [
    "limit",
    "marker",
    "sort",
    "sort_key",
    "sort_dir",
    "visibility",
    "tag",
    "os_hidden",
    "member_status",
    "size_min",
    "size_max",
    "protected",
  ];
  const passes = (shown: Json, name: string, value: string): boolean => {
    const field = shown[name];
    if (value.startsWith("in:")) return value.slice(3).split(",").includes(String(field));
    return field !== undefined && String(field) === value;
  };
  const list = (call: Call): Answer => {
    const { query } = call;
    const filters = query.names().filter((name) => !control.includes(name));
    const hidden = isTrue(query.get("os_hidden"));
    const name = query.get("name");
    const pool = name !== undefined && !name.startsWith("in:") ? state.images.by("name", name) : [...state.images.all()];
    const found = pool
      .filter((image) => listed(call, image) && image.hidden === hidden)
      .filter((image) => query.all("tag").every((tag) => image.tags.includes(tag)))
      .filter((image) => !query.has("protected") || image.protected === isTrue(query.get("protected")))
      .map(imageView)
      .filter((shown) => filters.every((one) => passes(shown, one, query.get(one) ?? "")));
    const sorted = sort(found, call);
    const marker = query.get("marker");
    const start = marker ? sorted.findIndex((one) => one["id"] === marker) + 1 : 0;
    if (marker && start === 0) throw bad("Invalid marker. Image could not be found.");
    const asked = query.get("limit");
    if (asked !== undefined && !/^\d+$/.test(asked)) throw bad("limit param must be an integer");
    const limit = Math.min(asked === undefined ? 25 : Number(asked), 1000);
    const page = sorted.slice(start, start + limit);
    const text = query.text === "" ? "" : `?${query.text}`;
    const kept = query.text.split("&").filter((pair) => pair !== "" && !pair.startsWith("marker="));
    const more = page.length > 0 && start + limit < sorted.length;
    return ok({
      images: page,
      first: `/v2/images${start > 0 && kept.length > 0 ? `?${kept.join("&")}` : start > 0 ? "" : text}`,
      schema: "/v2/schemas/images",
      ...(more && { next: `/v2/images?${[...kept, `marker=${String(page.at(-1)?.["id"])}`].join("&")}` }),
    });
  };
  const sort = (views: readonly Json[], { query }: Call): readonly Json[] => {
    const keys =
      query
        .get("sort")
        ?.split(",")
        .map((part) => part.split(":")) ?? query.all("sort_key").map((key, i) => [key, query.all("sort_dir")[i] ?? "desc"]);
    if (keys.length === 0) return views;
    return views.toSorted((a, b) => {
      for (const [key = "", direction] of keys) {
        const order = String(a[key] ?? "").localeCompare(String(b[key] ?? ""));
        if (order !== 0) return direction === "desc" ? -order : order;
      }
      return 0;
    });
  };

  return list;
};
