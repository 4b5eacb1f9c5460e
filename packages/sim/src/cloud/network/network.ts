import type { CloudContext } from "../context.ts";
import { type Call, noContent, ok } from "../http/call.ts";
import { objectOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { middlewareUnauthorized } from "../identity/refusals.ts";
import { exceeds, limitOf, limitsOf, resetLimits, setLimits } from "../quotas.ts";
import { baseUrl } from "../settings.ts";
import { createAllocation } from "./allocation.ts";
import { extensions } from "./extensions.ts";
import { createFloatingIps } from "./floatingips.ts";
import { kindRoutes } from "./kind.ts";
import { networkKind } from "./networks.ts";
import { createPorts, type Ports } from "./ports.ts";
import type { SecurityGroup } from "./records.ts";
import { networkRefusal, notFoundOf, overQuota, policy } from "./refusals.ts";
import { createRouters } from "./routers.ts";
import { createSecurity } from "./security.ts";
import { subnetKind } from "./subnets.ts";
import { createTrunks } from "./trunks.ts";

const extensionNotFound = notFoundOf("HTTPNotFound", "Extension with alias", " does not exist");

/** Neutron, and what the other services of the cloud may ask of it directly. */
export interface NetworkService {
  readonly definition: ServiceDefinition;
  readonly ports: Ports;
  /** Takes a port into account of the project's quota. @throws Refusal */
  reservePort(projectId: string): void;
  defaultGroup(projectId: string): SecurityGroup | undefined;
  addGroup(projectId: string, name: string): SecurityGroup;
  removeGroup(id: string): void;
  /** After a port's status changed: its trunk's subports change with it. */
  portMoved(portId: string): void;
  resume(): void;
}

export const createNetworkService = (context: CloudContext): NetworkService => {
  const { state, settings } = context;
  const url = baseUrl(settings, "network");
  const allocation = createAllocation(context);
  const security = createSecurity(context);
  // Ports, floating IPs and trunks know each other; each reaches the others only when it is called.
  const portsOf = (): Ports => ports;
  const trunks = createTrunks(context, portsOf);
  const floatingIps = createFloatingIps(context, portsOf, (subnet, network) => routers.routerOf(subnet, network));
  const ports: Ports = createPorts(context, allocation, security.ensureDefault, floatingIps.letGo, trunks.detailsOf);
  const routers = createRouters(context, ports, allocation);
  const networks = networkKind(context, (networkId) => {
    for (const port of state.ports.by("network", networkId)) ports.drop(port.id);
  });

  const collections = [
    "network",
    "subnet",
    "port",
    "router",
    "floatingip",
    "security_group",
    "security_group_rule",
    "trunk",
  ] as const;
  const used = (resource: string, projectId: string): number => {
    switch (resource as (typeof collections)[number]) {
      case "network":
        return state.networks.count("project", projectId);
      case "subnet":
        return state.subnets.count("project", projectId);
      case "port":
        return state.ports.count("project", projectId);
      case "router":
        return state.routers.count("project", projectId);
      case "floatingip":
        return state.floatingIps.count("project", projectId);
      case "security_group":
        return state.securityGroups.count("project", projectId);
      case "security_group_rule":
        return state.securityGroupRules.count("project", projectId);
      case "trunk":
        return state.trunks.count("project", projectId);
      default:
        return 0;
    }
  };
  const quotaProject = (call: Call, verb: "get" | "update" | "delete"): string => {
    const id = call.params["project"] ?? "";
    if (!call.scope.admin && (verb !== "get" || id !== call.scope.projectId)) throw policy(`${verb}_quota`);
    return id;
  };
  const quotaDetails = (call: Call) => {
    const project = quotaProject(call, "get");
    if (project === call.scope.projectId) security.ensureDefault(project);
    const limits = Object.entries(limitsOf(context, "network", project));
    return ok({
      quota: Object.fromEntries(limits.map(([name, limit]) => [name, { limit, used: used(name, project), reserved: 0 }])),
    });
  };

  const others: Routes = {
    "/v2.0": {
      GET: () => {
        const names = [
          ["network", "networks"],
          ["subnet", "subnets"],
          ["subnetpool", "subnetpools"],
          ["port", "ports"],
        ] as const;
        return ok({
          resources: names.map(([name, collection]) => ({
            name,
            collection,
            links: [{ rel: "self", href: `${url}/v2.0/${collection}` }],
          })),
        });
      },
    },
    "/v2.0/extensions": { GET: () => ok({ extensions }) },
    "/v2.0/extensions/:alias": {
      GET: (call) => {
        const extension = extensions.find((one) => one.alias === call.params["alias"]);
        if (!extension) throw extensionNotFound(call.params["alias"] ?? "");
        return ok({ extension });
      },
    },
    "/v2.0/availability_zones": {
      GET: () => ok({ availability_zones: [{ state: "available", name: "nova", resource: "router" }] }),
    },
    "/v2.0/agents": { GET: () => ok({ agents: [] }) },
    "/v2.0/subnetpools": { GET: () => ok({ subnetpools: [] }) },
    "/v2.0/address-scopes": { GET: () => ok({ address_scopes: [] }) },
    "/v2.0/rbac-policies": { GET: () => ok({ rbac_policies: [] }) },
    "/v2.0/qos/policies": { GET: () => ok({ policies: [] }) },
    "/v2.0/network-ip-availabilities": { GET: () => ok({ network_ip_availabilities: [] }) },
    "/v2.0/service-providers": { GET: () => ok({ service_providers: [] }) },
    "/v2.0/quotas": {
      GET: (call) => {
        if (!call.scope.admin) throw policy("get_quota");
        const projects = [...state.projects.all()].filter(({ id }) => state.quotas.get(`network/${id}`));
        return ok({ quotas: projects.map(({ id }) => ({ ...limitsOf(context, "network", id), project_id: id, tenant_id: id })) });
      },
    },
    "/v2.0/quotas/:project": {
      GET: (call) => ok({ quota: limitsOf(context, "network", quotaProject(call, "get")) }),
      PUT: (call) => {
        const project = quotaProject(call, "update");
        const given = Object.entries(objectOf(objectOf(call.body)["quota"]));
        setLimits(context, "network", project, Object.fromEntries(given.map(([name, limit]) => [name, Number(limit)])));
        return ok({ quota: limitsOf(context, "network", project) });
      },
      DELETE: (call) => {
        resetLimits(context, "network", quotaProject(call, "delete"));
        return noContent;
      },
    },
    "/v2.0/quotas/:project/default": { GET: () => ok({ quota: settings.quotas.network }) },
    "/v2.0/quotas/:project/details": { GET: quotaDetails },
    "/v2.0/quotas/:project/details.json": { GET: quotaDetails },
  };

  return {
    ports,
    reservePort: (projectId) => {
      if (exceeds(limitOf(context, "network", projectId, "port"), state.ports.count("project", projectId)))
        throw overQuota("port");
    },
    defaultGroup: security.ensureDefault,
    addGroup: (projectId, name) => security.createGroup({ name }, projectId),
    removeGroup: security.removeGroup,
    portMoved: trunks.follow,
    resume: () => {
      floatingIps.resume();
      routers.resume();
    },
    definition: {
      name: "network",
      open: {
        "/": { GET: () => ok({ versions: [{ id: "v2.0", status: "CURRENT", links: [{ rel: "self", href: `${url}/v2.0/` }] }] }) },
      },
      routes: {
        ...others,
        ...kindRoutes(networks, context),
        ...kindRoutes(subnetKind(context), context),
        ...kindRoutes(ports.kind, context),
        ...kindRoutes(routers.kind, context),
        ...kindRoutes(floatingIps.kind, context),
        ...kindRoutes(security.groups, context),
        ...kindRoutes(security.rules, context),
        ...kindRoutes(trunks.kind, context),
        ...routers.routes,
        ...trunks.routes,
      },
      unauthorized: middlewareUnauthorized(baseUrl(settings, "identity")),
      refused: networkRefusal,
    },
  };
};
