import type { Transport, TransportRequest } from "@slipway/openstack/transport/transport.ts";
import { type CatalogEntry, type EndpointChoice, findEndpoint } from "./catalog.ts";
import { identityUrl } from "./keystone.ts";

/** The cloud as the caller of one request sees it: everything is asked with the caller's own token. */
export interface TenantCloud {
  flavors(): Promise<readonly Flavor[]>;
  keypairExists(name: string): Promise<boolean>;
  /** By id when there is such an image, else all of that name. */
  findImages(ident: string): Promise<readonly Image[]>;
  networks(query: { readonly external?: true }): Promise<readonly Named[]>;
  subnets(): Promise<readonly Named[]>;
  /** @throws CloudRefusal 403 for a token that came from a restricted application credential */
  createApplicationCredential(wanted: NewCredential): Promise<{ readonly id: string; readonly secret: string }>;
  /** Of the caller: those of this name are deleted. */
  deleteApplicationCredentials(userId: string, name: string): Promise<void>;
  /** Whether this project exists, as far as the caller may know. */
  projectExists(id: string): Promise<boolean>;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}
export interface Flavor extends Named {
  readonly disk: number;
  readonly vcpus: number;
  readonly ram: number;
}
export interface Image extends Named {
  readonly properties: { readonly [name: string]: unknown };
}
export interface NewCredential {
  readonly userId: string;
  readonly name: string;
  readonly description: string;
  readonly roles: readonly string[];
}

/** A service said no, or nothing at all (`status` 0). */
export class CloudRefusal extends Error {
  override readonly name = "CloudRefusal";
  readonly service: string;
  readonly status: number;

  constructor(service: string, status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.service = service;
    this.status = status;
  }
}

export interface TenantCloudOptions {
  readonly transport: Transport;
  readonly token: string;
  readonly catalog: readonly CatalogEntry[];
  readonly authUrl: string;
  readonly endpoints: EndpointChoice;
  /** `2.63` */
  readonly computeMicroversion: string;
}

export const connectTenant = (options: TenantCloudOptions): TenantCloud => {
  const { authUrl, computeMicroversion } = options;
  const nova = { "openstack-api-version": `compute ${computeMicroversion}`, "x-openstack-nova-api-version": computeMicroversion };
  const compute = createCaller(options, "nova", ["compute"], nova);
  const image = createCaller(options, "glance", ["image"]);
  const network = createCaller(options, "neutron", ["network"]);
  const identity = createCaller(options, "keystone", ["identity"]);
  const v2 = (base: string) => (/\/v2(\.\d+)?$/.test(base) ? base : `${base}/v2`);
  const v2dot0 = (base: string) => (/\/v2\.0$/.test(base) ? base : `${base}/v2.0`);
  const v3 = () => identityUrl(authUrl);
  const credentialsOf = (userId: string) => `/users/${encodeURIComponent(userId)}/application_credentials`;

  return {
    flavors: async () => compute.list<Flavor>("flavors", (base) => `${base}/flavors/detail`),
    keypairExists: async (name) => (await compute.get((base) => `${base}/os-keypairs/${encodeURIComponent(name)}`)) !== undefined,
    findImages: async (ident) => {
      if (isUuid(ident)) {
        const found = await image.get((base) => `${v2(base)}/images/${encodeURIComponent(ident)}`);
        if (found !== undefined) return [toImage(found)];
      }
      const named = await image.list<{ readonly [name: string]: unknown }>(
        "images",
        (base) => `${v2(base)}/images?name=${encodeURIComponent(ident)}`,
      );
      return named.map(toImage);
    },
    networks: async ({ external }) =>
      network.list<Named>("networks", (base) => `${v2dot0(base)}/networks${external ? "?router:external=true" : ""}`),
    subnets: async () => network.list<Named>("subnets", (base) => `${v2dot0(base)}/subnets`),
    createApplicationCredential: async ({ userId, name, description, roles }) => {
      const answer = await identity.send("POST", () => `${v3()}${credentialsOf(userId)}`, {
        application_credential: { name, description, roles: roles.map((role) => ({ name: role })), unrestricted: false },
      });
      const made = (answer as { application_credential?: { id?: string; secret?: string } } | undefined)?.application_credential;
      if (made?.id === undefined || made.secret === undefined)
        throw new CloudRefusal("keystone", 0, "Keystone answered without an application credential");
      return { id: made.id, secret: made.secret };
    },
    deleteApplicationCredentials: async (userId, name) => {
      const named = await identity.list<Named>(
        "application_credentials",
        () => `${v3()}${credentialsOf(userId)}?name=${encodeURIComponent(name)}`,
      );
      for (const { id } of named.filter((credential) => credential.name === name))
        await identity.send("DELETE", () => `${v3()}${credentialsOf(userId)}/${id}`);
    },
    projectExists: async (id) => (await identity.get(() => `${v3()}/projects/${encodeURIComponent(id)}`)) !== undefined,
  };
};

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);

const toImage = (body: object): Image => {
  const { id, name, ...properties } = body as { id: string; name: string | null };
  return { id, name: name ?? "", properties };
};

type UrlOf = (base: string) => string;

const createCaller = (
  { transport, token, catalog, endpoints, authUrl }: TenantCloudOptions,
  service: string,
  types: readonly string[],
  headers: { readonly [name: string]: string } = {},
) => {
  const base = (): string => {
    if (service === "keystone") return authUrl;
    const found = findEndpoint(catalog, types, endpoints);
    if (found === undefined)
      throw new CloudRefusal(service, 0, `the catalog has no ${endpoints.interface} endpoint of type ${types.join(" or ")}`);
    return found;
  };

  const send = async (method: TransportRequest["method"], urlOf: UrlOf, body?: object): Promise<object | undefined> => {
    const url = urlOf(base());
    const response = await transport({
      method,
      url,
      headers: {
        accept: "application/json",
        "x-auth-token": token,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new CloudRefusal(service, 0, cause instanceof Error ? cause.message : String(cause), { cause });
    });
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (response.status >= 400) throw new CloudRefusal(service, response.status, reasonIn(text));
    if (text === "") return {};
    try {
      return JSON.parse(text) as object;
    } catch (cause) {
      throw new CloudRefusal(service, response.status, "the answer is not JSON", { cause });
    }
  };

  return {
    send,
    /** Undefined: not there (or not for the caller to see). */
    get: async (urlOf: UrlOf): Promise<object | undefined> => send("GET", urlOf),
    list: async <T>(key: string, urlOf: UrlOf): Promise<readonly T[]> => {
      const items: T[] = [];
      let next: string | undefined;
      do {
        const url = next;
        const answer: object = (await send("GET", url === undefined ? urlOf : () => url)) ?? {};
        items.push(...((answer as { [key: string]: readonly T[] | undefined })[key] ?? []));
        next = nextPage(answer, key, base());
      } while (next !== undefined);
      return items;
    },
  };
};

/** Nova and Neutron link the next page as `<key>_links`, Glance as a path in `next`, Keystone as a URL in `links.next`. */
const nextPage = (answer: object, key: string, base: string): string | undefined => {
  const body = answer as { [field: string]: unknown; next?: unknown; links?: { next?: unknown } };
  const links = body[`${key}_links`];
  if (Array.isArray(links)) return (links as { rel: string; href: string }[]).find(({ rel }) => rel === "next")?.href;
  if (typeof body.next === "string") return new URL(body.next, base).href;
  return typeof body.links?.next === "string" ? body.links.next : undefined;
};

/** Every service wraps its text in an object of its own: `{"error": {"message"}}`, `{"NeutronError": …}`, `{"forbidden": …}`. */
const reasonIn = (text: string): string => {
  try {
    const body = JSON.parse(text) as { [key: string]: unknown };
    const inner = Object.values(body)[0];
    const message = typeof inner === "object" && inner !== null ? (inner as { message?: unknown }).message : body["message"];
    return typeof message === "string" ? message : text.slice(0, 500);
  } catch {
    return text.slice(0, 500);
  }
};
