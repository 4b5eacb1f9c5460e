import type { Cloud } from "@slipway/openstack";
import { type Json, objects, text, textOr } from "@slipway/openstack/transport/json.ts";

/** Everything that a project holds, kind by kind: `name (id)`, sorted. What a run makes and removes is the difference of two. */
export type Holdings = { readonly [kind: string]: readonly string[] };

const kinds: readonly {
  readonly kind: string;
  readonly service: "compute" | "network" | "load-balancer" | "block-storage";
  readonly path: string;
  readonly collection: string;
}[] = [
  { kind: "servers", service: "compute", path: "/servers/detail", collection: "servers" },
  { kind: "server groups", service: "compute", path: "/os-server-groups", collection: "server_groups" },
  { kind: "networks", service: "network", path: "/v2.0/networks", collection: "networks" },
  { kind: "subnets", service: "network", path: "/v2.0/subnets", collection: "subnets" },
  { kind: "routers", service: "network", path: "/v2.0/routers", collection: "routers" },
  { kind: "ports", service: "network", path: "/v2.0/ports", collection: "ports" },
  { kind: "trunks", service: "network", path: "/v2.0/trunks", collection: "trunks" },
  { kind: "floating IPs", service: "network", path: "/v2.0/floatingips", collection: "floatingips" },
  { kind: "security groups", service: "network", path: "/v2.0/security-groups", collection: "security_groups" },
  { kind: "load balancers", service: "load-balancer", path: "/v2.0/lbaas/loadbalancers", collection: "loadbalancers" },
  { kind: "listeners", service: "load-balancer", path: "/v2.0/lbaas/listeners", collection: "listeners" },
  { kind: "pools", service: "load-balancer", path: "/v2.0/lbaas/pools", collection: "pools" },
  { kind: "health monitors", service: "load-balancer", path: "/v2.0/lbaas/healthmonitors", collection: "healthmonitors" },
  { kind: "volumes", service: "block-storage", path: "/volumes/detail", collection: "volumes" },
];

export const holdings = async (cloud: Cloud): Promise<Holdings> => {
  const project = await cloud.projectId();
  const found = await Promise.all(
    kinds.map(async ({ kind, service, path, collection }) => {
      const endpoint = (await cloud.session.endpoint(service)).replace(/\/v2\.0$/, "");
      const url = `${endpoint}${path}`;
      const response = await cloud.session.send({ call: "look", asked: `GET ${path}`, method: "GET", url, absent: "undefined" });
      const items = response === undefined ? [] : objects(JSON.parse(await response.text()) as Json, collection);
      // Shared and external networks belong to others.
      const own = items.filter((item) => textOr(item, "project_id", project) === project);
      const named = own.map((item) => `${textOr(item, "floating_ip_address", textOr(item, "name"))} (${text(item, "id")})`);
      return [kind, named.sort()] as const;
    }),
  );
  return Object.fromEntries(found);
};

/** What `after` has more than `before`, by kind; kinds without a difference are left out. */
export const added = (before: Holdings, after: Holdings): Holdings =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, items]) => [kind, items.filter((item) => !before[kind]?.includes(item))] as const)
      .filter(([, items]) => items.length > 0),
  );
