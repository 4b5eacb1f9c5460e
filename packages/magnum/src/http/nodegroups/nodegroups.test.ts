import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, detailOf, latest, startCluster, type TestApi } from "../../testing/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test.each([
  [{ name: "gpu", min_node_count: 2 }, 409],
  [{ name: "gpu", max_node_count: 0, node_count: 9 }, 202],
  [{ name: "gpu", min_node_count: 5, max_node_count: 2 }, 409],
  [{ name: "gpu", node_count: 4, max_node_count: 3 }, 409],
  [{ name: "default-worker" }, 409],
  [{ node_count: 1 }, 400],
  [{ name: "gpu", role: "master" }, 400],
  [{ name: "gpu", flavor_id: "nope" }, 400],
  [{ name: "gpu", image_id: "nope" }, 202],
  [{ name: "gpu", node_labels: { "kubernetes.io/x": "y" } }, 409],
  [{ name: "gpu", node_labels: { "node.kubernetes.io/x": "y", "kubernetes.io/os": "linux", mine: "1" } }, 202],
  [{ name: "gpu", node_taints: [{ key: "a" }] }, 409],
  [{ name: "gpu", node_taints: [{ key: "a", effect: "NoExecute", more: 1 }] }, 409],
])("%j is %d [MAG-245] [MAG-247] [MAG-248] [MAG-250] [MAG-251] [MAG-252] [MAG-253]", async (body, status) => {
  const uuid = await startCluster(api);
  const create = () => api.call("POST", `/v1/clusters/${uuid}/nodegroups/`, { ...latest, body });
  await api.settle(uuid, "CREATE_COMPLETE");
  const called = await create();
  expect(called.status, JSON.stringify(called.body)).toBe(status);
});

test("none before the cluster has an address [MAG-246]", async () => {
  const uuid = await startCluster(api);
  const refused = await api.call("POST", `/v1/clusters/${uuid}/nodegroups`, { ...latest, body: { name: "gpu" } });
  expect([refused.status, detailOf(refused)]).toEqual([409, "Cluster API address is not available yet"]);
});

test("only range, labels and taints change; default groups stay [MAG-254] [MAG-255] [MAG-256] [MAG-257] [MCLI-038]", async () => {
  const uuid = await startCluster(api);
  await api.settle(uuid, "CREATE_COMPLETE");
  const patch = (group: string, ...body: object[]) =>
    api.call("PATCH", `/v1/clusters/${uuid}/nodegroups/${group}`, { ...latest, body });
  expect((await patch("default-worker", { op: "replace", path: "/max_node_count", value: "5" })).body).toMatchObject({
    max_node_count: 5,
    node_count: 1,
  });
  expect((await patch("default-worker", { op: "replace", path: "/min_node_count", value: 2 })).status).toBe(409);
  expect((await patch("default-worker", { op: "replace", path: "/node_count", value: 2 })).status).toBe(400);
  await api.settle(uuid, "UPDATE_COMPLETE");
  expect((await patch("default-worker", { op: "replace", path: "/node_labels", value: "{'team': 'a'}" })).body).toMatchObject({
    node_labels: { team: "a" },
    max_node_count: 5,
  });
  await api.settle(uuid, "UPDATE_COMPLETE");
  expect(
    (
      await patch("default-worker", {
        op: "replace",
        path: "/node_taints",
        value: "[{'key': 'k', 'value': '', 'effect': 'NoSchedule'}]",
      })
    ).body,
  ).toMatchObject({ node_taints: [{ key: "k", effect: "NoSchedule" }] });
  expect((await patch("default-master", { op: "replace", path: "/node_labels", value: "{'a': 'b'}" })).status).toBe(409);
  expect((await api.call("DELETE", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).status).toBe(400);
});
