import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EndpointSlice, Endpoints, Namespace, Node, Pod, Service } from "@slipway/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findKubectl } from "../../../../../scripts/kubectl.mjs";
import { type Fact, goClients, type RunningScenario } from "../../testing/goclients.node.ts";
import { createKubectl, type Kubectl } from "../../testing/kubectl.node.ts";
import { type LiveApi, run, startLiveApi } from "../../testing/live.node.ts";

/** Prometheus' own service discovery, over TLS, as the ServiceAccount and with the configuration that the documentation tells of. */

const guide = readFileSync(join(import.meta.dirname, "../../../../../docs/own-controllers.md"), "utf8");
const namespace = "default";
let live: LiveApi;
let kubectl: Kubectl;
let prometheus: RunningScenario;

/** The first block of that language after the heading. */
const block = (language: string, heading: string): string => {
  const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(guide.slice(guide.indexOf(heading)))?.[1];
  if (found === undefined) throw new Error(`docs/own-controllers.md has no ${language} after "${heading}"`);
  return found;
};
const here = (text: string): string =>
  text.replaceAll("/etc/prometheus", live.folder).replaceAll("https://127.0.0.1:6443", live.listener.url);

/** What a job knows now, whatever groups it came in. */
const targets = (fact: Fact, job: string): Record<string, string>[] => Object.values(fact[job] ?? {}).flat() as never;
/** Waits until the job's newest targets are so; answers them. */
const found = async (job: string, what: string, holds: (targets: readonly Record<string, string>[]) => boolean) => {
  const fact = await prometheus.until(`${job}: ${what}`, (each, facts) => each === facts.at(-1) && holds(targets(each, job)));
  return targets(fact, job);
};
const addresses = (list: readonly Record<string, string>[]) => list.map((target) => target["__address__"]).sort();
const are = (...wanted: string[]) => {
  const expected = JSON.stringify(wanted.sort());
  return (list: readonly Record<string, string>[]) => JSON.stringify(addresses(list)) === expected;
};

const pod = (name: string, labels: { [name: string]: string } = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name, labels, annotations: { "example.com/path": "/m" } },
  spec: { nodeName: "node-1", containers: [{ name: "main", image: "i", ports: [{ name: "http", containerPort: 8080 }] }] },
});
const running = async (name: string, podIP: string, ready: boolean) => {
  const current = await live.api.client.get(Pod, { namespace, name });
  const conditions = [{ type: "Ready", status: ready ? ("True" as const) : ("False" as const) }];
  const status = { phase: "Running" as const, podIP, podIPs: [{ ip: podIP }], conditions };
  await live.api.client.update(Pod, { ...current, status }, { subresource: "status" });
};

beforeAll(async () => {
  live = await startLiveApi();
  const admin = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
  const program = findKubectl();
  kubectl = createKubectl(program, live, admin, namespace);
  const setup = await run("/bin/sh", ["-e", "-c", here(block("sh", "## Prometheus"))], {
    env: { KUBECONFIG: admin, HOME: live.folder, PATH: `${dirname(program)}:${process.env["PATH"]}` },
  });
  expect(setup).toMatchObject({ code: 0, stderr: "" });
  const file = join(live.folder, "prometheus.yml");
  writeFileSync(file, here(block("yaml", "## Prometheus")));
  prometheus = goClients(admin).start("prometheus", [file]);
});
afterAll(async () => {
  await prometheus?.stop();
  await live?.close();
});

test("Prometheus finds pods as they get an address, follows what becomes of them, and forgets them [API-K32]", async () => {
  await live.api.client.create(Pod, pod("one", { scrape: "yes" }));
  await running("one", "10.1.0.1", false);
  const [target] = await found("pods", "its address", are("10.1.0.1:8080"));
  expect(target).toMatchObject({
    namespace,
    pod_name: "one",
    pod_ip: "10.1.0.1",
    pod_phase: "Running",
    pod_ready: "false",
    pod_node_name: "node-1",
    pod_container_name: "main",
    pod_container_port_name: "http",
    pod_label_scrape: "yes",
    pod_annotation_example_com_path: "/m",
  });
  await running("one", "10.1.0.1", true);
  await found("pods", "that it is ready", ([only]) => only?.["pod_ready"] === "true");
  await live.api.client.create(Pod, pod("two"));
  await running("two", "10.1.0.2", true);
  await found("pods", "both", are("10.1.0.1:8080", "10.1.0.2:8080"));
  await live.api.client.delete(Pod, { namespace, name: "one" }, { gracePeriodSeconds: 0 });
  await found("pods", "only the other", are("10.1.0.2:8080"));
});

test("a job with selectors hears only of what matches, and that something no longer does [API-K32] [API-191]", async () => {
  await live.api.client.create(Pod, pod("labelled", { scrape: "yes" }));
  await running("labelled", "10.1.0.3", true);
  await live.api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
  const other = pod("labelled", { scrape: "yes" });
  await live.api.client.create(Pod, { ...other, metadata: { ...other.metadata, namespace: "elsewhere" } });
  await found("labelled-pods", "the one of its namespace", are("10.1.0.3:8080"));
  const current = await live.api.client.get(Pod, { namespace, name: "labelled" });
  await live.api.client.update(Pod, { ...current, metadata: { ...current.metadata, labels: { scrape: "no" } } });
  await found("labelled-pods", "none any more", are());
});

test("Prometheus finds nodes by their addresses [API-K32]", async () => {
  const node = await live.api.client.create(Node, { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } });
  const addresses = [
    { type: "InternalIP" as const, address: "10.0.0.5" },
    { type: "Hostname" as const, address: "node-1" },
  ];
  const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } };
  await live.api.client.update(Node, { ...node, status }, { subresource: "status" });
  const [target] = await found("nodes", "its address", are("10.0.0.5:10250"));
  expect(target).toMatchObject({ node_name: "node-1", node_address_InternalIP: "10.0.0.5", instance: "node-1" });
  await live.api.client.delete(Node, { name: "node-1" });
  await found("nodes", "none any more", are());
});

test("Prometheus finds services and the endpoints behind them, in both of their forms [API-K32] [API-109]", async () => {
  const metadata = { namespace, name: "web", labels: { app: "web" } };
  await live.api.client.create(Service, {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
  });
  const [service] = await found("services", "its port", (list) => addresses(list).includes("web.default.svc:80")).then((list) =>
    list.filter((target) => target["service_name"] === "web"),
  );
  expect(service).toMatchObject({
    service_port_name: "http",
    service_port_number: "80",
    service_type: "ClusterIP",
    service_label_app: "web",
  });

  const ports = [{ name: "http", port: 8080 }];
  await live.api.client.create(Endpoints, {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata,
    subsets: [{ addresses: [{ ip: "10.2.0.1" }], notReadyAddresses: [{ ip: "10.2.0.2" }], ports }],
  });
  const both = await found("endpoints", "both addresses", (list) => addresses(list).includes("10.2.0.2:8080"));
  expect(
    both
      .filter((target) => target["endpoints_name"] === "web")
      .map((target) => [target["__address__"], target["endpoint_ready"]]),
  ).toEqual([
    ["10.2.0.1:8080", "true"],
    ["10.2.0.2:8080", "false"],
  ]);

  const slice = await live.api.client.create(EndpointSlice, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace, name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.2.0.1"], conditions: { ready: true, serving: true } }],
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  });
  const [sliced] = await found("endpointslices", "its address", (list) => addresses(list).includes("10.2.0.1:8080")).then(
    (list) => list.filter((target) => target["endpointslice_name"] === "web-1"),
  );
  expect(sliced).toMatchObject({
    service_name: "web",
    endpointslice_endpoint_conditions_ready: "true",
    endpointslice_port_name: "http",
  });
  await live.api.client.update(EndpointSlice, {
    ...slice,
    endpoints: [{ addresses: ["10.2.0.9"], conditions: { ready: false } }],
  });
  await found("endpointslices", "the new address", (list) => {
    const all = addresses(list);
    return all.includes("10.2.0.9:8080") && !all.includes("10.2.0.1:8080");
  });
  await live.api.client.delete(Endpoints, { namespace, name: "web" });
  await live.api.client.delete(EndpointSlice, { namespace, name: "web-1" });
  await live.api.client.delete(Service, { namespace, name: "web" });
  for (const job of ["services", "endpoints", "endpointslices"])
    await found(job, "nothing of it", (list) => !list.some((target) => target["service_name"] === "web"));
});

test("Prometheus finds the paths of ingresses [API-K32]", async () => {
  const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec:
  tls: [{hosts: [shop.example.com], secretName: tls}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /cart, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;
  await kubectl("apply -f -", ingress);
  const [target] = await found("ingresses", "its host", are("shop.example.com"));
  expect(target).toMatchObject({
    ingress_name: "front",
    ingress_scheme: "https",
    ingress_path: "/cart",
    ingress_host: "shop.example.com",
  });
  await kubectl("delete ingress front");
  await found("ingresses", "none any more", are());
});
