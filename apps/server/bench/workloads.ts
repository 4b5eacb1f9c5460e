/**
 * What the API servers of simulated tenant clusters take while nobody asks them anything: so many in one process, in memory, their share of
 * the program itself not counted.
 *
 *   npx tsx apps/server/bench/workloads.ts [instances]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createMemoryStores } from "@slipway/apiserver";
import { systemClock } from "@slipway/apiserver/storage/clock.ts";
import { openServedApis } from "@slipway/sim/guest/workload/served.ts";
import { runBundled } from "../../../packages/apiserver/bench/load/bundled.ts";

const instances = Number(process.argv[2] ?? 50);
const idleSeconds = 5;

const measure = async () => {
  const open = openServedApis({ stores: createMemoryStores({ clock: systemClock }), clock: systemClock });
  const start = (clusterId: string) => open({ clusterId, kubernetesVersion: "v1.32.5", caPem: "" });
  // What the first of them brings with it is the program's.
  const apis = [await start("first")];
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const began = process.cpuUsage();
  for (let index = 0; index < instances; index += 1) apis.push(await start(`cluster-${index}`));
  const starting = process.cpuUsage(began);
  globalThis.gc?.();
  const resident = process.memoryUsage.rss() - before;
  await sleep(500);
  const idling = process.cpuUsage();
  await sleep(idleSeconds * 1000);
  const idle = process.cpuUsage(idling);
  for (const api of apis) await api.close();
  return {
    bench: "workloads",
    instances,
    startCpuMsEach: round((starting.user + starting.system) / 1000 / instances),
    residentMiBEach: round(resident / 2 ** 20 / instances),
    idlePercentOfCore: round((idle.user + idle.system) / 1e4 / idleSeconds),
  };
};

const round = (value: number): number => Math.round(value * 100) / 100;

if (process.argv.includes("--measure")) console.log(JSON.stringify(await measure()));
else process.stdout.write(await runBundled(fileURLToPath(import.meta.url), [String(instances), "--measure"]));
