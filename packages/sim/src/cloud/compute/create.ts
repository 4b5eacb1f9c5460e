import type { CloudContext } from "../context.ts";
import { type Answer, type Call, Refusal } from "../http/call.ts";
import { type Json, listOf, numberOf, objectOf, pythonRepr, textOf } from "../http/json.ts";
import { time } from "../ids.ts";
import type { NetworkService } from "../network/network.ts";
import { exceeds, limitOf } from "../quotas.ts";
import type { VolumeHost } from "../volume/host.ts";
import { type Lifecycle, zoneAndHost } from "./lifecycle.ts";
import type { Flavor, FlavorSnapshot, Server, ServerGroup, ServerVolume, WantedPort } from "./records.ts";
import { hostsOf } from "./scheduler.ts";
import { bodyObject, invalid, metadataOf, required, stringField, tagsOf } from "./schema.ts";
import type { Usage } from "./usage.ts";
import { badRequest, conflict, disallowed, forbidden } from "./versions.ts";
import type { ComputeViews } from "./views.ts";

const always = [
  ...["name", "imageRef", "flavorRef", "adminPass", "metadata", "networks", "OS-DCF:diskConfig", "accessIPv4", "accessIPv6"],
  ...["personality", "availability_zone", "block_device_mapping", "block_device_mapping_v2", "config_drive", "key_name"],
  ...["min_count", "max_count", "return_reservation_id", "security_groups", "user_data"],
];
const since: readonly (readonly [version: number, property: string])[] = [
  [19, "description"],
  [52, "tags"],
  [63, "trusted_image_certificates"],
  [74, "host"],
  [74, "hypervisor_hostname"],
  [90, "hostname"],
];

/** POST /servers: everything is checked before anything is made. */
export const createServers = (
  context: CloudContext,
  network: NetworkService,
  volumes: VolumeHost,
  lifecycle: Lifecycle,
  views: ComputeViews,
  usage: (projectId: string) => Usage,
) => {
  const { state, ids, clock } = context;

  const imageFor = (call: Call, given: Json): string | null => {
    const id = textOf(given["imageRef"]);
    if (id === undefined || id === "") return null;
    const image = state.images.get(id);
    const { projectId, admin } = call.scope;
    const seen =
      image &&
      (admin ||
        image.owner === projectId ||
        image.visibility === "public" ||
        image.visibility === "community" ||
        image.members.some((one) => one.project_id === projectId));
    if (!image || !seen) throw badRequest("Can not find requested image");
    if (image.status !== "active") throw badRequest(`Image ${id} is not active.`);
    return id;
  };
  const flavorFor = (given: Json): Flavor => {
    const id = String(given["flavorRef"]);
    const flavor = state.flavors.get(id.slice(id.lastIndexOf("/") + 1));
    if (!flavor) throw badRequest(`Flavor ${id} could not be found.`);
    return flavor;
  };
  const checkImageFits = (imageId: string | null, flavor: FlavorSnapshot): void => {
    const image = imageId === null ? undefined : state.images.get(imageId);
    if (!image) return;
    if (image.min_ram > flavor.ram) throw badRequest("Flavor's memory is too small for requested image.");
    if (flavor.disk > 0 && image.min_disk > flavor.disk) {
      throw badRequest(
        `Flavor's disk is too small for requested image. Flavor disk is ${flavor.disk * 1024 ** 3} bytes, minimum size is ${image.min_disk * 1024 ** 3} bytes.`,
      );
    }
  };
  const zoneFor = (call: Call, given: Json): string | null => {
    const text = stringField(given, "availability_zone", { min: 1 });
    if (text === undefined) return null;
    const [zone, host] = zoneAndHost(text);
    if (host !== null && !call.scope.admin) throw disallowed("os_compute_api:servers:create:forced_host");
    const known = hostsOf(context);
    if (zone !== null && (state.closedZones.get(zone) || !known.some((one) => one.zone === zone)))
      throw badRequest("The requested availability zone is not available");
    if (host !== null && !known.some((one) => one.name === host))
      throw badRequest(`No valid host was found. No such host - host: ${host} node: None`);
    return text;
  };

  const portFor = (call: Call, id: string): WantedPort => {
    const port = state.ports.get(id);
    if (!port || !(call.scope.admin || port.project_id === call.scope.projectId))
      throw badRequest(`Port id ${id} could not be found.`);
    if (port.device_id !== "") throw conflict(`Port ${id} is still in use.`);
    if (port.fixed_ips.length === 0) throw badRequest(`Port ${id} requires a FixedIP in order to be used.`);
    return { kind: "port", port_id: id };
  };
  const networkFor = (call: Call, id: string, fixedIp: string | null): WantedPort => {
    const found = state.networks.get(id);
    const { projectId, admin } = call.scope;
    if (!found || !(admin || found.project_id === projectId || found.shared || found.external))
      throw badRequest(`Network ${id} could not be found.`);
    if (found.external && !found.shared && !admin)
      throw forbidden(`It is not allowed to create an interface on external network ${id}`);
    if (state.subnets.count("network", id) === 0)
      throw badRequest(`Network ${id} requires a subnet in order to boot instances on.`);
    return { kind: "network", network_id: id, fixed_ip: fixedIp };
  };
  const automatic = (call: Call): readonly WantedPort[] => {
    const own = state.networks
      .by("project", call.scope.projectId)
      .filter((one) => !one.external && state.subnets.count("network", one.id) > 0);
    const shared = [...state.networks.all()].filter((one) => one.shared && !one.external);
    const usable = [...new Set([...own, ...shared])];
    if (usable.length > 1) throw conflict("Multiple possible networks found, use a Network ID to be more specific.");
    return usable.map((one) => ({ kind: "network", network_id: one.id, fixed_ip: null }));
  };
  const networksFor = (call: Call, given: Json): readonly WantedPort[] => {
    const { networks } = given;
    if (networks === undefined) {
      if (call.version >= 37) throw required("server", given, "networks");
      return automatic(call);
    }
    if (networks === "none" && call.version >= 37) return [];
    if (networks === "auto" && call.version >= 37) return automatic(call);
    if (!Array.isArray(networks)) throw invalid("networks", networks, `${pythonRepr(networks)} is not of type 'array'`);
    const wanted = networks.map((item) => {
      const one = objectOf(item);
      const portId = textOf(one["port"]);
      if (portId !== undefined) return portFor(call, portId);
      const id = textOf(one["uuid"]);
      if (id === undefined) throw badRequest("Bad networks format: network uuid is not in proper format (None)");
      return networkFor(call, id, textOf(one["fixed_ip"]) ?? null);
    });
    const portIds = wanted.flatMap((one) => (one.kind === "port" ? [one.port_id] : []));
    if (new Set(portIds).size < portIds.length) throw badRequest("Duplicate ports in the request are not allowed.");
    return wanted;
  };

  const groupFor = (call: Call): ServerGroup | null => {
    const body = objectOf(call.body);
    const hints = objectOf(body["os:scheduler_hints"] ?? body["OS-SCH-HNT:scheduler_hints"]);
    const id = textOf(hints["group"]);
    if (id === undefined) return null;
    const group = state.serverGroups.get(id);
    if (!group || !(call.scope.admin || group.project_id === call.scope.projectId)) {
      throw badRequest(`Instance group ${id} could not be found.`);
    }
    const members = state.servers.count("group", id);
    if (exceeds(limitOf(context, "compute", call.scope.projectId, "server_group_members"), members)) {
      throw forbidden("Quota exceeded, too many servers in group");
    }
    return group;
  };

  const checkQuota = (call: Call, flavor: Flavor, count: number): void => {
    const project = call.scope.projectId;
    const used = usage(project);
    const wanted: readonly (readonly [string, number, number])[] = [
      ["instances", count, used.instances],
      ["cores", count * flavor.vcpus, used.cores],
      ["ram", count * flavor.ram, used.ram],
    ];
    const over = wanted.filter(([name, more, before]) => exceeds(limitOf(context, "compute", project, name), before, more));
    if (over.length === 0) return;
    const list = (pick: (one: readonly [string, number, number]) => unknown) => over.map(pick).join(", ");
    const limits = over.map(([name]) => limitOf(context, "compute", project, name));
    throw forbidden(
      `Quota exceeded for ${list(([name]) => name)}: Requested ${list(([, more]) => more)}, but already used ${list(([, , before]) => before)} of ${limits.join(", ")} ${list(([name]) => name)}`,
    );
  };

  type Disk = { readonly volume: ServerVolume; readonly make?: Parameters<VolumeHost["make"]>[1] };
  const disksFor = (
    call: Call,
    given: Json,
    flavor: Flavor,
  ): { readonly disks: readonly Disk[]; readonly bootsFromVolume: boolean; readonly imageId: string | null } => {
    const mappings = listOf(given["block_device_mapping_v2"]).map(objectOf);
    let imageId: string | null = null;
    let bootsFromVolume = false;
    const disks: Disk[] = [];
    for (const [i, one] of mappings.entries()) {
      if (one["tag"] !== undefined && call.version !== 32 && !(call.version >= 33 && call.version <= 36) && call.version < 42) {
        throw invalid(String(i), one, "Additional properties are not allowed ('tag' was unexpected)");
      }
      if (one["volume_type"] !== undefined && call.version < 67) {
        throw invalid(String(i), one, "Additional properties are not allowed ('volume_type' was unexpected)");
      }
      const source = textOf(one["source_type"]);
      const destination = textOf(one["destination_type"]) ?? (source === "image" ? "local" : "volume");
      const boots = one["boot_index"] === 0 || one["boot_index"] === "0";
      const uuid = textOf(one["uuid"]);
      if (source === "image" && destination === "local") {
        if (boots) imageId = imageFor(call, { imageRef: uuid });
        continue;
      }
      if (source === "blank" && destination === "local") continue;
      const base = {
        device: textOf(one["device_name"]) ?? `/dev/vd${String.fromCharCode(97 + i)}`,
        boot_index: boots ? 0 : (numberOf(one["boot_index"]) ?? null),
        delete_on_termination: one["delete_on_termination"] === true,
        tag: textOf(one["tag"]) ?? null,
        attachment_id: "",
      };
      if (boots) bootsFromVolume = true;
      if (source === "volume") {
        const volume = uuid === undefined ? undefined : volumes.find(call.scope.projectId, uuid);
        if (!volume) throw badRequest(`Block Device Mapping is Invalid: failed to get volume ${String(uuid)}.`);
        if (volume.status !== "available") {
          throw badRequest(
            `Invalid input received: Invalid volume: volume '${volume.id}' status must be 'available'. Currently in '${volume.status}' status.`,
          );
        }
        if (boots && !volume.bootable) throw badRequest(`Block Device ${volume.id} is not bootable.`);
        disks.push({ volume: { ...base, volume_id: volume.id } });
        continue;
      }
      const fromImage = source === "image" ? imageFor(call, { imageRef: uuid }) : null;
      const sizeGiB = Number(one["volume_size"] ?? (fromImage === null ? 0 : flavor.disk));
      if (!(sizeGiB > 0))
        throw badRequest(
          "Block Device Mapping is Invalid: Images with destination_type 'volume' need to have a non-zero size specified",
        );
      disks.push({
        volume: { ...base, volume_id: "" },
        make: { sizeGiB, imageId: fromImage, type: textOf(one["volume_type"]) ?? null, zone: null },
      });
    }
    const bootable = mappings.length === 0 || imageId !== null || bootsFromVolume || textOf(given["imageRef"]);
    if (!bootable)
      throw badRequest(
        "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.",
      );
    return { disks, bootsFromVolume, imageId };
  };

  const checkKnown = (call: Call, given: Json): void => {
    const allowed = [...always, ...since.filter(([version]) => call.version >= version).map(([, name]) => name)];
    if (call.version >= 57) allowed.splice(allowed.indexOf("personality"), 1);
    bodyObject(call.body, "server", { needed: ["name", "flavorRef"], known: allowed });
    const size = textOf(given["user_data"])?.length ?? 0;
    if (size > 65535) throw invalid("user_data", given["user_data"], `'${textOf(given["user_data"])}' is too long`);
  };

  return (call: Call): Answer => {
    const { scope } = call;
    const given = bodyObject(call.body, "server");
    checkKnown(call, given);
    const name = stringField(given, "name", { min: 1 }) ?? "";
    const tags = tagsOf(given["tags"]);
    const metadata = metadataOf(given["metadata"]);
    const limit = limitOf(context, "compute", scope.projectId, "metadata_items");
    if (exceeds(limit, 0, Object.keys(metadata).length)) throw forbidden(`Maximum number of metadata items exceeds ${limit}`);
    const key = textOf(given["key_name"]);
    const flavor = flavorFor(given);
    const image = imageFor(call, given);
    const wanted = networksFor(call, given);
    const zone = zoneFor(call, given);
    if (key !== undefined && !state.keypairs.get(`${scope.userId}/${key}`)) throw badRequest("Invalid key_name provided.");
    const { disks, bootsFromVolume, imageId } = disksFor(call, given, flavor);
    const root = bootsFromVolume ? null : (image ?? imageId);
    if (root === null && !bootsFromVolume) throw badRequest("Invalid imageRef provided.");
    if (!bootsFromVolume) checkImageFits(root, flavor);
    const group = groupFor(call);
    const count = Math.max(numberOf(given["min_count"]) ?? 1, numberOf(given["max_count"]) ?? 1);
    if (count > 1 && wanted.some((one) => one.kind === "port"))
      throw badRequest(
        "Unable to launch multiple instances with a single configured port ID. Please launch your instance one by one with different ports.",
      );
    checkQuota(call, flavor, count);

    const now = time.zulu(clock.now());
    const securityGroups = listOf(given["security_groups"]).flatMap((item) => textOf(objectOf(item)["name"]) ?? []);
    const servers = Array.from({ length: count }, (_, i) => {
      const id = ids.uuid();
      const own = { project_id: scope.projectId, user_id: scope.userId, name: count > 1 ? `${name}-${i + 1}` : name };
      const attached = disks.map(({ volume, make }): ServerVolume => {
        const volumeId = make ? volumes.make(own, make).id : volume.volume_id;
        return { ...volume, volume_id: volumeId, attachment_id: volumes.attach(volumeId, id, volume.device) };
      });
      for (const one of wanted) {
        const port = one.kind === "port" ? state.ports.get(one.port_id) : undefined;
        if (port) network.ports.change(port, { device_id: id, device_owner: `compute:${zone ?? ""}` });
      }
      const server: Server = {
        id,
        ...own,
        description: call.version >= 19 ? (textOf(given["description"]) ?? null) : own.name,
        hostname: hostnameOf(own.name, id),
        vm_state: "building",
        task_state: "scheduling",
        power_state: 0,
        fault: null,
        image_id: root,
        flavor: snapshot(flavor),
        old_flavor: null,
        metadata,
        tags,
        key_name: key ?? null,
        config_drive: given["config_drive"] === true || String(given["config_drive"]).toLowerCase() === "true",
        requested_zone: zone,
        host: null,
        zone: zoneAndHost(zone)[0] ?? "",
        group_id: group?.id ?? null,
        security_groups: securityGroups,
        wanted,
        own_ports: [],
        volumes: attached,
        locked: false,
        locked_reason: null,
        created: now,
        updated: now,
        launched_at: null,
        terminated_at: null,
        sequence: state.next("instance"),
        reservation_id: `r-${ids.hex().slice(0, 8)}`,
        disk_config: given["OS-DCF:diskConfig"] === "AUTO" ? "AUTO" : "MANUAL",
        booted: false,
        actions: [],
      };
      const userData = textOf(given["user_data"]);
      if (userData !== undefined) state.userData.put({ id, text: userData });
      lifecycle.build(lifecycle.record(server, "create", call.requestId, scope.userId));
      return server;
    });
    const [first] = servers;
    if (!first) throw new Refusal(500, "no server was asked for");
    if (given["return_reservation_id"] === true) return { status: 202, body: { reservation_id: first.reservation_id } };
    const [self] = views.links("servers", first.id);
    return {
      status: 202,
      body: {
        server: {
          id: first.id,
          links: views.links("servers", first.id),
          "OS-DCF:diskConfig": first.disk_config,
          security_groups: (securityGroups.length > 0 ? securityGroups : ["default"]).map((one) => ({ name: one })),
          adminPass: textOf(given["adminPass"]) ?? ids.secret().replace(/[-_]/g, "").slice(0, 12),
        },
      },
      headers: { location: self?.href ?? "" },
    };
  };
};

export const snapshot = (flavor: Flavor): FlavorSnapshot => ({
  id: flavor.id,
  name: flavor.name,
  vcpus: flavor.vcpus,
  ram: flavor.ram,
  disk: flavor.disk,
  ephemeral: flavor.ephemeral,
  swap: flavor.swap,
  extra_specs: flavor.extra_specs,
});

const hostnameOf = (name: string, id: string): string => {
  const clean = name
    .toLowerCase()
    .replace(/[ _]/g, "-")
    .replace(/[^\w.-]+/g, "")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, 63);
  return clean || `server-${id}`;
};
