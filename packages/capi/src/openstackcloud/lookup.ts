import type { NeutronFilter, NeutronParam, SubnetFilter } from "@slipway/api";
import { CloudError, type SubnetFilter as SubnetQuery, type TaggedFilter } from "@slipway/openstack";

/** Exactly one, or an error that says how many there are. Callers that must know the difference catch `NoSingleMatch`. */
export class NoSingleMatch extends CloudError {
  readonly found: number;
  constructor(what: string, found: number) {
    super(
      found === 0 ? "notFound" : "invalid",
      `${found === 0 ? "no" : `${found}`} ${what} ${found === 0 ? "found" : "found, one is needed"}`,
    );
    this.found = found;
  }
}

export const only = <T>(found: readonly T[], what: string): T => {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new NoSingleMatch(what, found.length);
  return first;
};

export const filterQuery = (filter: NeutronFilter | undefined): TaggedFilter => ({
  name: filter?.name,
  description: filter?.description,
  projectId: filter?.projectID,
  tags: filter?.tags,
  tagsAny: filter?.tagsAny,
  notTags: filter?.notTags,
  notTagsAny: filter?.notTagsAny,
});

export const subnetQuery = (filter: SubnetFilter | undefined, networkId: string | undefined): SubnetQuery => ({
  ...filterQuery(filter),
  networkId,
  cidr: filter?.cidr,
  ipVersion: filter?.ipVersion,
  gatewayIp: filter?.gatewayIP,
  ipv6AddressMode: filter?.ipv6AddressMode,
  ipv6RaMode: filter?.ipv6RAMode,
});

/** By id, or by a filter that must match one. */
export const single = async <T>(
  what: string,
  param: NeutronParam,
  find: (id: string) => Promise<T | undefined>,
  list: (filter: TaggedFilter) => Promise<readonly T[]>,
): Promise<T> => {
  if (param.id === undefined)
    return only(await list(filterQuery(param.filter)), `${what} matching ${JSON.stringify(param.filter)}`);
  const found = await find(param.id);
  if (found === undefined) throw new NoSingleMatch(`${what} with id ${param.id}`, 0);
  return found;
};
