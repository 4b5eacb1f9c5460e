import { type Json, object, objects, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly portId: string;
  readonly tags: readonly string[];
}

export const trunkCalls = (service: Service) => ({
  listTrunks: async (filter: { portId: string; name?: string }): Promise<readonly Trunk[]> =>
    (await service.list("trunk_list", "/trunks", "trunks", { name: filter.name, port_id: filter.portId })).map(parseTrunk),
  createTrunk: async (input: { portId: string; name: string; description: string }): Promise<Trunk> => {
    const trunk = { port_id: input.portId, name: input.name, description: input.description };
    const answer = await service.post("trunk_create", "/trunks", { trunk });
    return parseTrunk(object(answer["trunk"], "trunk"));
  },
  /** The ports that ride on it. */
  listSubports: async (trunkId: string): Promise<readonly string[]> => {
    const answer = await service.find("trunk_list_subports", `/trunks/${trunkId}/get_subports`);
    return answer === undefined ? [] : objects(answer, "sub_ports").map((subport) => text(subport, "port_id"));
  },
  removeSubports: async (input: { trunkId: string; portIds: readonly string[] }): Promise<void> => {
    const body = { sub_ports: input.portIds.map((port_id) => ({ port_id })) };
    await service.put("trunk_remove_subports", `/trunks/${input.trunkId}/remove_subports`, body);
  },
  deleteTrunk: async (id: string): Promise<boolean> => service.delete("trunk_delete", `/trunks/${id}`),
});

const parseTrunk = (json: Json): Trunk => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  portId: textOr(json, "port_id"),
  tags: texts(json, "tags"),
});
