import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, detailOf, latest, startCluster, type TestApi } from "../../testing/api.ts";
import { PEOPLE } from "../../testing/tinycloud.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test("a missing or bad token is Keystone's own 401 [MAG-065]", async () => {
  for (const as of [null, "nonsense"]) {
    const { status, body, headers } = await api.call("GET", "/v1/clusters", { as });
    expect(status).toBe(401);
    expect(body.error).toMatchObject({ code: 401, title: "Unauthorized" });
    expect(headers.get("WWW-Authenticate")).toBe('Keystone uri="http://keystone.test/v3"');
  }
});

test("tokens are asked about once in a while, and not beyond their end [MAG-068]", async () => {
  const checks = () => api.cloud.log.filter((line) => line.endsWith("/auth/tokens")).length;
  await Promise.all([1, 2, 3].map(() => api.call("GET", "/v1/clusters")));
  expect(checks()).toBe(1);
  await api.clock.advance(61_000);
  await api.call("GET", "/v1/clusters");
  expect(checks()).toBe(2);
});

test("identity headers of the client count for nothing [MAG-067]", async () => {
  const { status } = await api.call("GET", "/v1/mservices", {
    headers: { "X-Roles": "admin", "X-Identity-Status": "Confirmed" },
  });
  expect(status).toBe(403);
});

test("without Keystone nobody is let in, and it is not their fault [MAG-066]", async () => {
  api.cloud.down.add("keystone.test");
  expect((await api.call("GET", "/v1/clusters")).status).toBe(503);
});

test("projects do not see each other; administrators see all, but may not resize or sign everywhere [MAG-071] [MAG-073] [MAG-074]", async () => {
  const uuid = await startCluster(api);
  for (const path of [`/v1/clusters/${uuid}`, "/v1/clusters/mine", `/v1/certificates/${uuid}`, `/v1/clusters/${uuid}/nodegroups`])
    expect((await api.call("GET", path, { as: "tenant-b", ...latest })).status, path).toBe(404);
  expect((await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-b" })).status).toBe(404);
  expect((await api.call("GET", `/v1/clusters/${uuid}`, { as: "admin" })).status).toBe(200);
  expect((await api.call("GET", "/v1/clusters", { as: "admin" })).body.clusters).toHaveLength(1);
  expect((await api.call("GET", "/v1/clusters", { as: "tenant-b" })).body.clusters).toEqual([]);
  const resize = { as: "admin", ...latest, body: { node_count: 2 } };
  expect((await api.call("POST", `/v1/clusters/${uuid}/actions/resize`, resize)).status).toBe(404);
  expect((await api.call("GET", `/v1/certificates/${uuid}`, { as: "admin" })).status).toBe(404);
});

test("readers read, members write, and only the creator has the certificates [MAG-059] [MAG-076] [MAG-077] [MAG-079] [MAG-080] [TRAP-11]", async () => {
  const uuid = await startCluster(api);
  expect((await api.call("GET", `/v1/clusters/${uuid}`, { as: "tenant-a-reader" })).status).toBe(200);
  const refused = await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-a-reader" });
  expect([refused.status, detailOf(refused)]).toEqual([403, "Policy doesn't allow cluster:delete to be performed."]);
  expect((await api.call("GET", `/v1/certificates/${uuid}`, { as: "tenant-a-colleague" })).status).toBe(403);
  expect((await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-a-colleague" })).status).toBe(204);
});

test("an application credential with access rules opens only the doors they name [MAG-070]", async () => {
  const rules = [{ service: "container-infra", method: "GET", path: "/v1/clusters" }];
  Object.assign(PEOPLE, { narrow: { ...PEOPLE["tenant-a"], accessRules: rules } });
  expect((await api.call("GET", "/v1/clusters", { as: "narrow" })).status).toBe(200);
  expect((await api.call("GET", "/v1/clustertemplates", { as: "narrow" })).status).toBe(401);
});

test("a service token beside the user's must be valid and a service's [MAG-069]", async () => {
  Object.assign(PEOPLE, { horizon: { userId: "h", projectId: "s", roles: ["service"] } });
  const status = async (token: string) =>
    (await api.call("GET", "/v1/clusters", { headers: { "X-Service-Token": token } })).status;
  expect(await status("horizon")).toBe(200);
  expect(await status("nonsense")).toBe(401);
  expect(await status("tenant-b")).toBe(401);
});
