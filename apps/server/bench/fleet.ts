/**
 * How long a fleet takes: `clusters` tenants' clusters of `masters` + `workers` machines, asked for at once through Magnum, on the
 * durable store and the simulated cloud without artificial delay, until every one is CREATE_COMPLETE; then what they cost while nobody asks
 * for anything. Prints one JSON line.
 *
 *   tsx apps/server/bench/fleet.ts [clusters=20] [masters=3] [workers=3]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { MagnumCluster } from "@slipway/api";
import { freshKeys } from "@slipway/api/pki/index.ts";
import { openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { createKeyPool } from "@slipway/capi/certificates/keypool.node.ts";
import { defaultSettings as magnumDefaults } from "@slipway/magnum";
import { noMetrics, silentLog, systemClock } from "@slipway/runtime";
import { defaultSettings, fastGuests, seedUsers } from "@slipway/sim";
import { signIn } from "../src/demo/tenant.ts";
import { createProviderHost } from "../src/providers/host.ts";
import { createSystem } from "../src/system/system.ts";
import { dialSimulated } from "../src/workload/dial.ts";

const [clusters = 20, masters = 3, workers = 3] = process.argv.slice(2).map(Number);
const algorithm = process.env["KEYS"] === "ecdsa" ? "ecdsa-p256" : "rsa-2048";
const authUrl = "http://127.0.0.1:5000/v3";
const passwords = { admin: "a", demo: "d", magnum: "m" };
const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const stores = openLmdb({ path: folder, clock: systemClock });
const service = {
  auth_url: authUrl,
  username: "magnum",
  password: passwords.magnum,
  project_name: "service",
  user_domain_name: "Default",
  project_domain_name: "Default",
};
const system = await createSystem({
  providers: createProviderHost({ clock: systemClock, run: "bench", nodeName: "bench" }),
  version: "bench",
  stores,
  clock: systemClock,
  log: process.env["LOG"]
    ? {
        ...silentLog,
        warn: console.error,
        error: console.error,
        child: () => ({ ...silentLog, warn: console.error, error: console.error }),
      }
    : silentLog,
  metrics: noMetrics,
  keys: algorithm === "rsa-2048" ? createKeyPool() : freshKeys(algorithm),
  magnum: { ...magnumDefaults, authUrl, publicAuthUrl: authUrl, maxClustersPerProject: 100_000 },
  computeMicroversion: "2.63",
  serviceIdentity: { cloudsYaml: JSON.stringify({ clouds: { service: { auth: service } } }), cloudName: "service" },
  cloud: {
    mode: "simulated",
    settings: defaultSettings({ users: seedUsers(passwords), passwordHashIterations: 1 }),
    guests: fastGuests,
  },
  dialSimulated: (guests) => dialSimulated(guests, () => new Date()),
});
if (system.world === undefined) throw new Error("the bench needs the simulated cloud");
await system.controllers.ready;
const doors = { passwords, world: system.world, magnum: system.magnum, authUrl, containerInfra: "http://127.0.0.1:9511/v1" };
const tenant = await signIn(doors, "demo");
const template = await tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
  name: "bench",
  coe: "kubernetes",
  image_id: "ubuntu-2204-kube-v1.32.5",
  external_network_id: "public",
  flavor_id: "m1.medium",
  master_flavor_id: "m1.medium",
  master_lb_enabled: true,
  labels: { kube_tag: "v1.32.5" },
});

const rssBefore = process.memoryUsage().rss;
const cpuBefore = process.cpuUsage();
const revisionBefore = Number(system.management.registry.revision());
const cloudBefore = cloudCalls();
const begun = performance.now();
await Promise.all(
  Array.from({ length: clusters }, (_, index) =>
    tenant.call("POST", "/clusters", {
      name: `bench-${index}`,
      cluster_template_id: template.uuid,
      master_count: masters,
      node_count: workers,
    }),
  ),
);
const asked = performance.now();
const complete = new Set<string>();
const stop = new AbortController();
const giveUp = setTimeout(() => stop.abort(), 600_000);
for await (const event of system.controllers.client.watch(MagnumCluster, { namespace: "magnum-system", signal: stop.signal })) {
  if (event.type === "BOOKMARK" || event.type === "DELETED") continue;
  const status = event.object.status?.status;
  if (status === "CREATE_COMPLETE") complete.add(event.object.metadata.name);
  if (status === "CREATE_FAILED") console.error(`${event.object.metadata.name} failed: ${event.object.status?.statusReason}`);
  if (complete.size === clusters) break;
}
clearTimeout(giveUp);
const wallSeconds = (performance.now() - begun) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
const storeWrites = Number(system.management.registry.revision()) - revisionBefore;
const cloudRequests = cloudCalls() - cloudBefore;
// Four RSA-2048 key pairs of about 135 ms of a core each are what a cluster's birth cannot do without.
const rss = process.memoryUsage().rss;
const idle = await idling();
const keyFloorSeconds = algorithm === "rsa-2048" ? 4 * 0.135 * clusters : 0;
console.log(
  JSON.stringify({
    bench: "fleet",
    clusters,
    machines: clusters * (masters + workers),
    complete: complete.size,
    keys: algorithm,
    askedSeconds: round((asked - begun) / 1000),
    wallSeconds: round(wallSeconds),
    secondsPerCluster: round(wallSeconds / clusters),
    cpuSeconds: round(cpuSeconds),
    cpuSecondsPerCluster: round(cpuSeconds / clusters),
    keyFloorSeconds: round(keyFloorSeconds),
    rssMiB: Math.round(rss / 2 ** 20),
    rssGrowthMiB: Math.round((rss - rssBefore) / 2 ** 20),
    storeWritesPerCluster: Math.round(storeWrites / clusters),
    cloudRequestsPerCluster: Math.round(cloudRequests / clusters),
    idle,
  }),
);
await system.close();
rmSync(folder, { recursive: true, force: true });
process.exit(complete.size === clusters ? 0 : 1);

/** Once nothing has been written for a while. */
async function idling() {
  const revision = () => Number(system.management.registry.revision());
  const quietSeconds = 10;
  for (let waited = 0, last = -1; waited < 120 && last !== revision(); waited += quietSeconds) {
    last = revision();
    await sleep(quietSeconds * 1000);
  }
  const seconds = 30;
  const [before, calls, cpu] = [revision(), cloudCalls(), process.cpuUsage()];
  await sleep(seconds * 1000);
  const { user, system: kernel } = process.cpuUsage(cpu);
  return {
    seconds,
    percentOfCore: round((user + kernel) / 1e4 / seconds),
    storeWrites: revision() - before,
    cloudRequests: cloudCalls() - calls,
    rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function cloudCalls(): number {
  return Object.values(system.world?.cloud.audit.totals() ?? {}).reduce((sum, calls) => sum + calls, 0);
}
