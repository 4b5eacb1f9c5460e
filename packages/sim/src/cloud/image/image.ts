import { md5 } from "../compute/md5.ts";
import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, objectOf, textOf, textsOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { time } from "../ids.ts";
import { baseUrl } from "../settings.ts";
import { imageView, listImages, visible } from "./list.ts";
import type { Image } from "./records.ts";
import { imageForbidden, imageNotFound, imageRefusal, imageUnauthorized } from "./refusals.ts";
import { imageSchema, imagesSchema } from "./schemas.ts";

/** Fields that are Glance's own; everything else at the top level is a property. */
const fields = [
  ...[
    "id",
    "name",
    "owner",
    "status",
    "visibility",
    "protected",
    "os_hidden",
    "container_format",
    "disk_format",
    "min_disk",
    "min_ram",
  ],
  ...[
    "size",
    "virtual_size",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "tags",
    "created_at",
    "updated_at",
    "self",
    "file",
    "schema",
  ],
  ...["direct_url", "locations"],
];
const readOnly = [
  "id",
  "status",
  "size",
  "virtual_size",
  "checksum",
  "os_hash_algo",
  "os_hash_value",
  "created_at",
  "updated_at",
  "self",
  "file",
  "schema",
  "direct_url",
];

/** Glance. */
export const createImageService = (context: CloudContext): ServiceDefinition & { resume(): void } => {
  const { state, settings, ids, clock, transitions } = context;
  const url = baseUrl(settings, "image");
  const bad = (message: string): Refusal => new Refusal(400, message);

  const find = (call: Call): Image => {
    const id = call.params["id"] ?? "";
    const image = state.images.get(id);
    if (!image || !visible(call, image)) throw imageNotFound(id);
    return image;
  };
  const own = (call: Call): Image => {
    const image = find(call);
    if (!call.scope.admin && image.owner !== call.scope.projectId) throw imageForbidden("You do not own this image");
    return image;
  };
  const change = (image: Image, changes: Partial<Image>): Image =>
    state.images.put({ ...image, ...changes, updated_at: time.zulu(clock.now()) });

  const visibilityOf = (call: Call, value: unknown): Image["visibility"] => {
    if (value !== "public" && value !== "private" && value !== "shared" && value !== "community") {
      throw bad(
        `Provided object does not match schema 'image': '${String(value)}' is not one of ['community', 'public', 'private', 'shared']`,
      );
    }
    if (value === "public" && !call.scope.admin)
      throw imageForbidden("You are not authorized to complete publicize_image action.");
    return value;
  };
  const create = (call: Call): Answer => {
    const given = isObject(call.body) ? call.body : {};
    const forbidden = Object.keys(given).find((name) => readOnly.includes(name) && name !== "id");
    if (forbidden) throw imageForbidden(`Attribute '${forbidden}' is read-only.`);
    const id = textOf(given["id"]) ?? ids.uuid();
    if (state.images.get(id)) throw new Refusal(409, `Image ID ${id} already exists!`);
    const now = time.zulu(clock.now());
    const image = state.images.put({
      id,
      name: textOf(given["name"]) ?? null,
      owner: call.scope.admin ? (textOf(given["owner"]) ?? call.scope.projectId) : call.scope.projectId,
      status: "queued",
      visibility: given["visibility"] === undefined ? "shared" : visibilityOf(call, given["visibility"]),
      protected: given["protected"] === true,
      hidden: given["os_hidden"] === true,
      container_format: textOf(given["container_format"]) ?? null,
      disk_format: textOf(given["disk_format"]) ?? null,
      min_disk: Number(given["min_disk"] ?? 0),
      min_ram: Number(given["min_ram"] ?? 0),
      size: null,
      virtual_size: null,
      checksum: null,
      hash: null,
      tags: [...new Set(textsOf(given["tags"]))],
      properties: propertiesOf(given),
      members: [],
      created_at: now,
      updated_at: now,
    });
    return {
      ...created(imageView(image)),
      headers: { location: `${url}/v2/images/${id}`, "openstack-image-import-methods": "glance-direct,web-download" },
    };
  };
  const propertiesOf = (given: Json): { readonly [name: string]: string } => {
    const properties: { [name: string]: string } = {};
    for (const [name, value] of Object.entries(given)) {
      if (fields.includes(name)) continue;
      if (typeof value !== "string")
        throw bad(`Provided object does not match schema 'image': ${String(value)} is not of type 'string'`);
      properties[name] = value;
    }
    return properties;
  };

  const patch = (call: Call): Answer => {
    let image = own(call);
    if (!Array.isArray(call.body)) throw bad("Request body must be a JSON array of operation objects.");
    for (const item of listOf(call.body)) {
      const { op, path, value } = objectOf(item);
      const name = textOf(path)?.replace(/^\//, "").replaceAll("~1", "/").replaceAll("~0", "~") ?? "";
      if (!["add", "replace", "remove"].includes(String(op)))
        throw bad(`Operations must be JSON objects. Unsupported operation: ${String(op)}`);
      if (readOnly.includes(name) || name === "locations") throw imageForbidden(`Attribute '${name}' is read-only.`);
      if (op === "remove") {
        if (fields.includes(name)) throw imageForbidden(`Attribute '${name}' is reserved.`);
        if (!(name in image.properties)) throw new Refusal(409, `Property ${name} does not exist.`);
        image = { ...image, properties: Object.fromEntries(Object.entries(image.properties).filter(([key]) => key !== name)) };
      } else {
        if (op === "replace" && !fields.includes(name) && !(name in image.properties))
          throw new Refusal(409, `Property ${name} does not exist.`);
        image = withField(call, image, name, value);
      }
    }
    return ok(imageView(change(image, {})));
  };
  const withField = (call: Call, image: Image, name: string, value: unknown): Image => {
    switch (name) {
      case "name":
      case "container_format":
      case "disk_format":
        return { ...image, [name]: textOf(value) ?? null };
      case "min_disk":
      case "min_ram":
        return { ...image, [name]: Number(value) };
      case "protected":
        return { ...image, protected: value === true };
      case "os_hidden":
        return { ...image, hidden: value === true };
      case "tags":
        return { ...image, tags: [...new Set(textsOf(value))] };
      case "visibility":
        return { ...image, visibility: visibilityOf(call, value) };
      case "owner":
        if (!call.scope.admin) throw imageForbidden("You are not authorized to complete modify_image action.");
        return { ...image, owner: textOf(value) ?? image.owner };
      default:
        return { ...image, properties: { ...image.properties, ...propertiesOf({ [name]: value }) } };
    }
  };

  /** What it holds is not kept: an image is its name, its size and its properties. */
  const activate = async (image: Image, data: Uint8Array): Promise<void> => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", data as Uint8Array<ArrayBuffer>));
    change(state.images.get(image.id) ?? image, {
      status: "active",
      size: data.length,
      virtual_size: data.length,
      checksum: md5(data),
      hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    });
  };
  const upload = async (call: Call): Promise<Answer> => {
    const image = own(call);
    if (image.status !== "queued")
      throw new Refusal(409, `Image status transition from ${image.status} to saving is not allowed`);
    if (image.disk_format === null || image.container_format === null) {
      throw bad("Properties disk_format, container_format must be set prior to saving data.");
    }
    const { body } = call;
    const data =
      body instanceof Uint8Array
        ? body
        : new TextEncoder().encode(typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));
    change(image, { status: "saving" });
    await activate(image, data);
    return noContent;
  };
  const importing = (image: Image): void => {
    transitions.after(settings.delays.image, `image/${image.id}`, async () => {
      const current = state.images.get(image.id);
      if (current?.status === "importing") await activate(current, new TextEncoder().encode(current.id));
    });
  };
  const startImport = (call: Call): Answer => {
    const image = own(call);
    const method = objectOf(objectOf(call.body)["method"]);
    if (!["web-download", "glance-direct"].includes(String(method["name"])))
      throw bad(`Unknown import method name '${String(method["name"])}'.`);
    if (image.status !== "queued") throw new Refusal(409, `Only images with status 'queued' can be imported`);
    if (image.disk_format === null || image.container_format === null)
      throw bad("'disk_format' and 'container_format' needs to be set before import");
    importing(change(image, { status: "importing" }));
    return { status: 202 };
  };
  const remove = (call: Call): Answer => {
    const image = own(call);
    if (image.protected) throw imageForbidden(`Image ${image.id} is protected and cannot be deleted.`);
    transitions.cancel(`image/${image.id}`);
    state.images.remove(image.id);
    return noContent;
  };
  const setStatus =
    (from: Image["status"], to: Image["status"]) =>
    (call: Call): Answer => {
      const image = find(call);
      if (!call.scope.admin) throw imageForbidden("You are not authorized to complete deactivate action.");
      if (image.status === from) change(image, { status: to });
      else if (image.status !== to)
        throw imageForbidden(`Not allowed to ${to === "active" ? "reactivate" : "deactivate"} image in status '${image.status}'`);
      return noContent;
    };

  const memberView = (image: Image, member: Image["members"][number]) => ({
    member_id: member.project_id,
    image_id: image.id,
    status: member.status,
    created_at: member.at,
    updated_at: member.at,
    schema: "/v2/schemas/member",
  });
  const setMember = (call: Call): Answer => {
    const image = find(call);
    const id = call.params["member"] ?? "";
    const status = textOf(objectOf(call.body)["status"]);
    const old = image.members.find((one) => one.project_id === id);
    if (!old) throw new Refusal(404, `Member ${id} not found for image ${image.id}`);
    if (id !== call.scope.projectId && !call.scope.admin)
      throw imageForbidden("You are not authorized to complete modify_member action.");
    if (status !== "pending" && status !== "accepted" && status !== "rejected")
      throw bad(`Status not allowed: ${String(status)}`);
    const member: Image["members"][number] = { ...old, status };
    change(image, { members: image.members.map((one) => (one === old ? member : one)) });
    return ok(memberView(image, member));
  };

  const versionIds = ["2.15", "2.9", "2.7", "2.6", "2.5", "2.4", "2.3", "2.2", "2.1", "2.0"];
  const versions = {
    versions: versionIds.map((id, i) => ({
      id: `v${id}`,
      status: i === 0 ? "CURRENT" : "SUPPORTED",
      links: [{ rel: "self", href: `${url}/v2/` }],
    })),
  };
  const routes: Routes = {
    "/v2/images": { GET: listImages(state), POST: create },
    "/v2/images/:id": { GET: (call) => ok(imageView(find(call))), PATCH: patch, DELETE: remove },
    "/v2/images/:id/file": {
      PUT: upload,
      GET: (call) => {
        const image = find(call);
        if (image.status !== "active") throw imageForbidden("The requested image has no data.");
        // Contents are not kept; as many bytes as were put in, at most a mebibyte.
        const size = Math.min(image.size ?? 0, 2 ** 20);
        return { status: 200, body: new Uint8Array(size), headers: { "content-type": "application/octet-stream" } };
      },
    },
    "/v2/images/:id/import": { POST: startImport },
    "/v2/images/:id/stage": { PUT: (call) => own(call) && noContent },
    "/v2/images/:id/actions/deactivate": { POST: setStatus("active", "deactivated") },
    "/v2/images/:id/actions/reactivate": { POST: setStatus("deactivated", "active") },
    "/v2/images/:id/tags/:tag": {
      PUT: (call) => {
        const image = own(call);
        change(image, { tags: [...new Set([...image.tags, call.params["tag"] ?? ""])] });
        return noContent;
      },
      DELETE: (call) => {
        const image = own(call);
        const tag = call.params["tag"] ?? "";
        if (!image.tags.includes(tag)) throw new Refusal(404, "The resource could not be found.");
        change(image, { tags: image.tags.filter((one) => one !== tag) });
        return noContent;
      },
    },
    "/v2/images/:id/members": {
      GET: (call) => {
        const image = find(call);
        return ok({ members: image.members.map((one) => memberView(image, one)), schema: "/v2/schemas/members" });
      },
      POST: (call) => {
        const image = own(call);
        if (image.visibility !== "shared") throw imageForbidden("Only shared images have members.");
        const id = textOf(objectOf(call.body)["member"]) ?? "";
        if (image.members.some((one) => one.project_id === id))
          throw new Refusal(409, `Member ${id} is duplicated for image ${image.id}`);
        const member = { project_id: id, status: "pending" as const, at: time.zulu(clock.now()) };
        change(image, { members: [...image.members, member] });
        return ok(memberView(image, member));
      },
    },
    "/v2/images/:id/members/:member": {
      PUT: setMember,
      DELETE: (call) => {
        const image = own(call);
        change(image, { members: image.members.filter((one) => one.project_id !== call.params["member"]) });
        return noContent;
      },
    },
    "/v2/info/import": {
      GET: () =>
        ok({
          "import-methods": { description: "Import methods available.", type: "array", value: ["glance-direct", "web-download"] },
        }),
    },
    "/v2/info/stores": { GET: () => ok({ stores: [{ id: "simulated", default: "true" }] }) },
    "/v2/schemas/image": { GET: () => ok(imageSchema) },
    "/v2/schemas/images": { GET: () => ok(imagesSchema) },
    "/v2/metadefs/namespaces": {
      GET: () => ok({ namespaces: [], first: "/v2/metadefs/namespaces", schema: "/v2/schemas/metadefs/namespaces" }),
    },
  };

  return {
    name: "image",
    open: { "/": { GET: () => ({ status: 300, body: versions }) }, "/versions": { GET: () => ok(versions) } },
    routes,
    unauthorized: imageUnauthorized(baseUrl(settings, "identity")),
    refused: imageRefusal,
    resume: () => {
      for (const image of state.images.all()) if (image.status === "importing") importing(image);
    },
  };
};
