import { type Dashboard, lines, quantile, stat } from "./dashboard.ts";

const chosen = '{request=~"$request"}';
const total = "capo_openstack_api_requests_total";
const errors = "capo_openstack_api_request_errors_total";
const rate = (counter: string, where = "") => `rate(${counter}${where}[$__rate_interval])`;

/** What Slipway asks the cloud and how the cloud answers; what tenants ask Magnum. */
export const openStackDashboard: Dashboard = {
  uid: "slipway-openstack",
  title: "Slipway / OpenStack API calls",
  description: "What Slipway asks the cloud and how the cloud answers; what tenants ask Magnum.",
  variables: [{ name: "request", label: "Request", query: `label_values(${total}, request)`, many: true }],
  rows: [
    {
      title: "Requests to the cloud",
      panels: [
        stat({ title: "Requests", description: "A second.", unit: "ops", width: 6 }, `sum(${rate(total)})`),
        stat(
          {
            title: "Failed",
            description: "Share that failed. A look-up that finds nothing has not.",
            unit: "percentunit",
            width: 6,
          },
          `(sum(${rate(errors)}) or vector(0)) / sum(${rate(total)})`,
        ),
        stat(
          { title: "Answer time", description: "95 of 100 answers come sooner.", unit: "s", width: 6 },
          `histogram_quantile(0.95, sum by (le) (rate(capo_openstack_api_request_duration_seconds_bucket[$__rate_interval])))`,
        ),
        stat({ title: "Requests so far", description: "Since the program started.", width: 6 }, `sum(${total})`),
        lines({ title: "By kind", description: "A second: resource and verb.", unit: "ops", stacked: true }, [
          `sum by (request) (${rate(total, chosen)})`,
          "{{request}}",
        ]),
        lines({ title: "Failures by kind", description: "A second.", unit: "ops" }, [
          `sum by (request) (${rate(errors, chosen)})`,
          "{{request}}",
        ]),
        lines({ title: "Answer time by kind", description: "95 of 100 answers come sooner.", unit: "s" }, [
          quantile(0.95, "request", "capo_openstack_api_request_duration_seconds", chosen),
          "{{request}}",
        ]),
        lines(
          { title: "Time spent waiting, by kind", description: "Seconds a second: what to make quicker first.", unit: "short" },
          [`topk(10, sum by (request) (${rate("capo_openstack_api_request_duration_seconds_sum", chosen)}))`, "{{request}}"],
        ),
      ],
    },
    {
      title: "What is in the cloud",
      panels: [
        lines({ title: "Servers by state", description: "As Nova says.", stacked: true }, [
          "count by (instance_state) (capi_openstackserver_info)",
          "{{instance_state}}",
        ]),
        lines({ title: "Servers by flavor", description: "Of all tenants' clusters.", stacked: true }, [
          "count by (flavor) (capi_openstackserver_info)",
          "{{flavor}}",
        ]),
        lines(
          { title: "Not ready", description: "Objects of the provider that cannot be used." },
          ["count(capi_openstackcluster_status_ready == 0) or vector(0)", "clusters"],
          ["count(capi_openstackmachine_status_ready == 0) or vector(0)", "machines"],
        ),
      ],
    },
    {
      title: "Tenants at the Magnum API",
      panels: [
        lines({ title: "Requests", description: "A second.", unit: "ops", stacked: true }, [
          `sum by (method, resource) (${rate("magnum_api_requests_total")})`,
          "{{method}} {{resource}}",
        ]),
        lines({ title: "Answers", description: "A second, by status code.", unit: "ops", stacked: true }, [
          `sum by (code) (${rate("magnum_api_requests_total")})`,
          "{{code}}",
        ]),
        lines({ title: "Answer time", description: "95 of 100 answers come sooner.", unit: "s" }, [
          quantile(0.95, "resource", "magnum_api_request_duration_seconds"),
          "{{resource}}",
        ]),
      ],
    },
  ],
};
