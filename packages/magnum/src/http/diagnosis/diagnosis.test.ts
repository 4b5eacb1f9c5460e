import { Cluster, MAGNUM_NAMESPACE } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { createTestApi, startCluster } from "../../testing/api.ts";

const started = async () => {
  const api = await createTestApi();
  const uuid = await startCluster(api);
  return { ...api, uuid, path: `/v1/clusters/${uuid}/diagnosis` };
};

describe("GET /v1/clusters/<cluster>/diagnosis", () => {
  test("says where a cluster stands, in one shape [RUN-059]", async () => {
    const { call, path, uuid } = await started();
    const { status, body } = await call("GET", path);
    expect(status).toBe(200);
    expect(body).toEqual({
      cluster_uuid: uuid,
      state: "progressing",
      summary: "The cluster is on its way: its objects are being made.",
      findings: [],
    });
    expect((await call("GET", "/v1/clusters/mine/diagnosis", { as: "tenant-a-reader" })).status).toBe(200);
  });

  test("is the project's own: another tenant does not learn that the cluster is there, and nobody asks without a token", async () => {
    const { call, path } = await started();
    expect((await call("GET", path, { as: "tenant-b" })).status).toBe(404);
    expect((await call("GET", path, { as: null })).status).toBe(401);
    expect((await call("POST", path)).status).toBe(405);
  });

  test("tells administrators what only they can see and do, and tenants not", async () => {
    const { call, api, cluster, path, uuid, clock } = await started();
    const { name } = (await cluster(uuid)).metadata;
    await api.client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { namespace: MAGNUM_NAMESPACE, name },
      spec: { paused: true },
    });
    const tenants = (await call("GET", path)).body;
    expect(tenants).toMatchObject({ state: "stuck", findings: [{ code: "ClusterPaused", object: { kind: "Cluster", name } }] });
    expect(JSON.stringify(tenants)).not.toContain("kubectl");
    await clock.advance(6000);
    expect(JSON.stringify((await call("GET", path, { as: "admin" })).body)).toContain("kubectl patch cluster");
  });
});
