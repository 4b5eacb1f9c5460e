import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertRules, createPrometheusMetrics, type ReadFamily } from "@slipway/observability";
import { createVirtualClock, silentLog } from "@slipway/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchAlerts } from "./watch.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-alerts-"));
  file = join(folder, "alerts.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A world with one machine, which fails when told to. */
const start = (failed: { now: boolean }, at = "2026-11-22T08:00:00Z") => {
  const clock = createVirtualClock({ start: new Date(at) });
  const metrics = createPrometheusMetrics();
  const read: ReadFamily = async (family) =>
    family === "capi_machine_status_phase" && failed.now
      ? [{ labels: { namespace: "t", cluster_name: "blue", name: "w", phase: "Failed" }, value: 1 }]
      : family === "capi_machine_info"
        ? [{ labels: { namespace: "t", name: "w" }, value: 1 }]
        : [];
  return {
    clock,
    metrics,
    watch: watchAlerts({
      rules: alertRules(),
      read,
      ready: Promise.resolve(),
      changes: () => Number(failed.now),
      clock,
      log: silentLog,
      metrics,
      file,
    }),
  };
};

test("an alert waits, fires and clears without any Prometheus, and a restart goes on where it was [OBS-132 OBS-138]", async () => {
  const failed = { now: false };
  const first = start(failed);
  expect((await first.watch.report()).alerts).toEqual([]);
  failed.now = true;
  await first.clock.advance(30_000);
  expect((await first.watch.report()).alerts).toMatchObject([{ name: "CAPIMachineInFailedPhase", state: "pending" }]);
  expect(await first.metrics.render()).toContain('slipway_alerts{alertname="CAPIMachineInFailedPhase",alertstate="pending"} 1\n');
  first.watch.stop();
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const second = start(failed, "2026-11-22T08:01:30Z");
  const [alert] = (await second.watch.report()).alerts;
  expect(alert).toMatchObject({ state: "firing", activeAt: "2026-11-22T08:00:30.000Z", labels: { severity: "warning" } });
  failed.now = false;
  await second.clock.advance(30_000);
  expect((await second.watch.report()).alerts).toEqual([]);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ since: {} });
  expect(await second.metrics.render()).toContain('slipway_alerts{alertname="CAPIMachineInFailedPhase",alertstate="firing"} 0\n');
  second.watch.stop();
});

test("who wants to hear of alerts hears when one comes, fires or goes, and nothing in between", async () => {
  const failed = { now: false };
  const { watch, clock } = start(failed);
  const heard: string[] = [];
  await watch.report();
  const stop = watch.subscribe(
    () => void watch.report().then(({ alerts }) => heard.push(alerts.map(({ state }) => state).join())),
  );
  const pass = async (milliseconds: number) => {
    await clock.advance(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  };
  failed.now = true;
  for (let n = 0; n < 10; n++) await pass(30_000);
  failed.now = false;
  for (let n = 0; n < 3; n++) await pass(30_000);
  expect(heard).toEqual(["pending", "firing", ""]);
  stop();
  failed.now = true;
  await pass(30_000);
  expect(heard).toHaveLength(3);
  watch.stop();
});

test("a file that cannot be read starts the clocks anew and stops nobody", async () => {
  for (const broken of ["{", '{"lookedAt": 1}', '{"lookedAt": "x", "since": {}}', "null"]) {
    writeFileSync(file, broken);
    const { watch } = start({ now: true });
    expect((await watch.report()).alerts).toMatchObject([{ state: "pending", activeAt: "2026-11-22T08:00:00.000Z" }]);
    watch.stop();
  }
});
