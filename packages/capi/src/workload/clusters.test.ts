import { Cluster, Machine, Node, Secret } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import { type Metrics, noMetrics } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { namespace, refIn, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import { createRunningCluster, createTenantCluster } from "../testing/workloadcluster.test-support.ts";

const one = refIn("one");

const start = async (up = true, metrics: Metrics = noMetrics) => {
  let tenant: ReturnType<typeof createTenantCluster> | undefined;
  const heard: string[] = [];
  const management = await startManagementCluster((clock) => {
    tenant = createTenantCluster(clock, metrics);
    tenant.state.up = up;
    tenant.clusters.onChange(({ name }, node) => heard.push(node ? `${name}/${node.metadata.name}` : name));
    return [tenant.controller];
  });
  if (!tenant) throw new Error("no controllers were asked for");
  return { ...tenant, ...management, heard, workload: await tenant.client };
};

describe("connections to workload clusters", () => {
  test("are made when infrastructure and kubeconfig are there, and dropped with the Cluster [CORE-109] [CORE-115] [CORE-116]", async () => {
    const system = await start();
    const { client, clusters, state, settled, heard, workload } = system;
    await client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name: "two", namespace },
      spec: {},
    });
    await client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "two-kubeconfig", namespace },
      data: { value: textToBase64("x") },
    });
    await settled();
    expect(state.dials).toBe(0);
    await createRunningCluster(system);
    expect(clusters.find(one)).toBeDefined();
    expect(heard).toEqual(["one"]);
    await workload.create(Node, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n" },
      spec: { providerID: "openstack:///1" },
    });
    await settled();
    expect(heard).toEqual(["one", "one/n"]);
    expect(clusters.find(one)?.nodesByProviderId("openstack:///1")).toHaveLength(1);
    expect(clusters.find(one)?.node("n")?.metadata.name).toBe("n");
    expect(clusters.lastProbeSuccess(one)).toBeDefined();
    await client.delete(Cluster, one);
    await settled();
    expect(clusters.find(one)).toBeUndefined();
    expect(clusters.lastProbeSuccess(one)).toBeUndefined();
  });

  test("are tried again, soon at first, until somebody answers [CORE-110]", async () => {
    const system = await start(false);
    await createRunningCluster(system);
    await system.advance(60);
    expect(system.clusters.find(one)).toBeUndefined();
    expect(system.state.dials).toBeGreaterThan(5);
    expect(system.state.dials).toBeLessThan(45);
    system.state.up = true;
    await system.advance(10);
    expect(system.clusters.find(one)).toBeDefined();
  });

  test("are not tried while no control plane server is there, and at once when one is", async () => {
    const system = await start();
    const { client, state, setStatus, settled, advance } = system;
    await client.create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: {
        name: "cp",
        namespace,
        labels: { "cluster.x-k8s.io/cluster-name": "one", "cluster.x-k8s.io/control-plane": "" },
      },
      spec: {
        clusterName: "one",
        bootstrap: { dataSecretName: "d" },
        infrastructureRef: {
          apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
          kind: "OpenStackMachine",
          name: "cp",
          namespace,
        },
      },
    });
    await createRunningCluster(system);
    await advance(60);
    expect(state.dials).toBe(0);
    await setStatus(Machine, "cp", { infrastructureReady: true });
    await settled();
    expect(state.dials).toBe(1);
  });

  test("survive four failed probes and end with the fifth; silence is told once when it has lasted a grace period [CORE-111] [CORE-115] [SCALE-12]", async () => {
    const system = await start();
    await createRunningCluster(system);
    const { clusters, state, advance, heard } = system;
    await advance(5);
    heard.length = 0;
    state.up = false;
    await advance(40);
    expect(clusters.find(one)).toBeDefined();
    expect(heard).toEqual([]);
    await advance(10);
    expect(clusters.find(one)).toBeUndefined();
    const afterLoss = heard.length;
    expect(afterLoss).toBeGreaterThan(0);
    await advance(400);
    expect(heard.length - afterLoss).toBeLessThanOrEqual(2); // 50 s and 300 s of silence
    state.up = true;
    await advance(15);
    expect(clusters.find(one)).toBeDefined();
  });

  test("are counted under the names that dashboards know, until the Cluster is gone [CORE-117] [CORE-508] [CORE-509] [CORE-510]", async () => {
    const values = new Map<string, number>();
    const key = (name: string, labels: { readonly [label: string]: string }) => `${name}{${Object.values(labels).join(",")}}`;
    const metrics = {
      count: (name: string, labels: { readonly [label: string]: string }) =>
        void values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + 1),
      gauge: (name: string, labels: { readonly [label: string]: string }, value: number) =>
        void values.set(key(name, labels), value),
      observe: () => {},
      remove: (name: string, labels: { readonly [label: string]: string }) => void values.delete(key(name, labels)),
      onCollect: () => {},
    };
    const system = await start(true, metrics);
    await createRunningCluster(system);
    const { client, state, advance, settled } = system;
    const of = `{one,${namespace}}`;
    expect(values.get(`capi_cluster_cache_connection_up${of}`)).toBe(1);
    expect(values.get(`capi_cluster_cache_healthcheck${of}`)).toBe(1);
    state.up = false;
    await advance(60);
    expect(values.get(`capi_cluster_cache_connection_up${of}`)).toBe(0);
    expect(values.get(`capi_cluster_cache_healthcheck${of}`)).toBe(0);
    expect(values.get(`capi_cluster_cache_healthchecks_total{one,${namespace},error}`)).toBeGreaterThanOrEqual(5);
    await client.delete(Cluster, one);
    await settled();
    expect(values.has(`capi_cluster_cache_connection_up${of}`)).toBe(false);
  });

  test("a short silence leaves no trace [CORE-111]", async () => {
    const system = await start();
    await createRunningCluster(system);
    await system.advance(5);
    system.heard.length = 0;
    system.state.up = false;
    await system.advance(25);
    system.state.up = true;
    await system.advance(600);
    expect(system.heard).toEqual([]);
  });

  test("are made anew at once when we are locked out, with the kubeconfig as it is now [CORE-111]", async () => {
    const system = await start();
    await createRunningCluster(system);
    const { client, clusters, state, advance, settled } = system;
    const dialed = state.dials;
    state.authorized = false;
    await advance(10);
    expect(clusters.find(one)).toBeUndefined();
    expect(state.dials).toBeGreaterThan(dialed);
    state.authorized = true;
    await client.patch(Secret, refIn("one-kubeconfig"), { type: "merge", body: { data: { value: textToBase64("rotated") } } });
    await settled();
    expect(clusters.find(one)).toBeDefined();
  });
});
