import type { CloudContext } from "../context.ts";
import { type Answer, accepted, type Call, noContent, ok } from "../http/call.ts";
import { isObject, objectOf, textOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import type { NetworkService } from "../network/network.ts";
import type { VolumeHost } from "../volume/host.ts";
import { serverActions } from "./actions.ts";
import { createServers } from "./create.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { listServers } from "./list.ts";
import type { Server } from "./records.ts";
import { bodyObject, metadataOf, stringField, tagsOf } from "./schema.ts";
import type { Usage } from "./usage.ts";
import { badRequest, conflict, disallowed, itemNotFound } from "./versions.ts";
import type { ComputeViews } from "./views.ts";

export const serverRoutes = (
  context: CloudContext,
  network: NetworkService,
  volumes: VolumeHost,
  lifecycle: Lifecycle,
  views: ComputeViews,
  usage: (projectId: string) => Usage,
): Routes => {
  const { state, ids, clock } = context;
  const create = createServers(context, network, volumes, lifecycle, views, usage);
  const act = serverActions(context, network, lifecycle, views);

  const find = (call: Call): Server => {
    const id = call.params["id"] ?? "";
    const server = state.servers.get(id);
    if (!server || !(call.scope.admin || server.project_id === call.scope.projectId))
      throw itemNotFound(`Instance ${id} could not be found.`);
    return server;
  };
  const tagsNeed26 = (call: Call): void => {
    if (call.version < 26) throw itemNotFound("The resource could not be found.");
  };
  const metadataItem = (call: Call): { server: Server; key: string; value: string } => {
    const server = find(call);
    const key = call.params["key"] ?? "";
    const value = server.metadata[key];
    if (value === undefined) throw itemNotFound("Metadata item was not found");
    return { server, key, value };
  };

  const interfaceView = (call: Call, portId: string) => {
    const port = state.ports.get(portId);
    return (
      port && {
        net_id: port.network_id,
        port_id: port.id,
        mac_addr: port.mac_address,
        port_state: port.status,
        fixed_ips: port.fixed_ips,
        ...(call.version >= 70 && { tag: null }),
      }
    );
  };
  const attachedPort = (call: Call) => {
    const server = find(call);
    const port = state.ports.get(call.params["port"] ?? "");
    if (!port || port.device_id !== server.id) throw itemNotFound(`Port id ${call.params["port"]} could not be found.`);
    return { server, port };
  };
  const attachInterface = (call: Call): Answer => {
    const server = find(call);
    const given = objectOf(objectOf(call.body)["interfaceAttachment"]);
    if (!["active", "stopped", "paused"].includes(server.vm_state)) {
      throw conflict(`Cannot 'attach_interface' instance ${server.id} while it is in vm_state ${server.vm_state}`);
    }
    const portId = textOf(given["port_id"]);
    const netId = textOf(given["net_id"]);
    const made = portId === undefined ? makePort(call, server, netId) : takePort(call, portId);
    const bound = network.ports.change(made, {
      device_id: server.id,
      device_owner: `compute:${server.zone}`,
      host_id: server.host ?? "",
      status: server.vm_state === "active" ? "ACTIVE" : "DOWN",
      dns_name: server.hostname,
    });
    network.portMoved(bound.id);
    const current = portId === undefined ? lifecycle.change(server, { own_ports: [...server.own_ports, bound.id] }) : server;
    lifecycle.record(current, "attach_interface", call.requestId, call.scope.userId);
    return ok({ interfaceAttachment: interfaceView(call, bound.id) });
  };
  const takePort = (call: Call, id: string) => {
    const port = state.ports.get(id);
    if (!port || !(call.scope.admin || port.project_id === call.scope.projectId))
      throw itemNotFound(`Port id ${id} could not be found.`);
    if (port.device_id !== "") throw badRequest(`Port ${id} is still in use.`);
    return port;
  };
  const makePort = (call: Call, server: Server, netId: string | undefined) => {
    const found = netId === undefined ? state.networks.by("project", server.project_id)[0] : state.networks.get(netId);
    if (!found || !(call.scope.admin || found.project_id === server.project_id || found.shared))
      throw badRequest(`Network ${String(netId)} could not be found.`);
    network.reservePort(server.project_id);
    const group = network.defaultGroup(server.project_id);
    return network.ports.add({ network_id: found.id, project_id: server.project_id, security_groups: group ? [group.id] : [] });
  };
  const detachInterface = (call: Call): Answer => {
    const { server, port } = attachedPort(call);
    if (server.own_ports.includes(port.id)) network.ports.drop(port.id);
    else network.ports.change(port, { device_id: "", device_owner: "", host_id: "", status: "DOWN", dns_name: "" });
    lifecycle.record(
      lifecycle.change(server, { own_ports: server.own_ports.filter((id) => id !== port.id) }),
      "detach_interface",
      call.requestId,
      call.scope.userId,
    );
    return accepted();
  };

  const attachmentView = (call: Call, server: Server, volumeId: string) => {
    const volume = server.volumes.find((one) => one.volume_id === volumeId);
    return (
      volume && {
        ...(call.version < 89 && { id: volume.volume_id }),
        serverId: server.id,
        volumeId: volume.volume_id,
        device: volume.device,
        ...(call.version >= 70 && { tag: volume.tag }),
        ...(call.version >= 79 && { delete_on_termination: volume.delete_on_termination }),
        ...(call.version >= 89 && { attachment_id: volume.attachment_id, bdm_uuid: volume.attachment_id }),
      }
    );
  };
  const attachVolume = (call: Call): Answer => {
    const server = find(call);
    const given = bodyObject(call.body, "volumeAttachment", { needed: ["volumeId"] });
    const id = textOf(given["volumeId"]) ?? "";
    const volume = volumes.find(server.project_id, id);
    if (!volume) throw itemNotFound(`Volume ${id} could not be found.`);
    if (volume.status !== "available") {
      throw badRequest(`Invalid volume: volume '${id}' status must be 'available'. Currently in '${volume.status}' status.`);
    }
    if (!["active", "stopped", "paused", "resized"].includes(server.vm_state)) {
      throw conflict(`Cannot 'attach_volume' instance ${server.id} while it is in vm_state ${server.vm_state}`);
    }
    const device = textOf(given["device"]) ?? `/dev/vd${String.fromCharCode(98 + server.volumes.length)}`;
    const changed = lifecycle.change(server, {
      volumes: [
        ...server.volumes,
        {
          volume_id: id,
          device,
          boot_index: null,
          delete_on_termination: call.version >= 79 && given["delete_on_termination"] === true,
          tag: textOf(given["tag"]) ?? null,
          attachment_id: volumes.attach(id, server.id, device),
        },
      ],
    });
    lifecycle.record(changed, "attach_volume", call.requestId, call.scope.userId);
    return ok({ volumeAttachment: attachmentView(call, changed, id) });
  };
  const detachVolume = (call: Call): Answer => {
    const server = find(call);
    const id = call.params["volume"] ?? "";
    const volume = server.volumes.find((one) => one.volume_id === id);
    if (!volume) throw itemNotFound(`Instance ${server.id} is not attached to volume ${id}`);
    if (volume.boot_index === 0) throw badRequest(`Cannot detach a root device volume`);
    volumes.detach(id, server.id);
    lifecycle.record(
      lifecycle.change(server, { volumes: server.volumes.filter((one) => one.volume_id !== id) }),
      "detach_volume",
      call.requestId,
      call.scope.userId,
    );
    return accepted();
  };

  const update = (call: Call): Answer => {
    const server = find(call);
    const given = bodyObject(call.body, "server");
    const name = stringField(given, "name", { min: 1 }) ?? server.name;
    const changed = lifecycle.change(server, {
      name,
      description: call.version >= 19 && "description" in given ? (textOf(given["description"]) ?? null) : server.description,
      hostname: call.version >= 90 ? (textOf(given["hostname"]) ?? server.hostname) : server.hostname,
    });
    return ok({ server: views.server(changed, call, true) });
  };
  const remove = (call: Call): Answer => {
    const server = find(call);
    if (server.locked && !call.scope.admin) throw conflict(`Instance ${server.id} is locked`);
    if (server.task_state !== "deleting") lifecycle.remove(lifecycle.record(server, "delete", call.requestId, call.scope.userId));
    return noContent;
  };
  const setMetadata = (call: Call, keep: boolean): Answer => {
    const server = find(call);
    const given = metadataOf(objectOf(call.body)["metadata"]);
    const metadata = keep ? { ...server.metadata, ...given } : given;
    lifecycle.change(server, { metadata });
    return ok({ metadata });
  };
  const actionView = (server: Server, entry: Server["actions"][number], call: Call) => ({
    action: entry.action,
    instance_uuid: server.id,
    request_id: entry.request_id,
    user_id: entry.user_id,
    project_id: server.project_id,
    start_time: entry.start_time,
    message: entry.message,
    ...(call.version >= 58 && { updated_at: entry.updated_at }),
  });

  return {
    "/v2.1/servers": { GET: listServers(context, views, false), POST: create },
    "/v2.1/servers/detail": { GET: listServers(context, views, true) },
    "/v2.1/servers/:id": {
      GET: (call) => ok({ server: views.server(find(call), call, true) }),
      PUT: update,
      DELETE: remove,
    },
    "/v2.1/servers/:id/action": { POST: (call) => act(call, find(call)) },
    "/v2.1/servers/:id/ips": { GET: (call) => ok({ addresses: views.addressesOf(find(call)) }) },
    "/v2.1/servers/:id/metadata": {
      GET: (call) => ok({ metadata: find(call).metadata }),
      PUT: (call) => setMetadata(call, false),
      POST: (call) => setMetadata(call, true),
    },
    "/v2.1/servers/:id/metadata/:key": {
      GET: (call) => {
        const { key, value } = metadataItem(call);
        return ok({ meta: { [key]: value } });
      },
      PUT: (call) => {
        const server = find(call);
        const given = metadataOf(objectOf(call.body)["meta"], "meta");
        lifecycle.change(server, { metadata: { ...server.metadata, ...given } });
        return ok({ meta: given });
      },
      DELETE: (call) => {
        const { server, key } = metadataItem(call);
        lifecycle.change(server, {
          metadata: Object.fromEntries(Object.entries(server.metadata).filter(([name]) => name !== key)),
        });
        return noContent;
      },
    },
    "/v2.1/servers/:id/tags": {
      GET: (call) => {
        tagsNeed26(call);
        return ok({ tags: find(call).tags });
      },
      PUT: (call) => {
        tagsNeed26(call);
        const tags = tagsOf(isObject(call.body) ? call.body["tags"] : undefined);
        lifecycle.change(find(call), { tags });
        return ok({ tags });
      },
      DELETE: (call) => {
        tagsNeed26(call);
        lifecycle.change(find(call), { tags: [] });
        return noContent;
      },
    },
    "/v2.1/servers/:id/tags/:tag": {
      GET: (call) => {
        if (!find(call).tags.includes(call.params["tag"] ?? ""))
          throw itemNotFound(`Server ${call.params["id"]} has no tag '${call.params["tag"]}'`);
        return noContent;
      },
      PUT: (call) => {
        tagsNeed26(call);
        const server = find(call);
        const tag = call.params["tag"] ?? "";
        if (server.tags.includes(tag)) return noContent;
        lifecycle.change(server, { tags: tagsOf([...server.tags, tag]) });
        return { status: 201 };
      },
      DELETE: (call) => {
        const server = find(call);
        const tag = call.params["tag"] ?? "";
        if (!server.tags.includes(tag)) throw itemNotFound(`Server ${server.id} has no tag '${tag}'`);
        lifecycle.change(server, { tags: server.tags.filter((one) => one !== tag) });
        return noContent;
      },
    },
    "/v2.1/servers/:id/os-interface": {
      GET: (call) =>
        ok({ interfaceAttachments: state.ports.by("device", find(call).id).map((port) => interfaceView(call, port.id)) }),
      POST: attachInterface,
    },
    "/v2.1/servers/:id/os-interface/:port": {
      GET: (call) => ok({ interfaceAttachment: interfaceView(call, attachedPort(call).port.id) }),
      DELETE: detachInterface,
    },
    "/v2.1/servers/:id/os-volume_attachments": {
      GET: (call) => {
        const server = find(call);
        return ok({ volumeAttachments: server.volumes.map((one) => attachmentView(call, server, one.volume_id)) });
      },
      POST: attachVolume,
    },
    "/v2.1/servers/:id/os-volume_attachments/:volume": {
      GET: (call) => {
        const server = find(call);
        const view = attachmentView(call, server, call.params["volume"] ?? "");
        if (!view) throw itemNotFound(`Instance ${server.id} is not attached to volume ${call.params["volume"]}`);
        return ok({ volumeAttachment: view });
      },
      DELETE: detachVolume,
    },
    "/v2.1/servers/:id/os-security-groups": {
      GET: (call) => {
        const ofServer = new Set(state.ports.by("device", find(call).id).flatMap((port) => port.security_groups));
        const groups = [...ofServer].flatMap((id) => state.securityGroups.get(id) ?? []);
        return ok({
          security_groups: groups.map((one) => ({
            id: one.id,
            name: one.name,
            description: one.description,
            tenant_id: one.project_id,
            rules: [],
          })),
        });
      },
    },
    "/v2.1/servers/:id/os-instance-actions": {
      GET: (call) => {
        const server = find(call);
        return ok({ instanceActions: server.actions.map((entry) => actionView(server, entry, call)) });
      },
    },
    "/v2.1/servers/:id/os-instance-actions/:request": {
      GET: (call) => {
        const server = find(call);
        const entry = server.actions.find((one) => one.request_id === call.params["request"]);
        if (!entry)
          throw itemNotFound(`Action for request_id ${call.params["request"]} on instance ${server.id} could not be found.`);
        return ok({ instanceAction: { ...actionView(server, entry, call), events: [] } });
      },
    },
    "/v2.1/servers/:id/diagnostics": {
      GET: (call) => {
        if (!call.scope.admin) throw disallowed("os_compute_api:os-server-diagnostics");
        return ok({
          state: find(call).power_state === 1 ? "running" : "shutdown",
          uptime: 0,
          id: ids.uuid(),
          at: time.zulu(clock.now()),
        });
      },
    },
  };
};
