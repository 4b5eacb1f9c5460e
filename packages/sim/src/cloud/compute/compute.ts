import type { CloudContext } from "../context.ts";
import { type Answer, type Call, ok } from "../http/call.ts";
import { objectOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { middlewareUnauthorized } from "../identity/refusals.ts";
import type { NetworkService } from "../network/network.ts";
import { limitsOf, resetLimits, setLimits } from "../quotas.ts";
import { baseUrl } from "../settings.ts";
import type { VolumeHost } from "../volume/host.ts";
import { catalogRoutes } from "./catalogs.ts";
import { securityGroupRoutes } from "./groupsproxy.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";
import { hostsOf } from "./scheduler.ts";
import { serverRoutes } from "./servers.ts";
import { createUsage } from "./usage.ts";
import { computeHeaders, computeRefusal, disallowed, negotiateCompute } from "./versions.ts";
import { createComputeViews } from "./views.ts";

export interface ComputeService {
  readonly definition: ServiceDefinition;
  readonly lifecycle: Lifecycle;
}

/** Nova. */
export const createComputeService = (context: CloudContext, network: NetworkService, volumes: VolumeHost): ComputeService => {
  const { state, settings } = context;
  const url = baseUrl(settings, "compute");
  const views = createComputeViews(context);
  const lifecycle = createLifecycle(context, network, volumes);
  const max = `2.${settings.computeMaxVersion}`;
  const self = (path: string) => ({ rel: "self", href: `${url}/${path}/` });
  const current = { id: "v2.1", status: "CURRENT", version: max, min_version: "2.1", updated: "2013-07-23T11:33:21Z" };
  const versions = [
    { id: "v2.0", status: "SUPPORTED", version: "", min_version: "", updated: "2011-01-21T11:33:21Z", links: [self("v2")] },
    { ...current, links: [self("v2.1")] },
  ];
  const version = {
    ...current,
    links: [self("v2.1"), { rel: "describedby", type: "text/html", href: "http://docs.openstack.org/" }],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.compute+json;version=2.1" }],
  };

  const usage = createUsage(context);
  const used = (projectId: string) => ({ ...usage(projectId), server_groups: state.serverGroups.count("project", projectId) });
  const limits = (call: Call): Answer => {
    const project = call.scope.admin ? (call.query.get("tenant_id") ?? call.scope.projectId) : call.scope.projectId;
    const limit = limitsOf(context, "compute", project);
    const usage = used(project);
    const old = call.version < 36;
    return ok({
      limits: {
        rate: [],
        absolute: {
          maxTotalInstances: limit["instances"],
          maxTotalCores: limit["cores"],
          maxTotalRAMSize: limit["ram"],
          maxServerMeta: limit["metadata_items"],
          maxTotalKeypairs: limit["key_pairs"],
          maxServerGroups: limit["server_groups"],
          maxServerGroupMembers: limit["server_group_members"],
          totalRAMUsed: usage.ram,
          totalCoresUsed: usage.cores,
          totalInstancesUsed: usage.instances,
          totalServerGroupsUsed: usage.server_groups,
          ...(call.version < 57 && { maxPersonality: 5, maxPersonalitySize: 10240 }),
          ...(call.version < 39 && { maxImageMeta: limit["metadata_items"] }),
          ...(old && {
            maxTotalFloatingIps: -1,
            maxSecurityGroups: -1,
            maxSecurityGroupRules: -1,
            totalFloatingIpsUsed: 0,
            totalSecurityGroupsUsed: 0,
          }),
        },
      },
    });
  };

  const quotaNames = (call: Call): readonly string[] =>
    Object.keys(settings.quotas.compute).filter((name) => {
      if (
        call.version >= 36 &&
        ["fixed_ips", "floating_ips", "security_groups", "security_group_rules", "networks"].includes(name)
      )
        return false;
      return !(call.version >= 57 && name.startsWith("injected_"));
    });
  const quotaSet = (call: Call): Answer => {
    const id = call.params["project"] ?? "";
    if (!call.scope.admin && id !== call.scope.projectId) throw disallowed("os_compute_api:os-quota-sets:show");
    const limit = limitsOf(context, "compute", id);
    return ok({ quota_set: { id, ...Object.fromEntries(quotaNames(call).map((name) => [name, limit[name]])) } });
  };
  const quotaDetail = (call: Call): Answer => {
    const id = call.params["project"] ?? "";
    if (!call.scope.admin && id !== call.scope.projectId) throw disallowed("os_compute_api:os-quota-sets:detail");
    const limit = limitsOf(context, "compute", id);
    const usage: { readonly [name: string]: number } = used(id);
    const items = quotaNames(call).map((name) => [name, { limit: limit[name], in_use: usage[name] ?? 0, reserved: 0 }]);
    return ok({ quota_set: { id, ...Object.fromEntries(items) } });
  };

  const zones =
    (detail: boolean) =>
    (call: Call): Answer => {
      if (detail && !call.scope.admin) throw disallowed("os_compute_api:os-availability-zone:detail");
      const hosts = hostsOf(context);
      return ok({
        availabilityZoneInfo: settings.availabilityZones.map(({ name }) => ({
          zoneName: name,
          zoneState: { available: !state.closedZones.get(name) },
          hosts: detail
            ? Object.fromEntries(
                hosts
                  .filter((one) => one.zone === name)
                  .map((one) => [one.name, { "nova-compute": { available: true, active: true, updated_at: null } }]),
              )
            : null,
        })),
      });
    };
  const hypervisors = (call: Call): Answer => {
    if (!call.scope.admin) throw disallowed("os_compute_api:os-hypervisors:list");
    return ok({
      hypervisors: hostsOf(context).map(({ name }, i) => ({
        id: call.version >= 53 ? name : i + 1,
        hypervisor_hostname: name,
        state: "up",
        status: "enabled",
        hypervisor_type: "simulated",
        host_ip: `10.255.0.${i + 1}`,
        running_vms: state.servers.count("host", name),
        servers: [],
        service: { id: i + 1, host: name, disabled_reason: null },
      })),
    });
  };
  const services = (call: Call): Answer => {
    if (!call.scope.admin) throw disallowed("os_compute_api:os-services:list");
    const updated = `${call.now.toISOString().slice(0, 19)}.000000`;
    return ok({
      services: hostsOf(context).map(({ name, zone }, i) => ({
        id: i + 1,
        binary: "nova-compute",
        host: name,
        zone,
        status: "enabled",
        state: "up",
        updated_at: updated,
        disabled_reason: null,
      })),
    });
  };

  const others: Routes = {
    "/v2.1/limits": { GET: limits },
    "/v2.1/os-availability-zone": { GET: zones(false) },
    "/v2.1/os-availability-zone/detail": { GET: zones(true) },
    "/v2.1/os-quota-sets/:project": {
      GET: quotaSet,
      PUT: (call) => {
        if (!call.scope.admin) throw disallowed("os_compute_api:os-quota-sets:update");
        const given = Object.entries(objectOf(objectOf(call.body)["quota_set"])).filter(
          ([name]) => name in settings.quotas.compute,
        );
        setLimits(
          context,
          "compute",
          call.params["project"] ?? "",
          Object.fromEntries(given.map(([name, value]) => [name, Number(value)])),
        );
        return quotaSet(call);
      },
      DELETE: (call) => {
        if (!call.scope.admin) throw disallowed("os_compute_api:os-quota-sets:delete");
        resetLimits(context, "compute", call.params["project"] ?? "");
        return { status: 202 };
      },
    },
    "/v2.1/os-quota-sets/:project/detail": { GET: quotaDetail },
    "/v2.1/os-quota-sets/:project/defaults": {
      GET: (call) => ok({ quota_set: { id: call.params["project"], ...settings.quotas.compute } }),
    },
    "/v2.1/os-hypervisors": { GET: hypervisors },
    "/v2.1/os-hypervisors/detail": { GET: hypervisors },
    "/v2.1/os-services": { GET: services },
    ...securityGroupRoutes(context),
    "/v2.1/os-aggregates": { GET: () => ok({ aggregates: [] }) },
  };

  return {
    lifecycle,
    definition: {
      name: "compute",
      open: {
        "/": { GET: () => ok({ versions }) },
        "/v2.1": { GET: () => ok({ version }) },
        "/v2": { GET: () => ok({ version: { ...version, id: "v2.0", status: "SUPPORTED", version: "", min_version: "" } }) },
      },
      routes: {
        ...others,
        ...catalogRoutes(context, views),
        ...serverRoutes(context, network, volumes, lifecycle, views, usage),
      },
      unauthorized: middlewareUnauthorized(baseUrl(settings, "identity")),
      refused: computeRefusal,
      negotiate: negotiateCompute(settings.computeMaxVersion),
      headers: computeHeaders,
    },
  };
};
