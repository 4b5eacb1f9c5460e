import { numberOr, object } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

/** How much of something the project may have, and has. */
export interface Limit {
  /** As the service calls it: `instances`, `floatingip`. */
  readonly resource: string;
  readonly used: number;
  /** -1: as much as there is. */
  readonly limit: number;
}

const pairs = [
  ["instances", "maxTotalInstances", "totalInstancesUsed"],
  ["cores", "maxTotalCores", "totalCoresUsed"],
  ["ram", "maxTotalRAMSize", "totalRAMUsed"],
  ["server_groups", "maxServerGroups", "totalServerGroupsUsed"],
] as const;

export const limitCalls = (service: Service) => ({
  /** Nova's limits of our own project. */
  listLimits: async (): Promise<readonly Limit[]> => {
    const limits = object((await service.get("limits_get", "/limits"))["limits"], "limits");
    const absolute = object(limits["absolute"], "limits.absolute");
    return pairs.map(([resource, limit, used]) => ({
      resource,
      limit: numberOr(absolute, limit, -1),
      used: numberOr(absolute, used, 0),
    }));
  },
});
