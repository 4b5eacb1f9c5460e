import { expect, test } from "vitest";
import { createPrometheusMetrics } from "./prometheus.ts";

test("counters, gauges and histograms come out as Prometheus reads them", async () => {
  const metrics = createPrometheusMetrics({ controller_runtime_reconcile_total: "Passes by outcome" });
  metrics.count("controller_runtime_reconcile_total", { controller: "machine", result: "success" });
  metrics.count("controller_runtime_reconcile_total", { controller: "machine", result: "success" }, 2);
  metrics.onCollect(() => metrics.gauge("workqueue_depth", { name: "machine" }, 4));
  metrics.observe("controller_runtime_reconcile_time_seconds", { controller: "machine" }, 0.02);
  const text = await metrics.render();
  expect(text).toContain(
    "# HELP controller_runtime_reconcile_total Passes by outcome\n# TYPE controller_runtime_reconcile_total counter",
  );
  expect(text).toContain('controller_runtime_reconcile_total{controller="machine",result="success"} 3');
  expect(text).toContain('workqueue_depth{name="machine"} 4');
  expect(text).toContain('controller_runtime_reconcile_time_seconds_bucket{le="0.025",controller="machine"} 1');
});

test("a removed series is gone", async () => {
  const metrics = createPrometheusMetrics();
  metrics.gauge("workqueue_depth", { name: "gone" }, 1);
  metrics.remove("workqueue_depth", { name: "gone" });
  expect(await metrics.render()).not.toContain("gone");
});

test("as OpenMetrics a counter's family lacks _total, its samples have it, and the next older text is as before [OBS-007]", async () => {
  const metrics = createPrometheusMetrics({});
  metrics.count("workqueue_adds_total", { name: "machine" });
  metrics.gauge("workqueue_depth", { name: "machine" }, 4);
  const before = await metrics.render();
  expect(await metrics.render("openmetrics")).toBe(
    [
      ...[
        "# HELP workqueue_adds workqueue adds total",
        "# TYPE workqueue_adds counter",
        'workqueue_adds_total{name="machine"} 1',
      ],
      ...["# HELP workqueue_depth workqueue depth", "# TYPE workqueue_depth gauge", 'workqueue_depth{name="machine"} 4', ""],
    ].join("\n"),
  );
  expect(await metrics.render()).toBe(before);
});
