import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, latest, startCluster, type TestApi } from "../testing/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test.each([
  [undefined, "1.1"],
  ["container-infra latest", "1.14"],
  ["container-infra LATEST", "1.14"],
  ["nonsense latest", "1.14"],
  ["container-infra 1.9", "1.9"],
  ["container-infrastructure-management 1.12", "1.12"],
])(
  "header %s runs at %s, told by the long name [MAG-014] [MAG-015] [MAG-016] [MAG-020] [MAG-021] [MAG-022] [TRAP-01] [TRAP-02]",
  async (header, version) => {
    const { status, headers } = await api.call("GET", "/v1/clusters", {
      headers: header === undefined ? {} : { "OpenStack-API-Version": header },
    });
    expect(status).toBe(200);
    expect(headers.get("OpenStack-API-Version")).toBe(`container-infrastructure-management ${version}`);
    expect(headers.get("OpenStack-API-Maximum-Version")).toBe("container-infrastructure-management 1.14");
    expect(headers.get("OpenStack-API-Minimum-Version")).toBe("container-infrastructure-management 1.1");
    expect(headers.get("Vary")).toBe("OpenStack-API-Version");
    expect(headers.get("x-openstack-request-id")).toMatch(/^req-/);
  },
);

test.each([
  "1.10",
  "container-infra 1.1 compute 2.1",
  "compute 2.1",
  "container-infra abc",
  "container-infra 2.0",
  "container-infra 1.15",
  "container-infra 1.0",
])("header %s is not acceptable [MAG-017] [MAG-018] [MAG-019]", async (header) => {
  expect((await api.call("GET", "/v1/clusters", { headers: { "OpenStack-API-Version": header } })).status).toBe(406);
});

test("what is too new says which versions there are [MAG-019] [MAG-043]", async () => {
  const { body } = await api.call("GET", "/v1/clusters", { version: "1.99" });
  expect(body.errors[0]).toMatchObject({ code: "magnum.microversion-unsupported", min_version: "1.1", max_version: "1.14" });
});

test("the token is looked at before the version; a root document at neither [MAG-024] [MAG-003] [MAG-004] [MAG-023] [MAG-064]", async () => {
  expect((await api.call("GET", "/v1/clusters", { as: null, version: "9.9" })).status).toBe(401);
  expect((await api.call("GET", "/", { as: null, version: "9.9" })).body.versions[0]).toMatchObject({
    min_version: "1.1",
    max_version: "1.14",
  });
  expect((await api.call("GET", "/v1/", { as: null })).body).toMatchObject({ id: "v1", credentials: expect.any(Array) });
  expect((await api.call("GET", "/v1", { as: null, version: "9.9" })).status).toBe(406);
});

test.each([
  ["POST", "/v1/clusters/x/actions/resize", "1.6", 406],
  ["POST", "/v1/clusters/x/actions/upgrade", "1.6", 406],
  ["POST", "/v1/clusters/x/actions/upgrade", "1.7", 400],
  ["GET", "/v1/clusters/x/nodegroups", "1.8", 406],
  ["PATCH", "/v1/credentials/x", "1.11", 406],
  ["GET", "/v1/bays", "1.5", 404],
  ["GET", "/v1/clusters/x/detail", "1.5", 404],
])(
  "%s %s at %s is %d [MAG-025] [MAG-029] [MAG-030] [MAG-031] [MAG-034] [MAG-035] [MAG-097]",
  async (method, path, version, status) => {
    const body = method === "POST" ? { cluster_template: "x", node_count: 1 } : undefined;
    const called = await api.call(method, path, {
      version,
      body: method === "POST" ? (path.endsWith("resize") ? { node_count: 1 } : { cluster_template: "x" }) : body,
    });
    expect(called.status).toBe(status);
  },
);

test("clusters rename stack_id to cluster_id at 1.13, node groups never do [MAG-036] [MAG-037] [MAG-159]", async () => {
  const uuid = await startCluster(api);
  const old = (await api.call("GET", `/v1/clusters/${uuid}`, { version: "1.12" })).body;
  const now = (await api.call("GET", `/v1/clusters/${uuid}`, { version: "1.13" })).body;
  expect([old.stack_id, old.cluster_id]).toEqual([now.cluster_id, undefined]);
  expect(now.stack_id).toBeUndefined();
  expect(now.cluster_id).toMatch(/^kube-[a-z0-9]{5}$/);
  const group = (await api.call("GET", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).body;
  expect(group).toMatchObject({ stack_id: now.cluster_id, cluster_id: uuid });
});
