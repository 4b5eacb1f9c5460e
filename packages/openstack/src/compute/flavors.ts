import { type Json, numberOr, object, text } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
}

export const flavorCalls = (service: Service) => {
  const listFlavors = async (): Promise<readonly Flavor[]> =>
    (await service.list("flavor_list", "/flavors/detail", "flavors")).map(parseFlavor);
  return {
    listFlavors,
    findFlavor: async (id: string): Promise<Flavor | undefined> => {
      const answer = await service.find("flavor_get", `/flavors/${encodeURIComponent(id)}`);
      return answer === undefined ? undefined : parseFlavor(object(answer["flavor"], "flavor"));
    },
  };
};

const parseFlavor = (json: Json): Flavor => ({
  id: text(json, "id"),
  name: text(json, "name"),
  vcpus: numberOr(json, "vcpus", 0),
  ramMiB: numberOr(json, "ram", 0),
  diskGiB: numberOr(json, "disk", 0),
});
