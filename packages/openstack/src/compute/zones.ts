import { flag, object, text } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface AvailabilityZone {
  readonly name: string;
  readonly available: boolean;
}

export const zoneCalls = (service: Service) => ({
  listAvailabilityZones: async (): Promise<readonly AvailabilityZone[]> =>
    (await service.list("availability_zone_list", "/os-availability-zone", "availabilityZoneInfo")).map((zone) => ({
      name: text(zone, "zoneName"),
      available: zone["zoneState"] !== undefined && flag(object(zone["zoneState"], "zoneState"), "available"),
    })),
});
