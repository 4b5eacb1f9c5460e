import { Cluster, ClusterResourceSet, ClusterResourceSetBinding, ConfigMap, DaemonSet } from "@slipway/api";
import { findCondition } from "@slipway/runtime";
import { afterEach, expect, test } from "vitest";
import { namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

const manifest = `apiVersion: v1
kind: Namespace
metadata: {name: kube-net}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: net, namespace: kube-net}
spec:
  selector: {matchLabels: {app: net}}
  template:
    metadata: {labels: {app: net}}
    spec: {containers: [{name: net, image: "registry.example/net:1"}]}
`;

test("a new cluster gets the add-ons that an operator has written down for all, even when the program dies meanwhile [CORE-383] [CORE-386]", async () => {
  let now = await startStory();
  story = now;
  await now.client.create(ConfigMap, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "net", namespace },
    data: { "net.yaml": manifest },
  });
  await now.client.create(ClusterResourceSet, {
    apiVersion: "addons.cluster.x-k8s.io/v1beta1",
    kind: "ClusterResourceSet",
    metadata: { name: "net", namespace },
    spec: {
      clusterSelector: { matchExpressions: [{ key: "addons", operator: "NotIn", values: ["none"] }] },
      resources: [{ kind: "ConfigMap", name: "net" }],
      strategy: "Reconcile",
    },
  });
  const { uuid: templateId } = await now.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
    name: "with-net",
    coe: "kubernetes",
    image_id: "ubuntu-2204-kube-v1.32.5",
    external_network_id: "public",
    flavor_id: "m1.medium",
    master_flavor_id: "m1.medium",
    labels: { kube_tag: "v1.32.5" },
  });
  const { uuid } = await now.tenant.call<{ uuid: string }>("POST", "/clusters", {
    name: "blue",
    cluster_template_id: templateId,
    master_count: 1,
    node_count: 1,
  });
  now = await now.kill();
  story = now;
  await now.until("the cluster is complete", async () => (await now.cluster(uuid)).status === "CREATE_COMPLETE");
  const [cluster] = (await now.client.list(Cluster, { namespace })).items;
  const name = cluster?.metadata.name ?? "";
  await now.until("the add-on is there", async () => {
    const [set] = (await now.client.list(ClusterResourceSet, { namespace })).items;
    return findCondition(set?.status?.conditions, "ResourcesApplied")?.status === "True";
  });
  const workload = await now.workload(name);
  expect(await workload.get(DaemonSet, { namespace: "kube-net", name: "net" })).toBeDefined();

  const newer = { data: { "net.yaml": manifest.replace("net:1", "net:2") } };
  await now.client.patch(ConfigMap, { namespace, name: "net" }, { type: "merge", body: newer });
  await now.until("the newer one is there", async () => {
    const set = await workload.get(DaemonSet, { namespace: "kube-net", name: "net" });
    return set.spec?.template.spec?.containers?.[0]?.image === "registry.example/net:2";
  });

  await now.tenant.call("DELETE", `/clusters/${uuid}`);
  await now.until("nothing is left of it", async () => (await now.client.list(ClusterResourceSetBinding)).items.length === 0);
  await now.until("the cluster is gone", async () => (await now.client.list(Cluster)).items.length === 0);
});
