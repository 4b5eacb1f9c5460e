/**
 * Custom resources with a Cluster API schema, as their controllers and kubectl write them, durable and over HTTP/2: creates of 1 KiB, patches of
 * a status, applies of 5 KiB that change one field or nothing.
 *
 *   npx tsx packages/apiserver/bench/customresources.ts [--seconds 3]
 */
import { customKinds } from "@slipway/api";
import { secondsArgument, startBenchServer } from "./load/server.ts";

const seconds = secondsArgument();
const server = await startBenchServer(customKinds);
const client = server.client();
const base = "/apis/bootstrap.cluster.x-k8s.io/v1beta1/namespaces/default/kubeadmconfigs";

const config = (name: string, bytes: number, changing: string): string => {
  const of = (files: number): string =>
    JSON.stringify({
      apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmConfig",
      metadata: { name, labels: { "cluster.x-k8s.io/cluster-name": "bench", "cluster.x-k8s.io/control-plane": "" } },
      spec: {
        format: "cloud-config",
        files: Array.from({ length: files }, (_, index) => ({
          path: `/etc/kubernetes/bench/file-${index}.conf`,
          owner: "root:root",
          permissions: "0640",
          content: `setting-${index}: ${"value ".repeat(12)}\n`,
        })),
        preKubeadmCommands: ["hostnamectl set-hostname bench", `echo ${changing}`],
        joinConfiguration: {
          nodeRegistration: { name: "{{ local_hostname }}", kubeletExtraArgs: { "cloud-provider": "external" } },
        },
      },
    });
  let files = 1;
  while (of(files + 1).length <= bytes) files += 1;
  return of(files);
};

const create = { http: 2, method: "POST", path: base, status: 201 } as const;
const workers = 64;
for (let worker = 0; worker < workers; worker += 1)
  await client.requests({ ...create, workers: 1, most: 1, seconds: 5, body: config(`s-${worker}`, 1024, "0") });

await client.requests({ ...create, workers, seconds: 1, body: config("warm-{n}", 1024, "0") });
const created = await server.measure(client, { ...create, workers, seconds, body: config("c-{n}", 1024, "0") });

const statusPatch = {
  http: 2,
  workers,
  method: "PATCH",
  path: `${base}/s-{w}/status`,
  headers: { "content-type": "application/merge-patch+json" },
  body: `{"status":{"observedGeneration":{n}}}`,
} as const;
await client.requests({ ...statusPatch, seconds: 0.5 });
const status = await server.measure(client, { ...statusPatch, seconds });

const apply = {
  http: 2,
  workers: 16,
  method: "PATCH",
  path: `${base}/a-{w}?fieldManager=bench&force=true`,
  headers: { "content-type": "application/apply-patch+yaml" },
} as const;
await client.requests({ ...apply, workers: 16, most: 16, seconds: 5, body: config("a-{w}", 5120, "0"), status: 201 });
await client.requests({ ...apply, seconds: 1, body: config("a-{w}", 5120, "{n}") });
const applied = await server.measure(client, { ...apply, seconds, body: config("a-{w}", 5120, "{n}") });
await client.requests({ ...apply, workers: 16, most: 16, seconds: 5, body: config("a-{w}", 5120, "same") });
const unchanged = await server.measure(client, { ...apply, seconds, body: config("a-{w}", 5120, "same") });

await server.close();
console.log(
  JSON.stringify({
    bench: "customresources",
    createBytes: config("c-0", 1024, "0").length,
    applyBytes: config("a-0", 5120, "0").length,
    create: created,
    status,
    apply: applied,
    applyUnchanged: unchanged,
  }),
);
process.exit(0);
