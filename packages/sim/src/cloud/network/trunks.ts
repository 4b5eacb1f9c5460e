import type { CloudContext } from "../context.ts";
import { type Answer, type Call, ok, Refusal } from "../http/call.ts";
import { type Json, listOf, objectOf, textOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { Kind } from "./kind.ts";
import { standard, touched } from "./kind.ts";
import type { Ports } from "./ports.ts";
import type { Trunk } from "./records.ts";
import { badRequest, conflict, portNotFound, trunkNotFound } from "./refusals.ts";

/** Several networks on one port of a server, told apart by VLAN. */
export const createTrunks = (context: CloudContext, ports: () => Ports) => {
  const { state } = context;

  const portOf = (call: Call, id: string | undefined) => {
    const port = state.ports.get(id ?? "");
    if (!port || !(call.scope.admin || port.project_id === call.scope.projectId)) throw portNotFound(id ?? "");
    return port;
  };
  const subPortsOf = (call: Call, value: unknown, trunk: Pick<Trunk, "port_id" | "sub_ports">): Trunk["sub_ports"] =>
    listOf(value).map((item) => {
      const given = objectOf(item);
      const port = portOf(call, textOf(given["port_id"]));
      const type = textOf(given["segmentation_type"]) ?? "vlan";
      const segment = Number(given["segmentation_id"]);
      if (!Number.isInteger(segment) || segment < 1 || segment > 4094) {
        throw badRequest(
          `Invalid input for operation: Invalid segmentation ID ${String(given["segmentation_id"])} for a subport`,
        );
      }
      if (port.id === trunk.port_id || state.trunks.count("port", port.id) > 0) {
        throw conflict("PortInUseAsTrunkParent", `Port ${port.id} is currently a parent port for trunk.`);
      }
      const used = state.trunks.by("subport", port.id)[0];
      if (used) throw conflict("PortInUseAsSubPort", `Port ${port.id} is currently a subport for trunk ${used.id}.`);
      if (trunk.sub_ports.some((sub) => sub.segmentation_id === segment)) {
        throw conflict("DuplicateSubPort", `segmentation_type ${type} and segmentation_id ${segment} already in use on trunk.`);
      }
      return { port_id: port.id, segmentation_type: type, segmentation_id: segment };
    });
  /** Subports live where their parent does. */
  const bindSubPorts = (trunk: Trunk): void => {
    const parent = state.ports.get(trunk.port_id);
    for (const { port_id } of trunk.sub_ports) {
      const port = state.ports.get(port_id);
      if (port)
        ports().change(port, {
          device_owner: "trunk:subport",
          host_id: parent?.host_id ?? "",
          status: parent?.status === "ACTIVE" ? "ACTIVE" : "DOWN",
        });
    }
  };
  const release = (portIds: readonly string[]): void => {
    for (const id of portIds) {
      const port = state.ports.get(id);
      if (port) ports().change(port, { device_owner: "", host_id: "", status: "DOWN" });
    }
  };

  const kind: Kind<Trunk, "project" | "name" | "tag" | "port" | "subport"> = {
    singular: "trunk",
    plural: "trunks",
    path: "trunks",
    collection: state.trunks,
    indexed: { port_id: "port", name: "name", tag: "tag" },
    notFound: trunkNotFound,
    attributes: {
      post: ["name", "description", "admin_state_up", "port_id", "sub_ports", "tags"],
      put: ["name", "description", "admin_state_up"],
    },
    view: (record) => ({
      admin_state_up: record.admin_state_up,
      id: record.id,
      project_id: record.project_id,
      name: record.name,
      port_id: record.port_id,
      status: state.ports.get(record.port_id)?.status === "ACTIVE" ? "ACTIVE" : "DOWN",
      sub_ports: record.sub_ports,
      revision_number: record.revision_number,
      description: record.description,
      created_at: record.created_at,
      updated_at: record.updated_at,
      tenant_id: record.project_id,
      tags: record.tags,
    }),
    create: (call, given, projectId) => {
      const port = portOf(call, textOf(given["port_id"]));
      const used = state.trunks.by("port", port.id)[0];
      if (used) throw conflict("PortInUseAsTrunkParent", `Port ${port.id} is currently a parent port for trunk ${used.id}.`);
      const blank = { port_id: port.id, sub_ports: [] };
      const trunk = state.trunks.put({
        ...standard(context, given, projectId),
        admin_state_up: given["admin_state_up"] !== false,
        port_id: port.id,
        sub_ports: subPortsOf(call, given["sub_ports"], blank),
      });
      bindSubPorts(trunk);
      return trunk;
    },
    update: (_call, record, given) =>
      state.trunks.put(
        touched(context, record, {
          name: textOf(given["name"]) ?? record.name,
          description: textOf(given["description"]) ?? record.description,
          admin_state_up: typeof given["admin_state_up"] === "boolean" ? given["admin_state_up"] : record.admin_state_up,
        }),
      ),
    remove: (_call, record) => {
      state.trunks.remove(record.id);
      release(record.sub_ports.map((sub) => sub.port_id));
    },
  };

  const find = (call: Call): Trunk => {
    const trunk = state.trunks.get(call.params["id"] ?? "");
    if (!trunk || !(call.scope.admin || trunk.project_id === call.scope.projectId)) throw trunkNotFound(call.params["id"] ?? "");
    return trunk;
  };
  const save = (trunk: Trunk, subPorts: Trunk["sub_ports"]): Answer => {
    const changed = state.trunks.put(touched(context, trunk, { sub_ports: subPorts }));
    bindSubPorts(changed);
    return ok(kind.view(changed, false));
  };
  const routes: Routes = {
    "/v2.0/trunks/:id/get_subports": { GET: (call) => ok({ sub_ports: find(call).sub_ports }) },
    "/v2.0/trunks/:id/add_subports": {
      PUT: (call) => {
        const trunk = find(call);
        return save(trunk, [...trunk.sub_ports, ...subPortsOf(call, objectOf(call.body)["sub_ports"], trunk)]);
      },
    },
    "/v2.0/trunks/:id/remove_subports": {
      PUT: (call) => {
        const trunk = find(call);
        const gone = listOf(objectOf(call.body)["sub_ports"]).map((item) => textOf(objectOf(item)["port_id"]) ?? "");
        for (const id of gone) {
          if (!trunk.sub_ports.some((sub) => sub.port_id === id)) {
            throw new Refusal(
              404,
              `SubPort on trunk ${trunk.id} with parent port ${trunk.port_id} and id ${id} could not be found.`,
              "SubPortNotFound",
            );
          }
        }
        release(gone);
        return save(
          trunk,
          trunk.sub_ports.filter((sub) => !gone.includes(sub.port_id)),
        );
      },
    },
  };
  const detailsOf = (portId: string): Json | undefined => {
    if (state.trunks.size === 0) return undefined;
    const trunk = state.trunks.by("port", portId)[0];
    return (
      trunk && {
        trunk_id: trunk.id,
        sub_ports: trunk.sub_ports.map((sub) => ({ ...sub, mac_address: state.ports.get(sub.port_id)?.mac_address ?? "" })),
      }
    );
  };
  return {
    kind,
    routes,
    detailsOf,
    follow: (portId: string) => {
      for (const trunk of state.trunks.by("port", portId)) bindSubPorts(trunk);
    },
  };
};
