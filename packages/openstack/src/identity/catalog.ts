import { CloudError } from "../transport/error.ts";
import type { CloudConfig } from "./cloudsyaml.ts";

export interface CatalogService {
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly CatalogEndpoint[];
}
export interface CatalogEndpoint {
  readonly interface: string;
  readonly region: string | undefined;
  readonly regionId: string | undefined;
  readonly url: string;
}

export type ServiceName = "compute" | "network" | "image" | "load-balancer" | "block-storage" | "identity";

const typesOf: { readonly [S in ServiceName]: readonly string[] } = {
  compute: ["compute"],
  network: ["network"],
  image: ["image"],
  "load-balancer": ["load-balancer"],
  "block-storage": ["block-storage", "block-store", "volume", "volumev3"],
  identity: ["identity"],
};

/** The first endpoint, in the catalog's own order, of the service's type (or an alias), in our interface and region. */
export const endpointOf = (
  catalog: readonly CatalogService[],
  service: ServiceName,
  { interface: wanted, region }: Pick<CloudConfig, "interface" | "region">,
): string => {
  const endpoint = catalog
    .filter(({ type }) => typesOf[service].includes(type))
    .flatMap(({ endpoints }) => endpoints)
    .find((one) => one.interface === wanted && (region === undefined || one.region === region || one.regionId === region));
  if (endpoint === undefined) {
    const where = region === undefined ? "" : ` in region "${region}"`;
    throw new CloudError("unsupported", `the cloud's catalog has no ${wanted} endpoint for ${service}${where}`);
  }
  return endpoint.url.replace(/\/+$/, "");
};

/** A version as the last part of a path, a project's id after it cut off: `/v2.1`, `/v3/<project>`. */
const versioned = /\/(v\d+(?:\.\d+)?)(?:\/[0-9a-f]{32}|\/AUTH_[^/]+)?$/;

export const isVersioned = (endpoint: string): boolean => versioned.test(new URL(endpoint).pathname);

/** The service's root: some clouds register `…/v2.0` for the network, and its paths must not say it twice. */
export const rootOf = (endpoint: string): string => endpoint.replace(versioned, "");
