import { expect, test } from "vitest";
import { createKubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { systemClock } from "../storage/clock.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { wireTo } from "../testing/wire.ts";
import type { QueueLabels } from "./queuemetrics.ts";
import { createKeyQueue } from "./workqueue.ts";

test("/metrics tells what the server's own queues do, each family once [API-074]", async () => {
  const api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
    moreMetrics: () => "# TYPE mine counter\nmine 1\n",
  });
  const wire = wireTo(() => api.server);
  await wire("POST", "/api/v1/namespaces", { metadata: { name: "short" } });
  await wire("POST", "/api/v1/namespaces/short/configmaps", { metadata: { name: "a" } });
  await wire("DELETE", "/api/v1/namespaces/short");
  await api.settled();
  const { text } = await wire("GET", "/metrics");
  const value = (series: string): number =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.split(" ")[1],
    );
  expect(value('workqueue_adds_total{name="namespace"}')).toBeGreaterThan(0);
  expect(value('workqueue_queue_duration_seconds_count{name="namespace"}')).toBe(value('workqueue_adds_total{name="namespace"}'));
  expect(value('workqueue_work_duration_seconds_count{name="namespace"}')).toBe(value('workqueue_adds_total{name="namespace"}'));
  for (const name of ["namespace", "garbage_collector", "crd_finalizer", "storage_protection"]) {
    expect(value(`workqueue_depth{name="${name}"}`)).toBe(0);
    expect(value(`workqueue_unfinished_work_seconds{name="${name}"}`)).toBe(0);
  }
  expect(text).toContain("mine 1");
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(families).toEqual([...new Set(families)]);
  await api.close();
});

test("a queue counts what waits, what is under way and what is tried again [API-074]", async () => {
  const said: string[] = [];
  let look: () => void = () => {};
  const labels = ({ name }: QueueLabels) => name;
  let finish: () => void = () => {};
  let failures = 1;
  const queue = createKeyQueue({
    name: "q",
    clock: systemClock,
    concurrency: 1,
    work: async (key) => {
      if (key === "fails" && failures-- > 0) throw new Error("not yet");
      if (key === "long")
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
    },
    metrics: {
      count: (name, of) => void said.push(`${name} ${labels(of)}`),
      observe: (name, of) => void said.push(`${name} ${labels(of)}`),
      gauge: (name, of, value) =>
        void said.push(`${name} ${labels(of)} ${name === "workqueue_depth" ? value : value > 0 || value === 0}`),
      onCollect: (refresh) => {
        look = refresh;
      },
    },
  });
  queue.add("long");
  queue.add("fails");
  queue.add("fails");
  look();
  expect(said.splice(0)).toEqual([
    "workqueue_adds_total q",
    "workqueue_queue_duration_seconds q",
    "workqueue_adds_total q",
    "workqueue_depth q 1",
    "workqueue_unfinished_work_seconds q true",
    "workqueue_longest_running_processor_seconds q true",
  ]);
  finish();
  await queue.settled();
  expect(said).toEqual([
    "workqueue_work_duration_seconds q",
    "workqueue_queue_duration_seconds q",
    "workqueue_retries_total q",
    "workqueue_work_duration_seconds q",
  ]);
  queue.close();
});
