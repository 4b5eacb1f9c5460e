import { type Cloud, cloudOfToken, type Flavor, type Image, type Transport } from "@slipway/openstack";
import type { EndpointChoice } from "./catalog.ts";

/** The cloud as the caller of one request sees it: everything is asked with the caller's own token. @throws CloudError */
export interface TenantCloud {
  flavors(): Promise<readonly Flavor[]>;
  keypairExists(name: string): Promise<boolean>;
  /** By id when there is such an image, else all of that name. */
  findImages(ident: string): Promise<readonly Image[]>;
  networks(query: { readonly external?: true }): Promise<readonly Named[]>;
  subnets(): Promise<readonly Named[]>;
  /** @throws CloudError forbidden for a token that came from a restricted application credential */
  createApplicationCredential(wanted: NewCredential): Promise<{ readonly id: string; readonly secret: string }>;
  /** The caller's own ones of this name. */
  deleteApplicationCredentials(userId: string, name: string): Promise<void>;
  /** Whether this project exists, as far as the caller may know. */
  projectExists(id: string): Promise<boolean>;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}
export interface NewCredential {
  readonly name: string;
  readonly description: string;
  readonly roles: readonly string[];
}

export interface TenantCloudOptions {
  readonly transport: Transport;
  readonly authUrl: string;
  readonly endpoints: EndpointChoice;
  /** `2.63` */
  readonly computeMicroversion: string;
  readonly now: () => Date;
}

/** Clouds by their callers' tokens. What a connection learns (endpoints, versions) is kept while its token is in use. */
export const createTenantClouds = (options: TenantCloudOptions, most = 1000): ((token: string) => TenantCloud) => {
  // Least recently used first: a Map keeps the order of insertion.
  const kept = new Map<string, TenantCloud>();
  return (token) => {
    const cloud = kept.get(token) ?? tenantCloud(connect(token, options));
    kept.delete(token);
    kept.set(token, cloud);
    const oldest = kept.keys().next().value;
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return cloud;
  };
};

const connect = (token: string, { transport, authUrl, endpoints, computeMicroversion, now }: TenantCloudOptions): Cloud =>
  cloudOfToken(token, { authUrl, ...endpoints }, { transport, now, computeMicroversion });

const tenantCloud = (cloud: Cloud): TenantCloud => ({
  flavors: cloud.compute.listFlavors,
  keypairExists: async (name) => (await cloud.compute.findKeypair(name)) !== undefined,
  findImages: async (ident) => {
    const found = isUuid(ident) ? await cloud.images.findImage(ident) : undefined;
    return found === undefined ? cloud.images.listImages({ name: ident }) : [found];
  },
  networks: (query) => cloud.network.listNetworks(query),
  subnets: () => cloud.network.listSubnets({}),
  createApplicationCredential: ({ name, description, roles }) =>
    cloud.identity.createApplicationCredential({
      name,
      description,
      roles: roles.map((role) => ({ name: role })),
      unrestricted: false,
    }),
  deleteApplicationCredentials: async (userId, name) => {
    const query = `?name=${encodeURIComponent(name)}`;
    const answer = await get(cloud, `/users/${encodeURIComponent(userId)}/application_credentials${query}`);
    const named = (answer as { application_credentials?: readonly Named[] } | undefined)?.application_credentials ?? [];
    for (const credential of named.filter((one) => one.name === name))
      await cloud.identity.deleteApplicationCredential(credential.id);
  },
  projectExists: async (id) => (await get(cloud, `/projects/${encodeURIComponent(id)}`)) !== undefined,
});

/** What the identity client has no call for. */
const get = async ({ session }: Cloud, path: string): Promise<unknown> => {
  const response = await session.send({
    call: "identity_get",
    asked: `GET ${path.split("?")[0]} of identity`,
    method: "GET",
    url: `${await session.identityUrl()}${path}`,
    absent: "undefined",
  });
  return response === undefined ? undefined : JSON.parse(await response.text());
};

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
