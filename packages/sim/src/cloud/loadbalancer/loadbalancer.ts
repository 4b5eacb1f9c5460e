import type { CloudContext } from "../context.ts";
import { type Answer, type Call, noContent, ok } from "../http/call.ts";
import { objectOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { middlewareUnauthorized } from "../identity/refusals.ts";
import type { NetworkService } from "../network/network.ts";
import { limitsOf, resetLimits, setLimits } from "../quotas.ts";
import { baseUrl } from "../settings.ts";
import { createLoadBalancerLifecycle } from "./lifecycle.ts";
import { listenerAndPoolRoutes } from "./listeners.ts";
import { loadBalancerRoutes } from "./loadbalancers.ts";
import { memberAndMonitorRoutes } from "./members.ts";
import { denied, loadBalancerRefusal, notFound } from "./refusals.ts";
import type { OperatingStatus } from "./status.ts";
import { createLoadBalancerViews } from "./views.ts";

/** Minor versions of the API with the day each appeared; oldest first, as clients take the last for the newest. */
const released = [
  ...[
    "2016-12-11",
    "2018-04-20",
    "2018-07-31",
    "2018-12-18",
    "2018-12-19",
    "2019-01-21",
    "2019-01-25",
    "2018-01-25",
    "2019-02-12",
  ],
  ...[
    "2019-03-04",
    "2019-03-05",
    "2019-06-24",
    "2019-09-11",
    "2019-09-13",
    "2019-11-10",
    "2020-03-10",
    "2020-03-15",
    "2020-04-29",
  ],
  ...[
    "2020-04-29",
    "2020-05-12",
    "2020-08-02",
    "2020-09-03",
    "2020-09-04",
    "2020-09-07",
    "2020-10-15",
    "2021-10-02",
    "2022-08-29",
  ],
];

export interface LoadBalancerService {
  readonly definition: ServiceDefinition;
  resume(): void;
}

/** Octavia. */
export const createLoadBalancerService = (
  context: CloudContext,
  network: NetworkService,
  operating: OperatingStatus,
): LoadBalancerService => {
  const { state, settings } = context;
  const url = baseUrl(settings, "loadbalancer");
  const views = createLoadBalancerViews(state, operating);
  const lifecycle = createLoadBalancerLifecycle(context, network);

  const quotaProject = (call: Call, write: boolean): string => {
    const id = call.params["project"] ?? "";
    if (!call.scope.admin && (write || id !== call.scope.projectId)) throw denied();
    return id;
  };
  const quota = (call: Call): Answer => ok({ quota: limitsOf(context, "loadbalancer", quotaProject(call, false)) });
  const flavors = () => [...state.loadBalancerFlavors.all()];

  const below: Routes = {
    "/lbaas/providers": { GET: () => ok({ providers: settings.loadBalancerProviders }) },
    "/lbaas/providers/:provider/flavor_capabilities": { GET: () => ok({ flavor_capabilities: [] }) },
    "/lbaas/flavors": { GET: () => ok({ flavors: flavors(), flavors_links: [] }) },
    "/lbaas/flavors/:id": {
      GET: (call) => {
        const flavor = state.loadBalancerFlavors.get(call.params["id"] ?? "");
        if (!flavor) throw notFound("Flavor", call.params["id"] ?? "");
        return ok({ flavor });
      },
    },
    "/lbaas/availabilityzones": { GET: () => ok({ availability_zones: [], availability_zones_links: [] }) },
    "/lbaas/l7policies": { GET: () => ok({ l7policies: [], l7policies_links: [] }) },
    "/lbaas/quotas": {
      GET: (call) => {
        const shown = call.scope.admin
          ? [...state.projects.all()].filter(({ id }) => state.quotas.get(`loadbalancer/${id}`)).map(({ id }) => id)
          : [call.scope.projectId];
        return ok({
          quotas: shown.map((id) => ({ ...limitsOf(context, "loadbalancer", id), project_id: id })),
          quotas_links: [],
        });
      },
    },
    "/lbaas/quotas/defaults": { GET: () => ok({ quota: settings.quotas.loadbalancer }) },
    "/lbaas/quotas/:project": {
      GET: quota,
      PUT: (call) => {
        const id = quotaProject(call, true);
        const given = Object.entries(objectOf(objectOf(call.body)["quota"]));
        setLimits(
          context,
          "loadbalancer",
          id,
          Object.fromEntries(given.map(([name, limit]) => [name, limit === null ? -1 : Number(limit)])),
        );
        return { status: 202, body: quota(call).body };
      },
      DELETE: (call) => {
        resetLimits(context, "loadbalancer", quotaProject(call, true));
        return noContent;
      },
    },
    ...loadBalancerRoutes(context, network, lifecycle, views),
    ...listenerAndPoolRoutes(context, lifecycle, views),
    ...memberAndMonitorRoutes(context, lifecycle, views),
  };
  const versions = {
    versions: released.map((day, minor) => ({
      id: `v2.${minor}`,
      status: minor === released.length - 1 ? "CURRENT" : "SUPPORTED",
      updated: `${day}T00:00:00Z`,
      links: [{ href: `${url}/v2`, rel: "self" }],
    })),
  };

  return {
    resume: lifecycle.resume,
    definition: {
      name: "loadbalancer",
      open: { "/": { GET: () => ok(versions) }, "/v2": { GET: () => ok(versions) }, "/v2.0": { GET: () => ok(versions) } },
      routes: Object.fromEntries(
        Object.entries(below).flatMap(([path, methods]) => ["/v2", "/v2.0"].map((prefix) => [`${prefix}${path}`, methods])),
      ),
      unauthorized: middlewareUnauthorized(baseUrl(settings, "identity")),
      refused: loadBalancerRefusal,
    },
  };
};
