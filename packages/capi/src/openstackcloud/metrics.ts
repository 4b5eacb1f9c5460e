import type { Exchange } from "@slipway/openstack";
import type { Metrics } from "@slipway/runtime";

/** Counts and times every request to a cloud, under upstream's names: `capo_openstack_api_requests_total{request="server_create"}`. */
export const countCloudRequests =
  (metrics: Metrics) =>
  ({ call, seconds, failed }: Exchange): void => {
    const labels = { request: call };
    metrics.count("capo_openstack_api_requests_total", labels);
    metrics.observe("capo_openstack_api_request_duration_seconds", labels, seconds);
    if (failed) metrics.count("capo_openstack_api_request_errors_total", labels);
  };
