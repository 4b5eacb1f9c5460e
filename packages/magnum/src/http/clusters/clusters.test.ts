import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, detailOf, latest, startCluster, startTemplate, type TestApi } from "../../testing/api.ts";
import { PEOPLE } from "../../testing/tinycloud.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test.each([
  [{ name: "" }, "1.14", 400],
  [{ name: "1-bad!" }, "1.14", 400],
  [{ name: "a".repeat(243) }, "1.14", 400],
  [{ master_count: 2 }, "1.14", 400],
  [{ master_count: 0 }, "1.14", 400],
  [{ node_count: 0 }, "1.9", 400],
  [{ node_count: -1 }, "1.14", 400],
  [{ cluster_template_id: "nope" }, "1.9", 400],
  [{ cluster_template_id: "nope" }, "1.10", 404],
  [{ keypair: "nope" }, "1.14", 404],
  [{ flavor_id: "nope" }, "1.14", 400],
  [{ fixed_network: "nope" }, "1.14", 400],
  [{ master_count: 3, master_lb_enabled: false }, "1.14", 400],
  [{ api_address: "x" }, "1.14", 400],
  [{ create_timeout: -1 }, "1.14", 400],
  [{ node_count: 0 }, "1.10", 202],
  [{ create_timeout: 0, uuid: "x", status: "x", faults: {} }, "1.1", 202],
  [{ name: null, keypair: null, labels: null, discovery_url: null }, "1.1", 202],
])(
  "%j at %s is %d [MAG-032] [MAG-033] [MAG-167] [MAG-168] [MAG-169] [MAG-170] [MAG-171] [MAG-172] [MAG-173] [MAG-181] [MAG-183] [CONF-008] [CONF-009] [CONF-010]",
  async (more, version, status) => {
    const body = { name: "c", cluster_template_id: await startTemplate(api), ...more };
    const called = await api.call("POST", "/v1/clusters", { version, body });
    expect(called.status, JSON.stringify(called.body)).toBe(status);
    expect((await api.call("GET", "/v1/clusters")).body.clusters).toHaveLength(status === 202 ? 1 : 0);
    expect(api.cloud.credentials.size).toBe(status === 202 ? 1 : 0);
  },
);

test("a cluster is whole from the first moment: both default groups, in progress, nothing unknown invented [MAG-150] [MAG-155] [MAG-156] [MAG-166] [MAG-188] [MAG-189] [MAG-190] [TRAP-10]", async () => {
  const uuid = await startCluster(api, { node_count: 2, master_count: 3, labels: { min_node_count: "1" }, merge_labels: true });
  const shown = (await api.call("GET", `/v1/clusters/${uuid}`, latest)).body;
  expect(shown).toMatchObject({
    status: "CREATE_IN_PROGRESS",
    status_reason: null,
    node_count: 2,
    master_count: 3,
    api_address: null,
    coe_version: null,
    node_addresses: [],
    master_addresses: [],
    updated_at: null,
  });
  expect(shown).not.toHaveProperty("faults");
  const groups = (await api.call("GET", `/v1/clusters/${uuid}/nodegroups`, latest)).body.nodegroups;
  expect(groups).toMatchObject([
    {
      name: "default-master",
      role: "master",
      node_count: 3,
      is_default: true,
      status: "CREATE_IN_PROGRESS",
      image_id: "ubuntu-2204-kube-v1.31.1",
    },
    { name: "default-worker", role: "worker", node_count: 2, is_default: true, status: "CREATE_IN_PROGRESS" },
  ]);
  expect((await api.call("GET", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).body).toMatchObject({
    min_node_count: 1,
    max_node_count: null,
  });
});

test.each([
  [undefined, false, { a: "1", kube_tag: "v1.31.1" }, [{}, {}, {}]],
  [{ a: "2", b: "3" }, false, { a: "2", b: "3" }, [{ a: "1" }, { b: "3" }, { kube_tag: "v1.31.1" }]],
  [{ a: "2", b: "3" }, true, { a: "2", b: "3", kube_tag: "v1.31.1" }, [{ a: "1" }, { b: "3" }, {}]],
])(
  "labels %j, merged: %s, give %j [MAG-157] [MAG-158] [MAG-176] [MAG-177] [MAG-178] [TRAP-08]",
  async (labels, merge, expected, [overridden, added, skipped]) => {
    const id = await startTemplate(api, { labels: { a: "1", kube_tag: "v1.31.1" } });
    const made = await api.call("POST", "/v1/clusters", {
      ...latest,
      body: { cluster_template_id: id, labels, merge_labels: merge },
    });
    const shown = (await api.call("GET", `/v1/clusters/${made.body.uuid}`, latest)).body;
    expect(shown).toMatchObject({
      labels: expected,
      labels_overridden: overridden,
      labels_added: added,
      labels_skipped: skipped,
    });
  },
);

test("without a kube_tag anywhere there is no version to run: 400 [DRV-095] [WANT-06]", async () => {
  const id = await startTemplate(api, { labels: { boot_volume_size: "20" } });
  const refused = await api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } });
  expect([refused.status, detailOf(refused)]).toEqual([
    400,
    "Label kube_tag says which Kubernetes version to run: set it on the cluster or on its template (the image has no property kube_version).",
  ]);
});

test("the quota holds even for requests at one time [MAG-185] [MAG-186] [TRAP-12]", async () => {
  const id = await startTemplate(api);
  await api.call("POST", "/v1/quotas", {
    as: "admin",
    body: { project_id: PEOPLE["tenant-a"]?.projectId, resource: "Cluster", hard_limit: 2 },
  });
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 403, 403]);
  expect(detailOf(answers.find(({ status }) => status === 403))).toContain(
    "Resource limit exceeded: You have reached the maximum clusters per project, 2.",
  );
});

test("names may be shared; then the uuid is asked for [MAG-061] [MAG-062]", async () => {
  const id = await startTemplate(api);
  for (const _ of [1, 2]) await api.call("POST", "/v1/clusters", { ...latest, body: { name: "same", cluster_template_id: id } });
  expect((await api.call("GET", "/v1/clusters/same")).status).toBe(409);
});

test("only size and health can be patched; terraform's text is a number [MAG-205] [MAG-206] [MAG-207] [MAG-210] [MAG-214] [MAG-215] [MCLI-047] [TRAP-06]", async () => {
  const uuid = await startCluster(api);
  await api.settle(uuid, "CREATE_COMPLETE");
  const patch = (body: object[], path = "") => api.call("PATCH", `/v1/clusters/${uuid}${path}`, { body, version: "1.3" });
  for (const path of ["/name", "/master_count", "/keypair", "/labels/a"])
    expect(
      (await patch([{ op: path === "/labels/a" ? "add" : "replace", path, value: path === "/master_count" ? 3 : "x" }])).status,
      path,
    ).toBe(400);
  expect((await patch([{ op: "add", path: "/node_count", value: 2 }])).status).toBe(400);
  expect((await patch([{ op: "replace", path: "/node_count", value: "3" }], "/?rollback=True")).status).toBe(202);
  expect((await api.call("GET", `/v1/clusters/${uuid}`)).body).toMatchObject({ node_count: 3, status: "UPDATE_IN_PROGRESS" });
  await api.settle(uuid, "UPDATE_COMPLETE");
  expect(
    (
      await patch([
        { op: "replace", path: "/health_status", value: "UNHEALTHY" },
        { op: "replace", path: "/health_status_reason", value: "{'api': 'nok'}" },
      ])
    ).status,
  ).toBe(202);
  expect((await api.call("GET", `/v1/clusters/${uuid}`)).body).toMatchObject({
    health_status: "UNHEALTHY",
    health_status_reason: { api: "nok" },
    status: "UPDATE_COMPLETE",
  });
  expect((await api.call("PATCH", `/v1/clusters/${uuid}?rollback=True`, { body: [], version: "1.2" })).status).toBe(400);
  const unknown = "00000000-0000-0000-0000-000000000000";
  expect(
    (await api.call("PATCH", `/v1/clusters/${unknown}`, { body: [{ op: "replace", path: "/name", value: "x" }] })).status,
  ).toBe(404);
});

test("a resize keeps to its group's range [MAG-216] [MAG-217] [MAG-218] [MAG-219] [DRV-179]", async () => {
  const uuid = await startCluster(api, { labels: { min_node_count: "1" }, merge_labels: true });
  await api.settle(uuid, "CREATE_COMPLETE");
  const resize = (body: object) => api.call("POST", `/v1/clusters/${uuid}/actions/resize`, { ...latest, body });
  expect(detailOf(await resize({ node_count: 0 }))).toBe(
    "Resizing default-worker outside the allowed range: min_node_count = 1, max_node_count = None",
  );
  expect((await resize({ node_count: 2, nodegroup: "default-master" })).status).toBe(400);
  expect((await resize({ node_count: 3, nodegroup: "default-master" })).status).toBe(202);
  expect((await resize({ node_count: 1, nodegroup: "nope" })).status).toBe(404);
  expect((await resize({ node_count: 4, nodegroup: null, nodes_to_remove: null })).status).toBe(202);
  expect((await api.call("GET", `/v1/clusters/${uuid}`, latest)).body).toMatchObject({ node_count: 4, master_count: 3 });
});

test.each([
  ["v1.32.5", 202, undefined],
  ["v1.31.1", 202, undefined],
  ["v1.30.0", 400, "The cluster runs v1.31.1: a downgrade to v1.30.0 is not possible."],
  [
    "v1.33.0",
    400,
    "The cluster runs v1.31.1: an upgrade to v1.33.0 would skip a minor version. Upgrade one minor version at a time.",
  ],
  [undefined, 400, undefined],
])("an upgrade to %s is %d [MAG-222] [MAG-225] [MAG-228] [DRV-170] [DRV-173]", async (version, status, text) => {
  const uuid = await startCluster(api);
  const newer = await startTemplate(api, {
    name: "newer",
    labels: version === undefined ? { boot_volume_size: "9" } : { kube_tag: version, boot_volume_size: "9" },
  });
  const upgrade = () =>
    api.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, { ...latest, body: { cluster_template: newer } });
  expect(detailOf(await upgrade())).toBe('Upgrading a cluster when status is "CREATE_IN_PROGRESS" is not supported.');
  await api.settle(uuid, "CREATE_COMPLETE");
  const upgraded = await upgrade();
  expect(upgraded.status).toBe(status);
  if (text !== undefined) expect(detailOf(upgraded)).toBe(text);
});

test("an unknown template or group is 404; a group of the tenant's own follows its cluster [MAG-223] [MAG-224]", async () => {
  const uuid = await startCluster(api);
  await api.settle(uuid, "CREATE_COMPLETE");
  await api.call("POST", `/v1/clusters/${uuid}/nodegroups`, { ...latest, body: { name: "gpu" } });
  await api.settle(uuid, "UPDATE_COMPLETE");
  const newer = await startTemplate(api, { name: "newer" });
  const upgrade = (body: object) => api.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, { ...latest, body });
  expect((await upgrade({ cluster_template: "nope" })).status).toBe(404);
  expect((await upgrade({ cluster_template: newer, nodegroup: "nope" })).status).toBe(404);
  expect((await upgrade({ cluster_template: newer, nodegroup: "gpu" })).status).toBe(409);
});

test("a cluster can be deleted in any state, again and again, and then it is gone [MAG-229] [CONF-012]", async () => {
  const uuid = await startCluster(api);
  for (const _ of [1, 2]) expect((await api.call("DELETE", `/v1/clusters/${uuid}`)).status).toBe(204);
  expect((await api.call("GET", `/v1/clusters/${uuid}`)).body.status).toBe("DELETE_IN_PROGRESS");
  expect((await api.call("DELETE", "/v1/clusters/00000000-0000-0000-0000-000000000000")).status).toBe(404);
});
