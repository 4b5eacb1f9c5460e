import { type Dashboard, lines, quantile, stat } from "./dashboard.ts";

const chosen = '{controller=~"$controller"}';
const queue = '{name=~"$controller"}';
const rate = (counter: string, where = "") => `rate(${counter}${where}[$__rate_interval])`;

/** The controllers, their queues, the API they speak with, and the process they are in. */
export const controllersDashboard: Dashboard = {
  uid: "slipway-controllers",
  title: "Slipway / Controllers and queues",
  description: "The controllers, their queues, the API that they speak with, and the process that they are in.",
  variables: [
    {
      name: "controller",
      label: "Controller",
      query: "label_values(controller_runtime_max_concurrent_reconciles, controller)",
      many: true,
    },
  ],
  rows: [
    {
      title: "Passes",
      panels: [
        lines({ title: "Passes", description: "A second, by controller.", unit: "ops" }, [
          `sum by (controller) (${rate("controller_runtime_reconcile_total", chosen)})`,
          "{{controller}}",
        ]),
        lines({ title: "Outcomes", description: "A second. requeue_after: looks again later by itself.", unit: "ops" }, [
          `sum by (result) (${rate("controller_runtime_reconcile_total", chosen)})`,
          "{{result}}",
        ]),
        lines({ title: "Errors", description: "A second, by controller; now and then one is normal.", unit: "ops" }, [
          `sum by (controller) (${rate("controller_runtime_reconcile_errors_total", chosen)})`,
          "{{controller}}",
        ]),
        lines({ title: "How long a pass takes", description: "95 of 100 take less.", unit: "s" }, [
          quantile(0.95, "controller", "controller_runtime_reconcile_time_seconds", chosen),
          "{{controller}}",
        ]),
        lines(
          { title: "Workers in use", description: "Share of the passes that may be under way at once.", unit: "percentunit" },
          [
            `sum by (controller) (controller_runtime_active_workers${chosen}) / sum by (controller) (controller_runtime_max_concurrent_reconciles${chosen})`,
            "{{controller}}",
          ],
        ),
      ],
    },
    {
      title: "Queues",
      panels: [
        lines({ title: "Depth", description: "Objects that wait for a pass." }, [
          `sum by (name) (workqueue_depth${queue})`,
          "{{name}}",
        ]),
        lines(
          { title: "Adds and retries", description: "A second.", unit: "ops" },
          [`sum by (name) (${rate("workqueue_adds_total", queue)})`, "{{name}} added"],
          [`sum by (name) (${rate("workqueue_retries_total", queue)})`, "{{name}} again"],
        ),
        lines({ title: "How long an object waits", description: "95 of 100 wait less.", unit: "s" }, [
          quantile(0.95, "name", "workqueue_queue_duration_seconds", queue),
          "{{name}}",
        ]),
        lines({ title: "How long its work takes", description: "95 of 100 take less.", unit: "s" }, [
          quantile(0.95, "name", "workqueue_work_duration_seconds", queue),
          "{{name}}",
        ]),
        lines(
          { title: "Under way", description: "The longest pass, and all of them together. What only grows hangs.", unit: "s" },
          [`max(workqueue_longest_running_processor_seconds${queue})`, "longest"],
          [`sum(workqueue_unfinished_work_seconds${queue})`, "together"],
        ),
        lines({ title: "Requests to the management API", description: "A second, of the controllers.", unit: "ops" }, [
          `sum by (method, code) (${rate("rest_client_requests_total")})`,
          "{{method}} {{code}}",
        ]),
      ],
    },
    {
      title: "The management API, seen from its wire",
      panels: [
        lines(
          {
            title: "Requests",
            description: "A second, by verb; the controllers' own take a shorter way.",
            unit: "ops",
            stacked: true,
          },
          [`sum by (verb) (${rate("apiserver_request_total")})`, "{{verb}}"],
        ),
        lines({ title: "Answers that were errors", description: "A second, by status code.", unit: "ops" }, [
          `sum by (code) (${rate("apiserver_request_total", '{code=~"[45].."}')})`,
          "{{code}}",
        ]),
        lines({ title: "Answer time", description: "95 of 100 answers come sooner; watches are not among them.", unit: "s" }, [
          quantile(0.95, "verb", "apiserver_request_duration_seconds"),
          "{{verb}}",
        ]),
        lines({ title: "Objects in the store", description: "The ten kinds of which there are most." }, [
          "topk(10, apiserver_storage_objects)",
          "{{resource}}",
        ]),
      ],
    },
    {
      title: "The process",
      panels: [
        stat(
          { title: "Up since", description: "How long it has been running.", unit: "s" },
          "time() - process_start_time_seconds",
        ),
        stat({ title: "Memory", description: "Resident.", unit: "bytes" }, "process_resident_memory_bytes"),
        stat({ title: "Processor", description: "Of one core.", unit: "percentunit" }, rate("process_cpu_seconds_total")),
        stat(
          { title: "Event loop lag", description: "At most since the last scrape.", unit: "s" },
          "nodejs_eventloop_lag_max_seconds",
        ),
        stat({ title: "Open files", description: "And connections." }, "process_open_fds"),
        stat({ title: "Files allowed", description: "The limit." }, "process_max_fds"),
        lines(
          { title: "Memory over time", description: "Resident, and of JavaScript's objects.", unit: "bytes" },
          ["process_resident_memory_bytes", "resident"],
          ["nodejs_heap_size_used_bytes", "heap used"],
          ["nodejs_heap_size_total_bytes", "heap set aside"],
        ),
        lines(
          { title: "Processor and lag", description: "Cores in use; how late the event loop is.", unit: "short" },
          [rate("process_cpu_seconds_total"), "cores"],
          ["nodejs_eventloop_lag_seconds", "lag (mean)"],
          ["nodejs_eventloop_lag_max_seconds", "lag (most)"],
        ),
      ],
    },
  ],
};
