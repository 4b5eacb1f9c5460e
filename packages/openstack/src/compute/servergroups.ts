import { type Json, object, optionalText, text, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface ServerGroup {
  readonly id: string;
  readonly name: string;
  readonly policies: readonly string[];
  readonly members: readonly string[];
}

export type ServerGroupPolicy = "affinity" | "anti-affinity" | "soft-affinity" | "soft-anti-affinity";

/** From 2.64 on a group has one `policy`; before, a list `policies`. Each version refuses the other's field. */
export const serverGroupCalls = (service: Service, onePolicy: boolean) => ({
  listServerGroups: async (): Promise<readonly ServerGroup[]> =>
    (await service.list("server_group_list", "/os-server-groups", "server_groups")).map(parseServerGroup),
  findServerGroup: async (id: string): Promise<ServerGroup | undefined> => {
    const answer = await service.find("server_group_get", `/os-server-groups/${id}`);
    return answer === undefined ? undefined : parseServerGroup(object(answer["server_group"], "server_group"));
  },
  createServerGroup: async (input: { name: string; policy: ServerGroupPolicy }): Promise<ServerGroup> => {
    const group = onePolicy ? { name: input.name, policy: input.policy } : { name: input.name, policies: [input.policy] };
    const answer = await service.post("server_group_create", "/os-server-groups", { server_group: group });
    return parseServerGroup(object(answer["server_group"], "server_group"));
  },
  deleteServerGroup: async (id: string): Promise<boolean> => service.delete("server_group_delete", `/os-server-groups/${id}`),
});

const parseServerGroup = (json: Json): ServerGroup => {
  const policy = optionalText(json, "policy");
  return {
    id: text(json, "id"),
    name: text(json, "name"),
    policies: policy === undefined ? texts(json, "policies") : [policy],
    members: texts(json, "members"),
  };
};
