/**
 * A large store: 100,000 objects of 2 KiB. How long an API over it takes to start in a new process, and what it keeps resident.
 *
 *   npx tsx packages/apiserver/bench/large.ts [--objects 100000]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ConfigMap, type UnstructuredObject } from "@slipway/api";
import { createKubernetesApi } from "../src/kubernetesapi.ts";
import type { StoredObject } from "../src/registry/object.ts";
import { createObjectOptions } from "../src/registry/objectoptions.ts";
import { openLmdb } from "../src/storage/lmdb.node.ts";
import { runBundled } from "./load/bundled.ts";
import { residentMiB } from "./load/server.ts";

const { values } = parseArgs({
  options: { objects: { type: "string", default: "100000" }, open: { type: "string" } },
});
const objects = Number(values.objects);

/** 2 KiB as JSON, with what every object of a controller's has: labels, and who manages which field. */
const body = (index: number): UnstructuredObject => {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `object-${String(index).padStart(6, "0")}`,
      namespace: `tenant-${index % 100}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      creationTimestamp: "2026-11-22T10:00:00Z",
      labels: { "cluster.x-k8s.io/cluster-name": `cluster-${index % 1000}`, app: "bench" },
      managedFields: [
        {
          manager: "bench",
          operation: "Update",
          apiVersion: "v1",
          time: "2026-11-22T10:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`f:field-${n}`, {}])) },
        },
      ],
    },
    data: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`field-${n}`, `${index}-${n}-`])),
  };
  const missing = 2048 - JSON.stringify(object).length;
  return { ...object, data: { ...object.data, "field-9": `${index}-`.padEnd(Math.max(1, missing), "x") } } as UnstructuredObject;
};

const measure = async (path: string): Promise<object> => {
  const began = performance.now();
  const stores = openLmdb({ path });
  const storage = stores.store<StoredObject>("management", createObjectOptions());
  const loaded = performance.now();
  const api = await createKubernetesApi({ storage });
  const { items } = await api.client.list(ConfigMap, { namespace: "tenant-7" });
  const started = performance.now();
  if (items.length !== objects / 100) throw new Error("the objects are not there");
  const spent = process.cpuUsage();
  const loading = residentMiB();
  // As the program does when it has started.
  await stores.forgetPages();
  const atOnce = residentMiB();
  await sleep(3000);
  const settled = residentMiB();
  const { user, system } = spent;
  const figures = {
    // On a busy machine the only figure that says something.
    startCpuSeconds: seconds((user + system) / 1000),
    loadSeconds: seconds(loaded - began),
    startSeconds: seconds(started - began),
    residentMiB: Math.round(settled),
    residentAtStartMiB: Math.round(atOnce),
    // While the file's pages are there, too.
    residentLoadingMiB: Math.round(loading),
    heapMiB: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
  };
  await api.close();
  await stores.close();
  return figures;
};

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;

const fill = async (path: string): Promise<{ fillSeconds: number; fileMiB: number }> => {
  const began = performance.now();
  const stores = openLmdb({ path });
  const storage = stores.store<StoredObject>("management", {
    ...createObjectOptions(),
    history: { seconds: 0, events: 0, maximumEvents: 1, watcherLag: 1 },
  });
  for (let from = 0; from < objects; from += 1000) {
    await Promise.all(
      Array.from({ length: Math.min(1000, objects - from) }, (_, n) => {
        const object = body(from + n) as StoredObject;
        return storage.create(`/registry/core/configmaps/${object.metadata.namespace}/${object.metadata.name}`, object);
      }),
    );
  }
  const fileMiB = Math.round(statSync(join(path, "store.mdb")).size / 2 ** 20);
  await stores.close();
  return { fillSeconds: seconds(performance.now() - began), fileMiB };
};

if (values.open !== undefined) {
  console.log(JSON.stringify(await measure(values.open)));
} else {
  const path = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-large-"));
  const filled = await fill(path);
  const started = await runBundled(fileURLToPath(import.meta.url), ["--open", path, "--objects", values.objects]);
  const figures = { bench: "large", objects, ...filled, ...(JSON.parse(started) as object) };
  rmSync(path, { recursive: true });
  console.table([figures]);
  console.log(JSON.stringify(figures));
}
