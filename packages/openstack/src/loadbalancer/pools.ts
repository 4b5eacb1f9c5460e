import { given, type Json, numberOr, object, text, textOr } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Pool {
  readonly id: string;
  readonly name: string;
}
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
}
export interface HealthMonitor {
  readonly id: string;
  readonly name: string;
}

export const poolCalls = (service: Service) => ({
  listPools: async (filter: { name: string }): Promise<readonly Pool[]> =>
    (await service.list("loadbalancer_pool_list", "/lbaas/pools", "pools", filter)).map(named),
  createPool: async (input: {
    name: string;
    listenerId: string;
    algorithm: "ROUND_ROBIN" | "SOURCE_IP_PORT";
    tags: readonly string[];
  }): Promise<Pool> => {
    const pool = given({
      name: input.name,
      protocol: "TCP",
      lb_algorithm: input.algorithm,
      listener_id: input.listenerId,
      tags: input.tags.length === 0 ? undefined : input.tags,
    });
    const answer = await service.post("loadbalancer_pool_create", "/lbaas/pools", { pool });
    return named(object(answer["pool"], "pool"));
  },
  listMonitors: async (filter: { name: string }): Promise<readonly HealthMonitor[]> =>
    (await service.list("loadbalancer_healthmonitor_list", "/lbaas/healthmonitors", "healthmonitors", filter)).map(named),
  /** @throws CloudError unsupported: some providers have none */
  createMonitor: async (input: {
    name: string;
    poolId: string;
    delaySeconds: number;
    timeoutSeconds: number;
    maxRetries: number;
    maxRetriesDown: number;
  }): Promise<void> => {
    const healthmonitor = {
      name: input.name,
      pool_id: input.poolId,
      type: "TCP",
      delay: input.delaySeconds,
      timeout: input.timeoutSeconds,
      max_retries: input.maxRetries,
      max_retries_down: input.maxRetriesDown,
    };
    await service.post("loadbalancer_healthmonitor_create", "/lbaas/healthmonitors", { healthmonitor });
  },
  listMembers: async (filter: { poolId: string; name: string }): Promise<readonly Member[]> => {
    const path = `/lbaas/pools/${filter.poolId}/members`;
    const members = await service.list("loadbalancer_member_list", path, "members", { name: filter.name });
    return members.map((json) => ({
      ...named(json),
      address: textOr(json, "address"),
      port: numberOr(json, "protocol_port", 0),
    }));
  },
  createMember: async (input: {
    poolId: string;
    name: string;
    address: string;
    port: number;
    tags: readonly string[];
  }): Promise<void> => {
    const member = given({
      name: input.name,
      address: input.address,
      protocol_port: input.port,
      tags: input.tags.length === 0 ? undefined : input.tags,
    });
    await service.post("loadbalancer_member_create", `/lbaas/pools/${input.poolId}/members`, { member });
  },
  deleteMember: async (input: { poolId: string; memberId: string }): Promise<boolean> =>
    service.delete("loadbalancer_member_delete", `/lbaas/pools/${input.poolId}/members/${input.memberId}`),
});

const named = (json: Json): { id: string; name: string } => ({ id: text(json, "id"), name: textOr(json, "name") });
