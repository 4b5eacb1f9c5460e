import { Cluster, KubeadmConfig, MAGNUM_NAMESPACE } from "@slipway/api";
import { expect, test } from "vitest";
import { latest, startCluster } from "../../testing/api.ts";
import { startLive, turn } from "../../testing/live.ts";

const start = async () => {
  const api = await startLive();
  const uuid = await startCluster(api);
  const { name } = (await api.cluster(uuid)).metadata;
  const labels = { "cluster.x-k8s.io/cluster-name": name };
  const { client } = api.api;
  await client.create(Cluster, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { namespace: MAGNUM_NAMESPACE, name, labels },
    spec: { clusterNetwork: { pods: { cidrBlocks: ["10.100.0.0/16"] } } },
  });
  const config = await client.create(KubeadmConfig, {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: {
      namespace: MAGNUM_NAMESPACE,
      name: "worker-1",
      labels,
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    spec: {
      files: [
        { path: "/etc/a", content: "hunter2" },
        { path: "/etc/b", contentFrom: { secret: { name: "my-secret", key: "b" } } },
      ],
      users: [{ name: "u", passwd: "$6$hash" }],
      joinConfiguration: {
        discovery: { bootstrapToken: { token: "abcdef.0123456789abcdef", caCertHashes: ["sha256:00"] } },
      },
    },
  });
  const condition = {
    type: "Ready",
    status: "False",
    lastTransitionTime: "2026-11-22T12:00:00Z",
    message: 'Get "https://slipway-api.capi-system.svc:443/x": refused',
  };
  await client.update(KubeadmConfig, { ...config, status: { conditions: [condition] } }, { subresource: "status" });
  await client.create(KubeadmConfig, {
    apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmConfig",
    metadata: { namespace: MAGNUM_NAMESPACE, name: "theirs", labels: { "cluster.x-k8s.io/cluster-name": "another" } },
    spec: {},
  });
  await turn(api);
  return { ...api, uuid, name };
};

test("a cluster's objects are shown to who may read it, and to nobody else [CON-068]", async () => {
  const { call, uuid, name } = await start();
  const { status, body } = await call("GET", `/v1/clusters/${uuid}/objects`, { ...latest, as: "tenant-a-reader" });
  expect([status, body]).toEqual([
    200,
    {
      objects: [
        { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", name },
        { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", name: "worker-1" },
      ],
    },
  ]);
  const one = await call("GET", `/v1/clusters/${uuid}/objects/Cluster/${name}`, latest);
  expect(one.body).toMatchObject({ kind: "Cluster", spec: { clusterNetwork: { pods: { cidrBlocks: ["10.100.0.0/16"] } } } });
  for (const path of ["objects", `objects/Cluster/${name}`])
    expect((await call("GET", `/v1/clusters/${uuid}/${path}`, { ...latest, as: "tenant-b" })).status).toBe(404);
  // Another cluster's, a Secret, and what there never was.
  for (const path of ["KubeadmConfig/theirs", `Secret/${name}-kubeconfig`, "Cluster/no"])
    expect((await call("GET", `/v1/clusters/${uuid}/objects/${path}`, latest)).status).toBe(404);
});

test("what is secret in an object is not shown: files, password hashes, the token that joins nodes [CON-045]", async () => {
  const { call, uuid } = await start();
  const { body } = await call("GET", `/v1/clusters/${uuid}/objects/KubeadmConfig/worker-1`, latest);
  expect(body.spec).toMatchObject({
    files: [
      { path: "/etc/a", content: "(redacted)" },
      { path: "/etc/b", contentFrom: { secret: { name: "my-secret", key: "b" } } },
    ],
    users: [{ name: "u", passwd: "(redacted)" }],
    joinConfiguration: { discovery: { bootstrapToken: { token: "(redacted)", caCertHashes: ["sha256:00"] } } },
  });
  expect(JSON.stringify(body.metadata)).not.toMatch(/managedFields|last-applied/);
  // Messages are written by controllers, who know what the platform calls its own parts.
  expect(body.status.conditions[0].message).toBe('Get "https://the management API/x": refused');
});
