/**
 * A management cluster's store with so many Cluster API clusters, about 30 objects and half a mebibyte of JSON each: what its API keeps resident,
 * how long it takes to start, and how long `kubectl get clusters -A` waits. One real cluster's objects, as the controllers wrote them, are
 * multiplied; those whose text counts (bootstrap data, kubeconfigs, certificates) are as long as real ones.
 *
 *   npx tsx apps/server/bench/capi.ts [clusters]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cluster, ConfigMap, customKinds, type KubeObject, Secret } from "@slipway/api";
import { createKubernetesApi, createObjectOptions, type StoredObject } from "@slipway/apiserver";
import { exchangeOf, responseOf } from "@slipway/apiserver/http/web.ts";
import { openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { runBundled } from "../../../packages/apiserver/bench/load/bundled.ts";
import { residentMiB } from "../../../packages/apiserver/bench/load/server.ts";

const clusters = Number(process.argv[2] ?? 2000);
const objectsEach = 30;
const bytesEach = 500_000;
const sizeOf = (made: readonly { readonly object: unknown }[]): number =>
  made.reduce((sum, { object }) => sum + JSON.stringify(object).length, 0);

interface Model {
  readonly key: string;
  readonly text: string;
}

/** Of a cluster of three control plane machines and three workers: every object that the controllers keep for it. */
const model = async (): Promise<readonly Model[]> => {
  const { startStory } = await import("../stories/story.ts");
  const story = await startStory();
  const template = await story.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    ...{ name: "k8s", coe: "kubernetes", image_id: "ubuntu-2204-kube-v1.32.5", external_network_id: "public" },
    ...{ flavor_id: "m1.medium", master_flavor_id: "m1.medium", master_lb_enabled: true, labels: { kube_tag: "v1.32.5" } },
  });
  const { uuid } = await story.tenant.call<{ uuid: string }>("POST", "/clusters", {
    ...{ name: "model", cluster_template_id: template.uuid, master_count: 1, node_count: 1 },
  });
  await story.until("created", async () => (await story.cluster(uuid)).status === "CREATE_COMPLETE");
  const { registry, client } = story.system.management;
  const found: Model[] = [];
  for (const kind of [...customKinds, Secret, ConfigMap]) {
    const served = registry.catalog.findKind(kind.group, kind.kind);
    if (served === undefined) continue;
    const { items } = await client.list<KubeObject>(kind, { namespace: "magnum-system" });
    for (const item of items) {
      const { resourceVersion: _, ...metadata } = item.metadata;
      const group = served.storage.group === "" ? "core" : served.storage.group;
      found.push({
        key: `/registry/${group}/${served.storage.plural}/magnum-system/${metadata.name}`,
        text: JSON.stringify({ ...item, metadata }),
      });
    }
  }
  await story.end();
  return found;
};

/**
 * Each cluster's own, with names and ids that follow from the model's, so that owners are found: collection would take the others away.
 * `more` tells further machines' objects apart; nobody is owned by those.
 */
const copy = (
  { key, text }: Model,
  cluster: number,
  more: number | undefined,
): { readonly key: string; readonly object: StoredObject } => {
  const renamed = (name: string | undefined): string => `${name}-${cluster}`;
  const object = JSON.parse(text.replaceAll(/-[0-9a-f]{12}"/g, `-${`${cluster}`.padStart(12, "0")}"`)) as StoredObject;
  const suffix = more === undefined ? "" : `-${more}`;
  const { metadata } = object;
  return {
    key: `${key}-${cluster}${suffix}`,
    object: {
      ...object,
      metadata: {
        ...metadata,
        name: `${renamed(metadata.name)}${suffix}`,
        uid: more === undefined ? metadata.uid : `${`${more}`.padStart(8, "0")}${metadata.uid.slice(8)}`,
        ...(metadata.ownerReferences === undefined
          ? {}
          : { ownerReferences: metadata.ownerReferences.map((owner) => ({ ...owner, name: renamed(owner.name) })) }),
      },
    },
  };
};

const fill = async (path: string): Promise<object> => {
  const models = (await model()).filter(({ key }) => !key.includes("kube-root-ca"));
  const stores = openLmdb({ path });
  const storage = stores.store<StoredObject>("management", {
    ...createObjectOptions(),
    history: { seconds: 0, events: 0, maximumEvents: 1, watcherLag: 1 },
  });
  const ofMachines = models.filter(({ key }) => /\/(machines|openstackmachines|openstackservers|kubeadmconfigs)\//.test(key));
  let objects = 0;
  let bytes = 0;
  let written = 0;
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    // One of each, and then of what every machine has.
    const made = Array.from({ length: objectsEach }, (_, index) => {
      const more = index - models.length;
      const one = more < 0 ? models[index] : ofMachines[more % ofMachines.length];
      return copy(one as Model, cluster, more < 0 ? undefined : more);
    });
    // What is missing to a real cluster's size lies in the texts of its Secrets: user data of each machine, and certificates.
    const secrets = made.filter(({ key }) => key.includes("/secrets/"));
    const filled = (filler: string) =>
      made.map(({ key, object }) =>
        key.includes("/secrets/")
          ? { key, object: { ...object, data: { ...(object["data"] as object), value: `${cluster}${filler}` } } }
          : { key, object },
      );
    written += sizeOf(made);
    const missing = Math.max(0, bytesEach - sizeOf(filled("")));
    const whole = filled("x".repeat(Math.floor(missing / Math.max(1, secrets.length))));
    objects += whole.length;
    bytes += sizeOf(whole);
    await Promise.all(whole.map(({ key, object }) => storage.create(key, object as StoredObject)));
  }
  await stores.close();
  const mebibytes = (count: number): number => Math.round(count / 2 ** 20);
  // The rest are the long texts.
  return {
    objects,
    jsonMiB: mebibytes(bytes),
    ofControllersMiB: mebibytes(written),
    kinds: new Set(models.map(({ key }) => key.split("/")[3])).size,
  };
};

const measure = async (path: string) => {
  const began = performance.now();
  const stores = openLmdb({ path });
  const api = await createKubernetesApi({
    storage: stores.store<StoredObject>("management", createObjectOptions()),
    kinds: customKinds,
  });
  const started = performance.now();
  const { user, system } = process.cpuUsage();
  const peak = residentMiB();
  // As the program does when it has started.
  await stores.forgetPages();
  const atOnce = residentMiB();
  const revision = Number(api.registry.revision());
  const asked = performance.now();
  let rows = 0;
  // As kubectl asks: pages of 500.
  for (let page: string | undefined = ""; page !== undefined; ) {
    const url: string = `https://localhost/apis/cluster.x-k8s.io/v1beta1/clusters?limit=500&continue=${page}`;
    const answer = responseOf(
      await api.server.handle(
        exchangeOf(new Request(url, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }), {
          certificate: { commonName: "bench", organizations: ["system:masters"] },
        }),
      ),
      "GET",
    );
    const table = (await answer.json()) as { rows: readonly unknown[]; metadata: { continue?: string } };
    rows += table.rows.length;
    page = table.metadata.continue;
  }
  const listed = performance.now();
  await sleep(10_000);
  // Nothing was collected and nothing written anew: it is what was stored.
  const { items } = await api.client.list(Cluster);
  const writes = Number(api.registry.revision()) - revision;
  const figures = {
    clusters: items.length,
    rows,
    startSeconds: Math.round(started - began) / 1000,
    startCpuSeconds: Math.round((user + system) / 1000) / 1000,
    tableMs: Math.round(listed - asked),
    residentMiB: residentMiB(),
    residentAtStartMiB: atOnce,
    // While the file's pages are there, too.
    residentLoadingMiB: peak,
    writes,
    heapMiB: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
  };
  await api.close();
  await stores.close();
  return figures;
};

const opened = process.argv.indexOf("--open");
if (opened >= 0) {
  writeFileSync(process.argv[opened + 2] ?? "", JSON.stringify(await measure(process.argv[opened + 1] ?? "")));
} else {
  const path = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-capi-"));
  const filled = await fill(path);
  await runBundled(fileURLToPath(import.meta.url), ["--open", path, join(path, "figures.json")]);
  const figures = JSON.parse(readFileSync(join(path, "figures.json"), "utf8")) as object;
  rmSync(path, { recursive: true });
  console.log(JSON.stringify({ bench: "capi", ...filled, ...figures }));
  process.exit(0);
}
