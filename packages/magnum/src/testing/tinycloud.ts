import type { Transport, TransportRequest, TransportResponse } from "@slipway/openstack";

/** For tests: the few answers of Keystone, Nova, Glance and Neutron that the Magnum API reads, in the shapes of the real ones. */
export interface TinyCloud {
  readonly transport: Transport;
  readonly people: { readonly [token: string]: TinyPerson };
  /** Application credentials that are there now. */
  readonly credentials: Map<string, { readonly userId: string; readonly name: string; readonly roles: readonly string[] }>;
  /** `METHOD url` of every request, in order. */
  readonly log: string[];
  /** Services in here cannot be reached. */
  readonly down: Set<string>;
}

export interface TinyPerson {
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  readonly expiresAt?: string;
  /** The token came from an application credential that may not make others. */
  readonly restricted?: true;
  readonly accessRules?: readonly { readonly service: string; readonly method: string; readonly path: string }[];
}

const member = ["member", "reader", "load-balancer_member"];

export const PEOPLE: { readonly [token: string]: TinyPerson } = {
  "tenant-a": { userId: "5a284c9ca8bb4767a011b681e81a5d69", projectId: "fd17450de87d4b79806270495cf06582", roles: member },
  "tenant-a-colleague": { userId: "0c1", projectId: "fd17450de87d4b79806270495cf06582", roles: member },
  "tenant-a-reader": { userId: "0c2", projectId: "fd17450de87d4b79806270495cf06582", roles: ["reader"] },
  "tenant-a-restricted": {
    userId: "5a284c9ca8bb4767a011b681e81a5d69",
    projectId: "fd17450de87d4b79806270495cf06582",
    roles: member,
    restricted: true,
  },
  "tenant-b": { userId: "b0b", projectId: "ef29740a1fe143f999eed3badec99df9", roles: member },
  admin: { userId: "ad1", projectId: "ad2", roles: ["admin", ...member] },
};

const IMAGES = [
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a336", name: "ubuntu-2204-kube-v1.31.1", os_distro: "ubuntu" },
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a337", name: "ubuntu-2204-kube-v1.32.5", os_distro: "ubuntu", hw_disk_bus: "scsi" },
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a338", name: "no-distro" },
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a339", name: "fedora-coreos-38", os_distro: "fedora-coreos" },
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a340", name: "twice", os_distro: "ubuntu" },
  { id: "2dd093d3-c593-42ed-9ab8-9d9861b9a341", name: "twice", os_distro: "ubuntu" },
];
const FLAVORS = [
  { id: "2", name: "m1.small", disk: 20, ram: 2048, vcpus: 1 },
  { id: "3", name: "m1.medium", disk: 40, ram: 4096, vcpus: 2 },
  { id: "9", name: "diskless", disk: 0, ram: 4096, vcpus: 2 },
];
const NETWORKS = [
  { id: "ab03ee19-0000-4000-8000-000000000001", name: "public", "router:external": true },
  { id: "ab03ee19-0000-4000-8000-000000000002", name: "mine", "router:external": false },
];
const SUBNETS = [{ id: "ab03ee19-0000-4000-8000-000000000003", name: "mine-v4" }];

export const createTinyCloud = (): TinyCloud => {
  const credentials: TinyCloud["credentials"] = new Map();
  const log: string[] = [];
  const down = new Set<string>();

  const answer = (request: TransportRequest, url: URL): { readonly status: number; readonly body?: object } => {
    const person = PEOPLE[request.headers["x-auth-token"] ?? ""];
    if (url.hostname === "nova.test" && url.pathname === "/v2.1/")
      return { status: 200, body: { version: { id: "v2.1", version: "2.93", min_version: "2.1" } } };
    if (url.pathname === "/v3/auth/tokens")
      return person === undefined ? { status: 401, body: {} } : { status: 200, body: { token: tokenOf(person) } };
    if (person === undefined) return { status: 401, body: { error: { message: "who are you?" } } };
    const parts = url.pathname.split("/").filter((part) => part !== "");
    if (parts.includes("application_credentials")) return applicationCredentials(request, person, url, parts);
    if (parts[1] === "projects") {
      const known = Object.values(PEOPLE).some(({ projectId }) => projectId === parts[2]);
      return known ? { status: 200, body: { project: { id: parts[2] } } } : { status: 404, body: {} };
    }
    if (url.pathname.endsWith("/flavors/detail")) return { status: 200, body: { flavors: FLAVORS } };
    if (parts.at(-2) === "os-keypairs")
      return parts.at(-1) === "tenant-a-key"
        ? { status: 200, body: { keypair: { name: "tenant-a-key", public_key: "ssh-ed25519 A" } } }
        : { status: 404, body: {} };
    if (parts.at(-2) === "images") {
      const image = IMAGES.find(({ id }) => id === parts.at(-1));
      return image === undefined ? { status: 404, body: {} } : { status: 200, body: image };
    }
    if (parts.at(-1) === "images")
      return { status: 200, body: { images: IMAGES.filter(({ name }) => name === url.searchParams.get("name")) } };
    if (parts.at(-1) === "networks") {
      const external = url.searchParams.get("router:external") === "true";
      return { status: 200, body: { networks: NETWORKS.filter((network) => !external || network["router:external"]) } };
    }
    if (parts.at(-1) === "subnets") return { status: 200, body: { subnets: SUBNETS } };
    return { status: 404, body: {} };
  };

  const applicationCredentials = (request: TransportRequest, person: TinyPerson, url: URL, parts: readonly string[]) => {
    if (request.method === "POST") {
      if (person.restricted)
        return {
          status: 403,
          body: {
            error: { message: "You are not authorized to perform the requested action: identity:create_application_credential." },
          },
        };
      const { application_credential: wanted } = JSON.parse(String(request.body)) as {
        application_credential: { name: string; roles: { name: string }[] };
      };
      const id = `credential-${credentials.size + 1}`;
      credentials.set(id, { userId: person.userId, name: wanted.name, roles: wanted.roles.map(({ name }) => name) });
      return {
        status: 201,
        body: { application_credential: { id, name: wanted.name, project_id: person.projectId, secret: "s3cret" } },
      };
    }
    if (request.method === "DELETE") return { status: credentials.delete(parts.at(-1) ?? "") ? 204 : 404 };
    const named = [...credentials]
      .filter(([, credential]) => credential.userId === person.userId && credential.name === url.searchParams.get("name"))
      .map(([id, { name }]) => ({ id, name }));
    return { status: 200, body: { application_credentials: named, links: { next: null } } };
  };

  return {
    people: PEOPLE,
    credentials,
    log,
    down,
    transport: async (request) => {
      const url = new URL(request.url);
      log.push(`${request.method} ${request.url}`);
      if (down.has(url.hostname)) throw new Error(`connect ECONNREFUSED ${url.hostname}`);
      const { status, body } = answer(request, url);
      return respond(status, body);
    },
  };
};

const respond = (status: number, body: object | undefined): TransportResponse => ({
  status,
  headers: { "content-type": "application/json" },
  text: async () => (body === undefined ? "" : JSON.stringify(body)),
});

const service = (type: string, url: string) => ({
  type,
  name: type,
  endpoints: [{ interface: "public", region: "RegionOne", region_id: "RegionOne", url }],
});

const tokenOf = ({ userId, projectId, roles, expiresAt, restricted, accessRules }: TinyPerson) => ({
  user: { id: userId, name: userId, domain: { id: "default" } },
  project: { id: projectId, name: projectId },
  roles: roles.map((name) => ({ id: name, name })),
  expires_at: expiresAt ?? "2099-01-01T00:00:00.000000Z",
  catalog: [
    service("identity", "http://keystone.test/v3"),
    service("compute", "http://nova.test/v2.1"),
    service("image", "http://glance.test"),
    service("network", "http://neutron.test"),
  ],
  ...(restricted || accessRules
    ? {
        application_credential: {
          id: "ac",
          name: "ac",
          restricted: restricted ?? false,
          ...(accessRules && { access_rules: accessRules }),
        },
      }
    : {}),
});
