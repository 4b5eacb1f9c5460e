/**
 * What a scrape costs with many clusters: `tsx apps/server/bench/metrics.ts [clusters] [machines a cluster]`. One real cluster's
 * objects, as the controllers wrote them, are multiplied; a server on loopback answers scrapes of them to a client in a process
 * of its own. Prints one JSON line.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import type { KubeObject } from "@slipway/api";
import {
  alertGroups,
  cachedState,
  createPrometheusMetrics,
  type KindDeclaration,
  lookAtAlerts,
  readFrom,
} from "@slipway/observability";
import { createRenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { nextTurn } from "@slipway/runtime";
import { serveMetrics } from "../src/listen/metrics.ts";
import { startStory } from "../stories/story.ts";

const [clusters = 1000, machines = 20] = process.argv.slice(2).map(Number);
const mebibytes = () => {
  globalThis.gc?.(); // node --expose-gc
  return Math.round(process.memoryUsage().rss / 2 ** 20);
};
const seconds = (since: number) => Math.round(performance.now() - since) / 1000;

/** Of a real cluster with one control plane machine and one worker: its objects, kind by kind. */
const model = async (): Promise<readonly (readonly [KindDeclaration, readonly KubeObject[]])[]> => {
  const story = await startStory();
  const template = await story.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    ...{ name: "k8s", coe: "kubernetes", image_id: "ubuntu-2204-kube-v1.32.5", external_network_id: "public" },
    ...{ flavor_id: "m1.medium", master_flavor_id: "m1.medium", master_lb_enabled: true, labels: { kube_tag: "v1.32.5" } },
  });
  const { uuid } = await story.tenant.call<{ uuid: string }>("POST", "/clusters", {
    ...{ name: "model", cluster_template_id: template.uuid, master_count: 1, node_count: 1 },
  });
  await story.until("created", async () => (await story.cluster(uuid)).status === "CREATE_COMPLETE");
  const state = cachedState(story.system.controllers.caches);
  const found = state.kinds.map((kind) => [kind, state.read(kind)] as const);
  await story.end();
  return found;
};

const byKind = await model();
/** Machine by machine and cluster by cluster, each with names and ids of its own. */
let revision = 1;
const nextRevision = () => {
  revision += 1;
  return `${revision}`;
};
const copy = (text: string, cluster: number, machine: number): KubeObject => {
  const suffix = `${cluster}`.padStart(12, "0");
  const made = JSON.parse(
    text.replaceAll(/-[0-9a-f]{12}"/g, `-${suffix}"`).replaceAll(/kube-([a-z0-9]{5})/g, `kube-${`${cluster}`.padStart(5, "0")}`),
  ) as { metadata: { name: string; uid: string; resourceVersion: string } };
  made.metadata.name = `${made.metadata.name}-${machine}`;
  made.metadata.uid = `${made.metadata.uid.slice(0, 8)}${`${machine}`.padStart(4, "0")}-${suffix}`;
  made.metadata.resourceVersion = nextRevision();
  return made as unknown as KubeObject;
};
const fleet = new Map<KindDeclaration, KubeObject[]>();
for (const [kind, objects] of byKind) {
  // Of what a machine consists there are two examples, a control plane machine's and a worker's.
  const many = /Machine$|Server$|^KubeadmConfig$/.test(kind.kind);
  const texts = objects.map((object) => JSON.stringify(object));
  fleet.set(kind, []);
  for (let cluster = 0; cluster < clusters; cluster++) {
    for (let machine = 0; machine < (many ? machines : objects.length); machine++) {
      fleet.get(kind)?.push(copy(texts[many ? (machine < 3 ? 0 : 1) : machine] as string, cluster, machine));
    }
  }
}
const objects = [...fleet.values()].reduce((sum, { length }) => sum + length, 0);
const resident = { objects: mebibytes(), first: 0, later: 0 };

const state = createRenderedState({ kinds: [...fleet.keys()], read: (kind) => fleet.get(kind) ?? [] });
const scrape = serveMetrics({ metrics: createPrometheusMetrics(), state });
const server = createServer((request, response) => void scrape(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

/** A client of its own process: ours would share the event loop that it measures. */
const client = `
const zlib = require("node:zlib");
const [, url, gzip, accept] = process.argv;
const begun = performance.now();
require("node:http").get(url, { headers: { accept, ...(gzip === "gzip" ? { "accept-encoding": "gzip" } : {}) } }, (answer) => {
  let wire = 0, text = 0, arrived;
  answer.on("data", (piece) => { wire += piece.length; });
  answer.on("end", () => { arrived = performance.now(); });
  const body = answer.headers["content-encoding"] === "gzip" ? answer.pipe(zlib.createGunzip()) : answer;
  body.on("data", (piece) => { text += piece.length; });
  body.on("end", () => process.stdout.write(JSON.stringify({ status: answer.statusCode, wire, text, arrived: arrived - begun, read: performance.now() - begun })));
});`;
let longestTurn = 0;
let turn = performance.now();
const watching = setInterval(() => {
  longestTurn = Math.max(longestTurn, performance.now() - turn - 5);
  turn = performance.now();
}, 5);
let peak = 0;
const measuring = setInterval(() => {
  peak = Math.max(peak, Math.round(process.memoryUsage().rss / 2 ** 20));
}, 20);
interface Answer {
  readonly wire: number;
  readonly text: number;
  readonly arrived: number;
  readonly read: number;
}
const ask = async (gzip: boolean, accept = "text/plain"): Promise<Answer> => {
  turn = Number.POSITIVE_INFINITY; // to start a program from a large one takes long, and is no part of a scrape
  const child = spawn(process.execPath, ["-e", client, `http://127.0.0.1:${port}/metrics`, gzip ? "gzip" : "plain", accept], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  turn = performance.now();
  let out = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  await once(child, "close");
  return JSON.parse(out) as Answer;
};
const change = (share: number) => {
  for (const list of fleet.values()) {
    for (let index = 0; index < list.length * share; index++) {
      const object = list[index] as KubeObject;
      list[index] = { ...object, metadata: { ...object.metadata, resourceVersion: nextRevision() } };
    }
  }
};
const figures: { [name: string]: number } = {};
const round = (value: number) => Math.round(value) / 1000;
const begun = performance.now();
await state.snapshot();
figures["firstRenderSeconds"] = seconds(begun);
resident.first = mebibytes();
const best = async (name: string, gzip: boolean, accept?: string) => {
  const answers: Answer[] = [];
  for (let round = 0; round < 3; round++) answers.push(await ask(gzip, accept));
  const quickest = answers.reduce((a, b) => (a.arrived < b.arrived ? a : b));
  figures[`${name}Seconds`] = round(quickest.arrived);
  figures[`${name}WithReadingSeconds`] = round(quickest.read);
  return quickest;
};
const zipped = await best("gzip", true);
await best("gzipOpenMetrics", true, "application/openmetrics-text;version=1.0.0");
const plain = await best("plain", false);
const look = async (name: string) => {
  const since = performance.now();
  await state.snapshot();
  figures[`${name}Seconds`] = seconds(since);
};
/** The alerts' own look, every 30 seconds. */
const rules = alertGroups().flatMap((group) => group.rules);
const read = readFrom({ kinds: [...fleet.keys()], read: (kind) => fleet.get(kind) ?? [] }, nextTurn);
for (let round = 0; round < 2; round++) {
  const since = process.cpuUsage();
  const wall = performance.now();
  await lookAtAlerts(rules, undefined, { read, now: new Date() });
  const { user, system } = process.cpuUsage(since);
  figures["alertLookSeconds"] = seconds(wall);
  figures["alertLookCpuSeconds"] = Math.round((user + system) / 1000) / 1000;
}
await look("nothingNew");
change(0.01);
await look("onePercentNew");
turn = Number.POSITIVE_INFINITY; // what follows is the benchmark's own work
change(1);
turn = performance.now();
figures["gzipAfterEverythingChangedSeconds"] = round((await ask(true)).arrived);
turn = Number.POSITIVE_INFINITY;
resident.later = mebibytes();
clearInterval(watching);
clearInterval(measuring);
console.log(
  JSON.stringify({
    bench: "metrics",
    clusters,
    machines: clusters * machines,
    objects,
    kinds: Object.fromEntries([...fleet].map(([{ kind }, list]) => [kind, list.length])),
    textMiB: Math.round(plain.text / 2 ** 20),
    gzipMiB: Math.round(zipped.wire / 2 ** 20),
    ...figures,
    keptMiB: Math.round(state.size().bytes / 2 ** 20),
    exporterMiB: resident.later - resident.objects,
    exporterPeakMiB: peak - resident.objects,
    objectsResidentMiB: resident.objects,
    residentMiB: resident.later,
    peakResidentMiB: peak,
    longestTurnMs: Math.round(longestTurn),
  }),
);
server.closeAllConnections();
server.close();
process.exit(0);
