/** Keystone's catalog, as it comes with a validated token. */
export interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region?: string; readonly url: string }[];
}

export interface EndpointChoice {
  readonly interface: "public" | "internal" | "admin";
  readonly region?: string;
}

/** The first endpoint, in the catalog's order, of one of these service types. Without a trailing slash. */
export const findEndpoint = (
  catalog: readonly CatalogEntry[],
  types: readonly string[],
  { interface: wanted, region }: EndpointChoice,
): string | undefined =>
  catalog
    .filter(({ type }) => types.includes(type))
    .flatMap(({ endpoints }) => endpoints)
    .find((endpoint) => endpoint.interface === wanted && (region === undefined || endpoint.region === region))
    ?.url.replace(/\/+$/, "");
