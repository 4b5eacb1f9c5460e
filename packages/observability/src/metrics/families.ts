/** What this program counts beside its objects, under the names that dashboards of Kubernetes' own programs read (OBS-104 to 108). */
export interface OwnFamily {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Upper bounds of a histogram, when they are not those of things that take milliseconds. */
  readonly buckets?: readonly number[];
}

const counter = (help: string): OwnFamily => ({ type: "counter", help });
const gauge = (help: string): OwnFamily => ({ type: "gauge", help });
const histogram = (help: string, buckets?: readonly number[]): OwnFamily => ({
  ...{ type: "histogram", help },
  ...(buckets === undefined ? {} : { buckets }),
});
/** Seconds that a tenant waits: a good cloud takes some minutes, a bad one hours. */
const waits = [5, 15, 30, 60, 120, 180, 240, 300, 420, 600, 900, 1800, 3600, 7200];

export const ownFamilies = {
  controller_runtime_reconcile_total: counter("Passes of a controller, by how they ended."),
  controller_runtime_reconcile_errors_total: counter("Passes of a controller that ended with an error."),
  controller_runtime_reconcile_time_seconds: histogram("How long a pass takes."),
  controller_runtime_active_workers: gauge("Passes of a controller that are under way."),
  controller_runtime_max_concurrent_reconciles: gauge("Passes of a controller that may be under way at once."),
  workqueue_depth: gauge("Objects that wait for a pass."),
  workqueue_adds_total: counter("Objects that were put into a queue."),
  workqueue_retries_total: counter("Objects that were put back after an error."),
  workqueue_queue_duration_seconds: histogram("How long an object waits for its pass."),
  workqueue_work_duration_seconds: histogram("How long an object's pass takes, as its queue sees it."),
  workqueue_unfinished_work_seconds: gauge("Time that passes under way have taken so far, together."),
  workqueue_longest_running_processor_seconds: gauge("How long the longest pass under way has taken so far."),
  rest_client_requests_total: counter("Requests of the controllers to the management API, by answer, method and host."),
  capi_cluster_cache_connection_up: gauge("Whether a tenant cluster's API is connected."),
  capi_cluster_cache_healthcheck: gauge("Whether the last probe of a tenant cluster's API succeeded."),
  capi_cluster_cache_healthchecks_total: counter("Probes of a tenant cluster's API, by outcome."),
  capo_openstack_api_requests_total: counter("Requests to the cloud, by kind."),
  capo_openstack_api_request_errors_total: counter("Requests to the cloud that failed; a look-up that finds nothing has not."),
  capo_openstack_api_request_duration_seconds: histogram("How long a request to the cloud takes."),
  magnum_api_requests_total: counter("Requests of tenants to the Magnum API, by method, resource and answer."),
  magnum_api_request_duration_seconds: histogram("How long a request to the Magnum API takes."),
  magnum_cluster_operation_duration_seconds: histogram("How long it took until a tenant's cluster was as asked for.", waits),
  magnum_orphaned_clusters: gauge("Tenants' clusters whose OpenStack project no longer exists."),
  process_cpu_seconds_total: counter("Processor time that this program has used, in seconds."),
  process_resident_memory_bytes: gauge("Memory of this program."),
  process_start_time_seconds: gauge("When this program started, in Unix seconds."),
  process_open_fds: gauge("Files and connections that this program has open."),
  process_max_fds: gauge("Files and connections that this program may have open."),
  nodejs_eventloop_lag_seconds: gauge("How late the event loop was on the mean since the last look."),
  nodejs_eventloop_lag_max_seconds: gauge("How late the event loop was at most since the last look."),
  nodejs_heap_size_used_bytes: gauge("Memory of JavaScript objects that are in use or not collected yet."),
  nodejs_heap_size_total_bytes: gauge("Memory set aside for JavaScript objects."),
  slipway_build_info: gauge("Always 1: the version is a label."),
  slipway_alerts: gauge("Alerts of the built-in rules, by name and state."),
} satisfies { readonly [name: string]: OwnFamily };

export const ownBuckets: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries<OwnFamily>(ownFamilies).flatMap(([name, { buckets }]) =>
    buckets === undefined ? [] : [[name, buckets] as const],
  ),
);

export const ownHelp: { readonly [name: string]: string } = Object.fromEntries(
  Object.entries(ownFamilies).map(([name, { help }]) => [name, help]),
);
