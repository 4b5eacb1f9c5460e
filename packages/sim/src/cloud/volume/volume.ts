import { computeRefusal } from "../compute/versions.ts";
import type { CloudContext } from "../context.ts";
import { type Answer, accepted, type Call, ok, Refusal } from "../http/call.ts";
import { objectOf, textOf } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { middlewareUnauthorized } from "../identity/refusals.ts";
import { time } from "../ids.ts";
import { limitsOf, setLimits } from "../quotas.ts";
import { baseUrl } from "../settings.ts";
import type { Snapshot, Volume } from "./records.ts";
import { createVolumeViews } from "./views.ts";
import type { Volumes } from "./volumes.ts";

const maxVersion = 71;
const base = "/v3/:project";

/** Cinder: volumes, snapshots and their types; `/v3/<project>/…` and `/v3/…` both. */
export const createVolumeService = (context: CloudContext, volumes: Volumes): ServiceDefinition => {
  const { state, settings, ids, clock, transitions } = context;
  const url = baseUrl(settings, "volume");
  const bad = (message: string): Refusal => new Refusal(400, message);
  const missing = (what: string, id: string): Refusal => new Refusal(404, `${what} ${id} could not be found.`);

  const { linksOf, view, detail, snapshotView } = createVolumeViews(context);
  const find = (call: Call): Volume => {
    const id = call.params["id"] ?? "";
    const volume = state.volumes.get(id);
    if (!volume || !(call.scope.admin || volume.project_id === call.scope.projectId)) throw missing("Volume", id);
    return volume;
  };
  const paged = <T extends { readonly id: string }>(call: Call, items: readonly T[]): { items: readonly T[]; more: boolean } => {
    const marker = call.query.get("marker");
    const start = marker ? items.findIndex((one) => one.id === marker) + 1 : Number(call.query.get("offset") ?? 0);
    const limit = Number(call.query.get("limit") ?? 0) || items.length;
    return { items: items.slice(start, start + limit), more: start + limit < items.length };
  };
  const list =
    (full: boolean) =>
    (call: Call): Answer => {
      const { scope, query } = call;
      const everybody = scope.admin && isTrue(query.get("all_tenants"));
      const filters = (["name", "status", "id", "size", "availability_zone", "volume_type"] as const).filter((name) =>
        query.has(name),
      );
      const bootable = query.get("bootable");
      const found = (everybody ? [...state.volumes.all()] : state.volumes.by("project", scope.projectId))
        .filter((one) => filters.every((name) => String(one[name]) === query.get(name)))
        .filter((one) => bootable === undefined || one.bootable === isTrue(bootable))
        .filter((one) => !everybody || !query.has("project_id") || one.project_id === query.get("project_id"))
        .toReversed();
      const page = paged(call, found);
      const kept = query.text.split("&").filter((pair) => pair !== "" && !pair.startsWith("marker="));
      const next = `${url}/v3/${scope.projectId}/volumes${full ? "/detail" : ""}?${[...kept, `marker=${page.items.at(-1)?.id}`].join("&")}`;
      return ok({
        volumes: page.items.map((one) =>
          full ? detail(call, one) : { id: one.id, name: one.name, links: linksOf(call, one.id) },
        ),
        ...(page.more && { volumes_links: [{ rel: "next", href: next }] }),
      });
    };

  const typeFor = (given: unknown): string => {
    const name = textOf(given);
    if (name === undefined)
      return state.volumeTypes.by("name", "__DEFAULT__")[0]?.name ?? [...state.volumeTypes.all()][0]?.name ?? "";
    const found = state.volumeTypes.get(name) ?? state.volumeTypes.by("name", name)[0];
    if (!found) throw new Refusal(404, `Volume type with name ${name} could not be found.`);
    return found.name;
  };
  const zoneFor = (given: unknown): string => {
    const zone = textOf(given);
    const [first] = settings.availabilityZones;
    if (zone === undefined) return first?.name ?? "nova";
    if (zone !== "nova" && !settings.availabilityZones.some((one) => one.name === zone)) {
      throw bad(`Invalid input received: Availability zone '${zone}' is invalid.`);
    }
    return zone;
  };
  const sourcesFor = (call: Call, given: { readonly [key: string]: unknown }) => {
    const image = textOf(given["imageRef"]) ?? null;
    const snapshot = textOf(given["snapshot_id"]) ?? null;
    const source = textOf(given["source_volid"]) ?? null;
    const found = image === null ? undefined : state.images.get(image);
    if (image !== null) {
      const seen =
        found &&
        (call.scope.admin ||
          found.owner === call.scope.projectId ||
          found.visibility === "public" ||
          found.visibility === "community");
      if (!found || !seen) throw bad(`Invalid image identifier or unable to access requested image.`);
      if (found.status !== "active") throw bad(`Invalid input received: Image ${image} is not active.`);
    }
    const snapshotOf = snapshot === null ? undefined : state.snapshots.get(snapshot);
    if (snapshot !== null && snapshotOf?.project_id !== call.scope.projectId) throw missing("Snapshot", snapshot);
    const volumeOf = source === null ? undefined : state.volumes.get(source);
    if (source !== null && volumeOf?.project_id !== call.scope.projectId) throw missing("Volume", source);
    return { image, snapshot, source, smallest: Math.max(found?.min_disk ?? 0, snapshotOf?.size ?? 0, volumeOf?.size ?? 0) };
  };
  const create = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["volume"]);
    if (objectOf(call.body)["volume"] === undefined)
      throw bad("Invalid input for field/attribute body. 'volume' is a required property");
    const { image, snapshot, source, smallest } = sourcesFor(call, given);
    const size = given["size"] === undefined || given["size"] === null ? smallest : Number(given["size"]);
    if (!Number.isInteger(size) || size < 1)
      throw bad(
        `Invalid input received: Invalid volume size provided for create request: ${String(given["size"])} (size argument must be an integer (or string representation of an integer) and greater than zero).`,
      );
    if (size < smallest)
      throw bad(`Invalid input received: Volume size ${size}GB cannot be smaller than the image minDisk size ${smallest}GB.`);
    const volume = volumes.create({
      project_id: call.scope.projectId,
      user_id: call.scope.userId,
      name: textOf(given["name"]) ?? null,
      description: textOf(given["description"]) ?? null,
      size,
      volume_type: typeFor(given["volume_type"]),
      availability_zone: zoneFor(given["availability_zone"]),
      image_id: image,
      snapshot_id: snapshot,
      source_volid: source,
      metadata: objectOf(given["metadata"]) as { readonly [key: string]: string },
    });
    return accepted({ volume: view(call, volume) });
  };
  const remove = (call: Call): Answer => {
    const volume = find(call);
    if (!["available", "error", "creating"].includes(volume.status)) {
      throw bad(
        "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
      );
    }
    if (state.snapshots.count("volume", volume.id) > 0 && !isTrue(call.query.get("cascade"))) {
      throw bad(`Invalid volume: Volume ${volume.id} still has dependent snapshots.`);
    }
    volumes.remove(volume.id);
    return { status: 202, headers: { "content-type": "text/html; charset=UTF-8" } };
  };
  const update = (call: Call): Answer => {
    const volume = find(call);
    const given = objectOf(objectOf(call.body)["volume"]);
    volumes.change(volume.id, {
      name: "name" in given ? (textOf(given["name"]) ?? null) : volume.name,
      description: "description" in given ? (textOf(given["description"]) ?? null) : volume.description,
    });
    return ok({ volume: view(call, find(call)) });
  };
  const act = (call: Call): Answer => {
    const volume = find(call);
    const [name = "", value] = Object.entries(objectOf(call.body))[0] ?? [];
    const given = objectOf(value);
    if (name === "os-extend") {
      const size = Number(given["new_size"]);
      if (!(size > volume.size))
        throw bad(
          `Invalid input received: New size for extend must be greater than current size. (current: ${volume.size}, extended: ${size}).`,
        );
      volumes.checkQuota(volume.project_id, size - volume.size);
      volumes.change(volume.id, { size });
    } else if (name === "os-set_bootable") {
      volumes.change(volume.id, { bootable: given["bootable"] === true || isTrue(textOf(given["bootable"])) });
      return { status: 200 };
    } else if (name === "os-reset_status" && call.scope.admin) {
      volumes.change(volume.id, { status: (textOf(given["status"]) ?? volume.status) as Volume["status"] });
    } else if (name === "os-force_delete" && call.scope.admin) {
      volumes.remove(volume.id);
    } else {
      throw bad(`There is no such action: ${name}`);
    }
    return accepted();
  };

  const findSnapshot = (call: Call): Snapshot => {
    const snapshot = state.snapshots.get(call.params["id"] ?? "");
    if (!snapshot || !(call.scope.admin || snapshot.project_id === call.scope.projectId))
      throw missing("Snapshot", call.params["id"] ?? "");
    return snapshot;
  };
  const createSnapshot = (call: Call): Answer => {
    const given = objectOf(objectOf(call.body)["snapshot"]);
    const volume = find({ ...call, params: { id: textOf(given["volume_id"]) ?? "" } });
    const at = time.micro(clock.now());
    const snapshot = state.snapshots.put({
      id: ids.uuid(),
      project_id: call.scope.projectId,
      name: textOf(given["name"]) ?? null,
      description: textOf(given["description"]) ?? null,
      volume_id: volume.id,
      size: volume.size,
      status: "creating",
      metadata: objectOf(given["metadata"]) as { readonly [key: string]: string },
      created_at: at,
      updated_at: null,
    });
    transitions.after(
      settings.delays.volume,
      `snapshot/${snapshot.id}`,
      () => void state.snapshots.patch(snapshot.id, { status: "available", updated_at: at }),
    );
    return accepted({ snapshot: snapshotView(snapshot) });
  };

  const types = () => [...state.volumeTypes.all()].map((one) => ({ ...one, "os-volume-type-access:is_public": one.is_public }));
  const quota = (call: Call): Answer => {
    const id = call.params["of"] ?? "";
    if (!call.scope.admin && id !== call.scope.projectId)
      throw new Refusal(403, "Policy doesn't allow volume_extension:quotas:show to be performed.");
    const own = state.volumes.by("project", id);
    const used: { readonly [name: string]: number } = {
      volumes: own.length,
      gigabytes: own.reduce((sum, one) => sum + one.size, 0),
      snapshots: state.snapshots.count("project", id),
    };
    const limits = Object.entries(limitsOf(context, "volume", id));
    const shown = isTrue(call.query.get("usage"))
      ? limits.map(([name, limit]) => [name, { limit, in_use: used[name] ?? 0, reserved: 0, allocated: 0 }])
      : limits;
    return ok({ quota_set: { ...Object.fromEntries(shown), id } });
  };

  const below: Routes = {
    "/volumes": { GET: list(false), POST: create },
    "/volumes/detail": { GET: list(true) },
    "/volumes/:id": { GET: (call) => ok({ volume: detail(call, find(call)) }), PUT: update, DELETE: remove },
    "/volumes/:id/action": { POST: act },
    "/volumes/:id/metadata": { GET: (call) => ok({ metadata: find(call).metadata }) },
    "/snapshots": {
      GET: (call) => ok({ snapshots: state.snapshots.by("project", call.scope.projectId).map(snapshotView) }),
      POST: createSnapshot,
    },
    "/snapshots/detail": {
      GET: (call) => ok({ snapshots: state.snapshots.by("project", call.scope.projectId).map(snapshotView) }),
    },
    "/snapshots/:id": {
      GET: (call) => ok({ snapshot: snapshotView(findSnapshot(call)) }),
      DELETE: (call) => {
        state.snapshots.remove(findSnapshot(call).id);
        return { status: 202 };
      },
    },
    "/types": { GET: () => ok({ volume_types: types() }) },
    "/types/default": { GET: () => ok({ volume_type: types().find((one) => one.name === "__DEFAULT__") ?? types()[0] }) },
    "/types/:id": {
      GET: (call) => {
        const found = types().find((one) => one.id === call.params["id"] || one.name === call.params["id"]);
        if (!found) throw new Refusal(404, `Volume type ${call.params["id"]} could not be found.`);
        return ok({ volume_type: found });
      },
    },
    "/os-availability-zone": {
      GET: () =>
        ok({
          availabilityZoneInfo: [...new Set([...settings.availabilityZones.map((one) => one.name), "nova"])].map((zoneName) => ({
            zoneName,
            zoneState: { available: true },
          })),
        }),
    },
    "/os-quota-sets/:of": {
      GET: quota,
      PUT: (call) => {
        if (!call.scope.admin) throw new Refusal(403, "Policy doesn't allow volume_extension:quotas:update to be performed.");
        const given = Object.entries(objectOf(objectOf(call.body)["quota_set"])).filter(([name]) => name !== "tenant_id");
        setLimits(
          context,
          "volume",
          call.params["of"] ?? "",
          Object.fromEntries(given.map(([name, value]) => [name, Number(value)])),
        );
        return quota(call);
      },
    },
    "/os-quota-sets/:of/defaults": { GET: (call) => ok({ quota_set: { id: call.params["of"], ...settings.quotas.volume } }) },
    "/limits": {
      GET: (call) => {
        const limit = limitsOf(context, "volume", call.scope.projectId);
        const own = state.volumes.by("project", call.scope.projectId);
        return ok({
          limits: {
            rate: [],
            absolute: {
              maxTotalVolumes: limit["volumes"],
              maxTotalVolumeGigabytes: limit["gigabytes"],
              maxTotalSnapshots: limit["snapshots"],
              maxTotalBackups: limit["backups"],
              maxTotalBackupGigabytes: limit["backup_gigabytes"],
              totalVolumesUsed: own.length,
              totalGigabytesUsed: own.reduce((sum, one) => sum + one.size, 0),
              totalSnapshotsUsed: state.snapshots.count("project", call.scope.projectId),
              totalBackupsUsed: 0,
              totalBackupGigabytesUsed: 0,
            },
          },
        });
      },
    },
    "/extensions": { GET: () => ok({ extensions: [] }) },
    "/backups/detail": { GET: () => ok({ backups: [] }) },
  };
  /** The project in the path must be the token's. */
  const inProject = (routes: Routes): Routes =>
    Object.fromEntries(
      Object.entries(routes).flatMap(([path, methods]) => {
        const guarded = Object.entries(methods).map(([method, handler]) => [
          method,
          (call: Call) => {
            const { project } = call.params;
            if (project !== undefined && project !== call.scope.projectId && !call.scope.admin)
              throw bad("Malformed request url");
            return handler(call);
          },
        ]);
        return [
          [`${base}${path}`, Object.fromEntries(guarded)],
          [`/v3${path}`, methods],
        ];
      }),
    );

  const negotiate = (headers: Call["headers"]): number | Answer => {
    const asked = headers["openstack-api-version"]
      ?.split(",")
      .map((part) => part.trim().split(/\s+/))
      .find(([service]) => service === "volume")?.[1];
    if (asked === undefined) return 0;
    if (asked === "latest") return maxVersion;
    const numbers = /^3\.(\d+)$/.exec(asked);
    if (numbers && Number(numbers[1]) <= maxVersion) return Number(numbers[1]);
    if (!/^\d+\.\d+$/.test(asked))
      return computeRefusal(bad(`API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`));
    return computeRefusal(
      new Refusal(406, `Version ${asked} is not supported by the API. Minimum is 3.0 and maximum is 3.${maxVersion}.`),
    );
  };
  const versions = {
    versions: [
      {
        id: "v3.0",
        status: "CURRENT",
        version: `3.${maxVersion}`,
        min_version: "3.0",
        updated: "2024-08-31T00:00:00Z",
        links: [
          { rel: "describedby", type: "text/html", href: "https://docs.openstack.org/" },
          { rel: "self", href: `${url}/v3/` },
        ],
        "media-types": [{ base: "application/json", type: "application/vnd.openstack.volume+json;version=3" }],
      },
    ],
  };

  return {
    name: "volume",
    open: { "/": { GET: () => ({ status: 300, body: versions }) }, "/v3": { GET: () => ok(versions) } },
    routes: inProject(below),
    unauthorized: middlewareUnauthorized(baseUrl(settings, "identity")),
    refused: computeRefusal,
    negotiate,
    headers: (requestId, version) => ({
      "openstack-api-version": `volume 3.${version}`,
      vary: "OpenStack-API-Version",
      "x-openstack-request-id": requestId,
      "x-compute-request-id": requestId,
    }),
  };
};
