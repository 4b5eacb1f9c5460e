import type { KubeObject, ObjectRef, Resource } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { afterEach, describe, expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { nextTurn } from "../clock/turn.ts";
import { silentLog } from "../log/log.ts";
import type { Labels, Metrics } from "../metrics/metrics.ts";
import type { Controller, ReconcileContext } from "./controller.ts";
import { type RunOptions, runControllers } from "./runner.ts";

const ConfigMap: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" };
const Secret: Resource = { group: "", version: "v1", kind: "Secret", plural: "secrets", scope: "Namespaced" };
const object = (
  kind: string,
  name: string,
  parts: { namespace?: string; labels?: { [key: string]: string } } = {},
): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: parts.namespace ?? "default", ...(parts.labels ? { labels: parts.labels } : {}) },
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const startApi = async () => {
  const clock = createVirtualClock();
  const api = await createApiInMemory({ namespaces: ["other"] });
  ends.push(api.close);
  return { clock, client: api.client };
};

/** A controller of ConfigMaps that writes down its passes and does what a test says in them. */
const recording = (body: (ref: ObjectRef, context: ReconcileContext) => unknown = () => {}) => {
  const passes: string[] = [];
  const controller: Controller = {
    name: "recording",
    resource: ConfigMap,
    watches: [],
    reconcile: async (ref, context) => {
      passes.push(ref.name);
      await body(ref, context);
      return {};
    },
  };
  return { passes, controller };
};

const run = (api: Awaited<ReturnType<typeof startApi>>, controllers: readonly Controller[], more: Partial<RunOptions> = {}) => {
  const running = runControllers(controllers, { ...api, log: silentLog, ...more });
  ends.push(() => running.stop());
  return running;
};

const counting = () => {
  const counts = new Map<string, number>();
  const gauges = new Map<string, number>();
  const refresh: (() => void)[] = [];
  const key = (name: string, labels: Labels) => `${name}{${Object.values(labels).join(",")}}`;
  const metrics: Metrics = {
    count: (name, labels, by = 1) => void counts.set(key(name, labels), (counts.get(key(name, labels)) ?? 0) + by),
    gauge: (name, labels, value) => void gauges.set(key(name, labels), value),
    observe: (name, labels) => void counts.set(key(name, labels), (counts.get(key(name, labels)) ?? 0) + 1),
    remove: () => {},
    onCollect: (callback) => void refresh.push(callback),
  };
  return { metrics, counts, gauges, collect: () => refresh.forEach((callback) => void callback()) };
};

describe("controllers that run", () => {
  test("look once at everything that is there, then at what changes", async () => {
    const api = await startApi();
    await api.client.create(ConfigMap, object("ConfigMap", "before"));
    const { passes, controller } = recording();
    const running = run(api, [controller]);
    await running.settled();
    expect(passes.filter((name) => name === "before")).toHaveLength(1);
    await api.client.create(ConfigMap, object("ConfigMap", "after"));
    await running.settled();
    expect(passes.filter((name) => name === "after")).toHaveLength(1);
  });

  test("may read a kind that nobody watched: the pass is made again when it is there, and that is no error", async () => {
    const api = await startApi();
    await api.client.create(Secret, object("Secret", "s"));
    const { metrics, counts } = counting();
    let found: unknown;
    const { controller, passes } = recording((_ref, { caches }) => {
      found = caches.find(Secret, { namespace: "default", name: "s" });
    });
    const running = run(api, [controller], { metrics });
    await running.ready;
    await api.client.create(ConfigMap, object("ConfigMap", "a"));
    await running.settled();
    expect(found).toBeDefined();
    expect(passes.filter((name) => name === "a").length).toBeLessThanOrEqual(2);
    expect(counts.get("controller_runtime_reconcile_errors_total{recording}")).toBeUndefined();
  });

  test("are counted under the names that dashboards know [CORE-515] [CORE-516]", async () => {
    const api = await startApi();
    const { metrics, counts, gauges, collect } = counting();
    const { controller } = recording(({ name }) => {
      if (name === "bad") throw new Error("no");
    });
    const running = run(api, [controller], { metrics });
    await running.settled();
    counts.clear();
    await api.client.create(ConfigMap, object("ConfigMap", "good"));
    await api.client.create(ConfigMap, object("ConfigMap", "bad"));
    await running.settled();
    collect();
    expect(Object.fromEntries(counts)).toMatchObject({
      "controller_runtime_reconcile_total{recording,success}": 1,
      "controller_runtime_reconcile_total{recording,error}": 1,
      "controller_runtime_reconcile_errors_total{recording}": 1,
      "controller_runtime_reconcile_time_seconds{recording}": 2,
      "workqueue_adds_total{recording,recording}": 2,
      "workqueue_retries_total{recording,recording}": 1,
      "workqueue_queue_duration_seconds{recording,recording}": 2,
      "workqueue_work_duration_seconds{recording,recording}": 2,
    });
    expect(Object.fromEntries(gauges)).toMatchObject({
      "workqueue_depth{recording,recording}": 0,
      "workqueue_unfinished_work_seconds{recording,recording}": 0,
      "workqueue_longest_running_processor_seconds{recording,recording}": 0,
      "controller_runtime_active_workers{recording}": 0,
      "controller_runtime_max_concurrent_reconciles{recording}": 10,
    });
  });

  test("mind only their namespace and only what bears their filter's label [CORE-026] [CORE-091] [CORE-410]", async () => {
    const api = await startApi();
    const { passes, controller } = recording();
    const running = run(api, [controller], { namespace: "other", watchFilter: "blue" });
    await running.ready;
    const filter = (value: string) => ({ labels: { "cluster.x-k8s.io/watch-filter": value } });
    await api.client.create(ConfigMap, object("ConfigMap", "elsewhere", filter("blue")));
    await api.client.create(ConfigMap, object("ConfigMap", "unlabelled", { namespace: "other" }));
    await api.client.create(ConfigMap, object("ConfigMap", "green", { namespace: "other", ...filter("green") }));
    await api.client.create(ConfigMap, object("ConfigMap", "blue", { namespace: "other", ...filter("blue") }));
    await running.settled();
    expect(passes).toEqual(["blue"]);
  });

  test("stop after the passes that are running, and are done then", async () => {
    const api = await startApi();
    let release = () => {};
    const { controller, passes } = recording(({ name }) =>
      name === "a" ? new Promise<void>((resolve) => (release = resolve)) : undefined,
    );
    const running = run(api, [controller]);
    await running.settled();
    await api.client.create(ConfigMap, object("ConfigMap", "a"));
    while (!passes.includes("a")) await nextTurn();
    let done = false;
    void running.done.then(() => {
      done = true;
    });
    const stopped = running.stop();
    await nextTurn();
    expect(done).toBe(false);
    release();
    await stopped;
    await running.done;
    expect(done).toBe(true);
  });

  test("of two programs with one Lease one works; when it is cut off it stops and says so, and the other goes on", async () => {
    const api = await startApi();
    const lease = { namespace: "default", name: "controller-leader-election-capi" };
    let cut = false;
    const wobbly = {
      ...api.client,
      get: (async (...args: Parameters<typeof api.client.get>) => {
        if (cut) throw new Error("cut off");
        return api.client.get(...args);
      }) as typeof api.client.get,
    };
    const [first, second] = [recording(), recording()];
    const leading = run(api, [first.controller], { client: wobbly, election: { lease, identity: "one" } });
    await leading.ready;
    const waiting = run(api, [second.controller], { election: { lease, identity: "two" } });
    await api.client.create(ConfigMap, object("ConfigMap", "a"));
    await api.clock.advance(5000);
    expect([first.passes.includes("a"), second.passes.length]).toEqual([true, 0]);
    cut = true;
    const lost = expect(leading.done).rejects.toThrow(/leader election lost/);
    await api.clock.advance(30_000);
    await lost;
    await waiting.ready;
    await waiting.settled();
    expect(second.passes).toContain("a");
  });
});
