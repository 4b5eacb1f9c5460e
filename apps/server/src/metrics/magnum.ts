import { MagnumCluster } from "@slipway/api";
import type { Clock, Metrics, WatchCaches } from "@slipway/runtime";

type Fetch = (request: Request) => Promise<Response>;

const resources = new Set([
  ...["clusters", "clustertemplates", "certificates", "mservices", "stats", "quotas", "federations", "baymodels", "bays"],
]);

/** Counts and times what tenants ask the Magnum API for. Labels come from what there is, never from what was asked. */
export const countMagnumRequests =
  (fetch: Fetch, metrics: Metrics, clock: Pick<Clock, "now">): Fetch =>
  async (request) => {
    const begun = clock.now().getTime();
    const response = await fetch(request);
    const parts = new URL(request.url).pathname.split("/").filter((part) => part !== "" && part !== "v1");
    const resource = parts[0] === undefined ? "" : resources.has(parts[0]) ? parts[0] : "other";
    const labels = { method: request.method, resource: parts[2] === "nodegroups" ? "nodegroups" : resource };
    metrics.count("magnum_api_requests_total", { ...labels, code: String(response.status) });
    metrics.observe("magnum_api_request_duration_seconds", labels, (clock.now().getTime() - begun) / 1000);
    return response;
  };

/** How long tenants waited: from what they asked until it was there, or had failed. */
export const timeOperations = (caches: Pick<WatchCaches, "listen">, metrics: Metrics, clock: Pick<Clock, "now">): (() => void) =>
  caches.listen(MagnumCluster, ({ object, old, deleted }) => {
    const { spec, status, metadata } = object as MagnumCluster;
    const ended = (operation: string, result: string, begun: string | undefined) => {
      if (begun === undefined) return;
      const seconds = (clock.now().getTime() - Date.parse(begun)) / 1000;
      metrics.observe("magnum_cluster_operation_duration_seconds", { operation, result }, Math.max(0, seconds));
    };
    if (deleted) return ended("delete", "complete", metadata.deletionTimestamp);
    const [, before] = /^(\w+?)_IN_PROGRESS$/.exec((old as MagnumCluster | undefined)?.status?.status ?? "") ?? [];
    const [, operation, result] = /^(\w+?)_(COMPLETE|FAILED)$/.exec(status?.status ?? "") ?? [];
    if (before === undefined || before !== operation || result === undefined) return;
    const begun = { CREATE: spec.createdAt, UPDATE: spec.updatedAt, DELETE: metadata.deletionTimestamp }[before];
    ended(before.toLowerCase(), result.toLowerCase(), begun);
  });
