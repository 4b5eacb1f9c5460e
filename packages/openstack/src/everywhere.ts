import { isVersioned, rootOf } from "./identity/catalog.ts";
import type { Session } from "./identity/session.ts";
import { type Json, objects, optionalText, text, textOr, texts } from "./transport/json.ts";
import { createService, type Query, type Service } from "./transport/service.ts";

export type ThingKind =
  | "server"
  | "port"
  | "trunk"
  | "volume"
  | "floatingip"
  | "router"
  | "subnet"
  | "network"
  | "securitygroup"
  | "loadbalancer"
  | "servergroup"
  | "applicationcredential";

/** Anything in the cloud, as far as it matters whose it is. */
export interface Thing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly projectId: string;
  readonly createdAt: Date | undefined;
  readonly status: string;
  readonly tags: readonly string[];
  /** Of a port: the server, router, … that it belongs to. Of a floating IP: its port. */
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** Of a port or a subnet. */
  readonly networkId: string;
  /** Of a server group. */
  readonly members: readonly string[];
  /** Of an application credential. */
  readonly userId: string;
}

/** All projects' things, for an administrator. */
export interface Everywhere {
  list(kind: Exclude<ThingKind, "applicationcredential">): Promise<readonly Thing[]>;
  /** The ones of this user called `name`. */
  listApplicationCredentials(userId: string, name: string): Promise<readonly Thing[]>;
  projectExists(id: string): Promise<boolean>;
  /** False: it was gone already. @throws CloudError conflict while something else uses it */
  delete(thing: Thing): Promise<boolean>;
}

export const createEverywhere = (session: Session, computeMicroversion: string): Everywhere => {
  const compute = createService(session, "compute", {
    base: async () => {
      const endpoint = await session.endpoint("compute");
      return isVersioned(endpoint) ? endpoint : `${rootOf(endpoint)}/v2.1`;
    },
    headers: {
      "x-openstack-nova-api-version": computeMicroversion,
      "openstack-api-version": `compute ${computeMicroversion}`,
    },
  });
  const network = createService(session, "network", { base: async () => `${rootOf(await session.endpoint("network"))}/v2.0` });
  const balancing = createService(session, "load-balancer", {
    base: async () => `${rootOf(await session.endpoint("load-balancer"))}/v2.0`,
  });
  const volume = createService(session, "block-storage", {
    base: async () => {
      const endpoint = await session.endpoint("block-storage");
      return isVersioned(endpoint) ? endpoint : `${endpoint}/v3/${await session.projectId()}`;
    },
  });
  const identity = createService(session, "identity", { base: session.identityUrl });

  const places: { readonly [kind in Exclude<ThingKind, "applicationcredential">]: Place } = {
    server: { service: compute, list: "/servers/detail", collection: "servers", item: "/servers", query: { all_tenants: 1 } },
    servergroup: {
      service: compute,
      list: "/os-server-groups",
      collection: "server_groups",
      item: "/os-server-groups",
      query: { all_projects: 1 },
    },
    volume: { service: volume, list: "/volumes/detail", collection: "volumes", item: "/volumes", query: { all_tenants: 1 } },
    port: neutron(network, "ports"),
    trunk: neutron(network, "trunks"),
    floatingip: neutron(network, "floatingips"),
    router: neutron(network, "routers"),
    subnet: neutron(network, "subnets"),
    network: neutron(network, "networks"),
    securitygroup: { ...neutron(network, "security-groups"), collection: "security_groups" },
    loadbalancer: {
      service: balancing,
      list: "/lbaas/loadbalancers",
      collection: "loadbalancers",
      item: "/lbaas/loadbalancers",
      query: {},
    },
  };
  const interfacesOf = async (router: string): Promise<readonly string[]> => {
    const ports = await network.list("port_list", "/ports", "ports", { device_id: router });
    return ports
      .filter((port) => textOr(port, "device_owner").includes("router_interface"))
      .flatMap((port) => objects(port, "fixed_ips").map((ip) => textOr(ip, "subnet_id")));
  };
  return {
    list: async (kind) => {
      const { service, list, collection, query } = places[kind];
      return (await service.list(`${kind}_list_everywhere`, list, collection, query)).map((json) => thingOf(kind, json));
    },
    listApplicationCredentials: async (userId, name) => {
      const path = `/users/${encodeURIComponent(userId)}/application_credentials`;
      const found = await identity.list("application_credential_list", path, "application_credentials", { name });
      return found.map((json) => ({ ...thingOf("applicationcredential", json), userId })).filter((one) => one.name === name);
    },
    projectExists: async (id) => (await identity.find("project_get", `/projects/${encodeURIComponent(id)}`)) !== undefined,
    delete: async (thing) => {
      if (thing.kind === "applicationcredential")
        return identity.delete(
          "application_credential_delete",
          `/users/${encodeURIComponent(thing.userId)}/application_credentials/${encodeURIComponent(thing.id)}`,
        );
      const { service, item } = places[thing.kind];
      // Neutron refuses to delete a router while subnets hang on it.
      if (thing.kind === "router")
        for (const subnet_id of await interfacesOf(thing.id))
          await network.put("router_interface_delete", `/routers/${thing.id}/remove_router_interface`, { subnet_id });
      const cascade = thing.kind === "loadbalancer" ? { cascade: true } : undefined;
      return service.delete(`${thing.kind}_delete`, `${item}/${encodeURIComponent(thing.id)}`, cascade);
    },
  };
};

interface Place {
  readonly service: Service;
  readonly list: string;
  readonly collection: string;
  readonly item: string;
  readonly query: Query;
}

const neutron = (service: Service, name: string): Place => ({
  service,
  list: `/${name}`,
  collection: name,
  item: `/${name}`,
  query: {},
});

const thingOf = (kind: ThingKind, json: Json): Thing => ({
  kind,
  id: text(json, "id"),
  name: textOr(json, "name", textOr(json, "floating_ip_address")),
  description: textOr(json, "description"),
  projectId: textOr(json, "project_id", textOr(json, "tenant_id", textOr(json, "os-vol-tenant-attr:tenant_id"))),
  createdAt: utc(optionalText(json, "created_at") ?? optionalText(json, "created")),
  status: textOr(json, "provisioning_status", textOr(json, "status")),
  tags: texts(json, "tags"),
  deviceId: textOr(json, "device_id", textOr(json, "port_id")),
  deviceOwner: textOr(json, "device_owner"),
  networkId: textOr(json, "network_id"),
  members: texts(json, "members"),
  userId: textOr(json, "user_id"),
});

/** Some services write times without a zone and mean UTC. */
const utc = (written: string | undefined): Date | undefined => {
  if (written === undefined) return undefined;
  const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
};
