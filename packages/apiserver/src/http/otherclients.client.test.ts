import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@kubernetes/client-node";
import { Cluster, ConfigMap, customKinds, Namespace } from "@slipway/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LiveApi, run, startLiveApi } from "../testing/live.node.ts";

/**
 * Other people's clients against our API: Kubernetes' own for JavaScript and Python. Those in Go are in `goclients/`.
 */
let live: LiveApi;
let kubeconfig: string;
const namespace = "clients";

beforeAll(async () => {
  live = await startLiveApi({ kinds: customKinds });
  kubeconfig = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
  await live.api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});
afterAll(() => live?.close());

const configMap = (name: string, data: { [key: string]: string } = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace, name, labels: { of: "informer" } },
  data,
});
const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`after thirty seconds not yet: ${what}`);
};

test("@kubernetes/client-node lists, then hears of every change, through its informer", async () => {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const seen: string[] = [];
  const informer = k8s.makeInformer(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace, labelSelector: "of=informer" }),
    "of=informer",
  );
  for (const event of ["add", "update", "delete"] as const)
    informer.on(
      event,
      (object: k8s.V1ConfigMap) => void seen.push(`${event} ${object.metadata?.name} ${object.data?.["colour"] ?? ""}`),
    );
  await live.api.client.create(ConfigMap, configMap("first", { colour: "red" }));
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: configMap("second", { colour: "blue" }) });
  await core.patchNamespacedConfigMap(
    { namespace, name: "second", body: { data: { colour: "green" } } },
    k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch),
  );
  await core.deleteNamespacedConfigMap({ namespace, name: "first" });
  await until("it has heard of everything", () => seen.length >= 4);
  await informer.stop();
  expect(seen).toEqual(["add first red", "add second blue", "update second green", "delete first red"]);

  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const at = { group: "cluster.x-k8s.io", version: "v1beta1", namespace, plural: "clusters" };
  await custom.createNamespacedCustomObject({
    ...at,
    body: { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata: { name: "blue" }, spec: { paused: true } },
  });
  expect((await live.api.client.get(Cluster, { namespace, name: "blue" })).spec.paused).toBe(true);
  const refused = custom.getNamespacedCustomObject({ ...at, name: "nowhere" });
  await expect(refused).rejects.toMatchObject({ code: 404 });
});

test("Python's client creates, watches, patches and deletes, and reads our kinds", async () => {
  const script = join(live.folder, "client.py");
  writeFileSync(
    script,
    `
from kubernetes import client, config, watch
config.load_kube_config("${kubeconfig}")
core = client.CoreV1Api()
custom = client.CustomObjectsApi()
ns = "${namespace}"
core.create_namespaced_config_map(ns, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py", labels={"of": "python"}), data={"a": "1"}))
core.patch_namespaced_config_map("py", ns, {"data": {"b": "2"}})
print("data", sorted(core.read_namespaced_config_map("py", ns).data.items()))
w = watch.Watch()
for event in w.stream(core.list_namespaced_config_map, ns, label_selector="of=python", timeout_seconds=10):
    print("event", event["type"], event["object"].metadata.name)
    w.stop()
page = core.list_namespaced_config_map(ns, limit=1)
print("continues", bool(page.metadata._continue))
try:
    core.create_namespaced_config_map(ns, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="Not A Name")))
except client.exceptions.ApiException as error:
    print("refused", error.status, error.reason)
core.delete_namespaced_config_map("py", ns)
print("version", client.VersionApi().get_code().major)
print("apis", "cluster.x-k8s.io" in [g.name for g in client.ApisApi().get_api_versions().groups])
made = custom.create_namespaced_custom_object("cluster.x-k8s.io", "v1beta1", ns, "clusters", {"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": "python"}, "spec": {"paused": True}})
print("cluster", made["spec"]["paused"])
`,
  );
  const outcome = await run("/usr/bin/python3", [script], { env: { HOME: live.folder, PYTHONWARNINGS: "ignore" } });
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stdout.trim().split("\n")).toEqual([
    "data [('a', '1'), ('b', '2')]",
    "event ADDED py",
    "continues True",
    "refused 422 Unprocessable Entity",
    "version 1",
    "apis True",
    "cluster True",
  ]);
});
