/**
 * What requests cost the API itself: processor time through the handlers, without sockets and without a disk. On a busy machine too, these are
 * worth comparing with those of another commit, taken in turns.
 *
 *   npx tsx packages/apiserver/bench/handlers.ts [requests=20000]
 */
import { customKinds } from "@slipway/api";
import type { Exchange } from "../src/http/exchange.ts";
import { createKubernetesApi } from "../src/kubernetesapi.ts";
import type { StoredObject } from "../src/registry/object.ts";
import { createObjectOptions } from "../src/registry/objectoptions.ts";
import { createMemoryStorage } from "../src/storage/memory.ts";

const requests = Number(process.argv[2] ?? 20_000);
const rounds = 5;
const api = await createKubernetesApi({ storage: createMemoryStorage<StoredObject>(createObjectOptions()), kinds: customKinds });
const { signal } = new AbortController();
const peer = { certificate: { commonName: "bench", organizations: ["system:masters"] } };
const encoder = new TextEncoder();

const exchange = (method: string, url: string, text: string, type: string): Exchange => {
  const [path = "", query = ""] = url.split("?");
  const headers: { readonly [name: string]: string } = { "content-type": type, "user-agent": "bench" };
  return {
    ...{ method, path, signal, peer, query: new URLSearchParams(query) },
    header: (name) => headers[name],
    body: async () => encoder.encode(text),
  };
};

interface Work {
  readonly method: string;
  readonly status: number;
  url(index: number): string;
  body?(index: number): string;
  readonly type?: string;
}
const run = async (work: Work, count: number, from: number): Promise<number> => {
  let next = 0;
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (next < count) {
        const index = from + next;
        next += 1;
        const { type = "application/json" } = work;
        const answer = await api.server.handle(exchange(work.method, work.url(index), work.body?.(index) ?? "", type));
        if (answer.status !== work.status) throw new Error(`${work.method} ${work.url(index)}: ${String(answer.body)}`);
        if (index % 50 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }),
  );
  return process.cpuUsage(cpu).user / count;
};

const maps = "/api/v1/namespaces/default/configmaps";
const configs = "/apis/bootstrap.cluster.x-k8s.io/v1beta1/namespaces/default/kubeadmconfigs";
const config = (name: string, files: number, changing: number): string =>
  JSON.stringify({
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: { name, labels: { "cluster.x-k8s.io/cluster-name": "bench" } },
    spec: {
      files: Array.from({ length: files }, (_, index) => ({
        path: `/etc/bench/${index}`,
        owner: "root:root",
        permissions: "0640",
        content: `setting: ${"value ".repeat(12)}`,
      })),
      preKubeadmCommands: [`echo ${changing}`],
      joinConfiguration: { nodeRegistration: { name: "n", kubeletExtraArgs: { "cloud-provider": "external" } } },
    },
  });
const works: { readonly [name: string]: Work } = {
  create: {
    method: "POST",
    status: 201,
    url: () => maps,
    body: (index) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c-${index}"},"data":{"a":"b"}}`,
  },
  get: { method: "GET", status: 200, url: (index) => `${maps}/c-${index}` },
  createConfig: { method: "POST", status: 201, url: () => configs, body: (index) => config(`k-${index}`, 4, 0) },
  patchStatus: {
    method: "PATCH",
    status: 200,
    url: (index) => `${configs}/k-${index}/status`,
    body: (index) => `{"status":{"observedGeneration":${index}}}`,
    type: "application/merge-patch+json",
  },
  createByApply: {
    method: "PATCH",
    status: 201,
    url: (index) => `${configs}/a-${index}?fieldManager=bench&force=true`,
    body: (index) => config(`a-${index}`, 24, 0),
    type: "application/apply-patch+yaml",
  },
  apply: {
    method: "PATCH",
    status: 200,
    url: (index) => `${configs}/a-${index}?fieldManager=bench&force=true`,
    body: (index) => config(`a-${index}`, 24, 1),
    type: "application/apply-patch+yaml",
  },
  applyUnchanged: {
    method: "PATCH",
    status: 200,
    url: (index) => `${configs}/a-${index}?fieldManager=bench&force=true`,
    body: (index) => config(`a-${index}`, 24, 1),
    type: "application/apply-patch+yaml",
  },
};
const microseconds: { [name: string]: number[] } = {};
const each = Math.floor(requests / rounds);
for (let round = 0; round < rounds; round += 1)
  for (const [name, work] of Object.entries(works)) {
    const count = /config|status|apply/i.test(name) ? Math.floor(each / 5) : each;
    const took = await run(work, count, round * each);
    // The first is warming up.
    if (round > 0) microseconds[name] = [...(microseconds[name] ?? []), took];
  }
const figures = Object.fromEntries(
  Object.entries(microseconds).map(([name, all]) => [name, { cpuMicroseconds: Math.round(Math.min(...all) * 10) / 10 }]),
);
console.log(JSON.stringify({ bench: "handlers", ...figures }));
process.exit(0);
