import { MAGNUM_NAMESPACE, Secret } from "@slipway/api";
import { createCertificateAuthority, generateKeyPair, textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, latest, startCluster, startTemplate, type TestApi } from "../../testing/api.ts";
import { PEOPLE } from "../../testing/tinycloud.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

const project = PEOPLE["tenant-a"]?.projectId ?? "";

test("a quota is a plain document; without one the default holds [MAG-282] [MAG-283] [MAG-284] [MAG-285] [MAG-286] [MAG-287] [MCLI-041] [TRAP-12]", async () => {
  const path = `/v1/quotas/${project}/Cluster`;
  expect((await api.call("GET", path)).body).toEqual({ hard_limit: 20, project_id: project, resource: "Cluster" });
  expect((await api.call("GET", path, { as: "tenant-b" })).status).toBe(403);
  const create = (body: object) => api.call("POST", "/v1/quotas", { as: "admin", body });
  expect((await create({ resource: "Cluster", hard_limit: 3 })).status).toBe(400);
  expect((await create({ project_id: "nobody", hard_limit: 3 })).status).toBe(404);
  expect((await create({ project_id: project, hard_limit: 3 })).body).toMatchObject({ id: expect.any(Number), hard_limit: 3 });
  expect((await create({ project_id: project, hard_limit: 3 })).status).toBe(409);
  expect((await api.call("PATCH", path, { as: "admin", body: { hard_limit: 5 } })).body).toMatchObject({ hard_limit: 5 });
  expect((await api.call("GET", "/v1/quotas", { as: "admin" })).body.quotas).toEqual([]);
  expect((await api.call("GET", "/v1/quotas?all_tenants=True", { as: "admin" })).body.quotas).toHaveLength(1);
  expect((await api.call("DELETE", path, { as: "admin" })).status).toBe(204);
  expect((await api.call("DELETE", path, { as: "admin" })).status).toBe(404);
});

test("statistics count machines of all groups, in one's own project [MAG-288] [MAG-289]", async () => {
  await startCluster(api, { node_count: 2, master_count: 3 });
  expect((await api.call("GET", `/v1/stats?project_id=${project}`)).body).toEqual({ clusters: 1, nodes: 5 });
  expect((await api.call("GET", "/v1/stats", { as: "admin" })).body).toEqual({ clusters: 1, nodes: 5 });
  expect((await api.call("GET", "/v1/stats", { as: "tenant-b" })).body).toEqual({ clusters: 0, nodes: 0 });
  expect((await api.call("GET", `/v1/stats?project_id=${project}`, { as: "tenant-b" })).status).toBe(403);
  expect((await api.call("GET", "/v1/stats?type=nope")).status).toBe(400);
});

test("administrators see one service, up [MAG-290] [MAG-291] [CONF-031] [CONF-032]", async () => {
  expect((await api.call("GET", "/v1/mservices")).status).toBe(403);
  await api.clock.advance(130_000);
  expect((await api.call("GET", "/v1/mservices", { as: "admin" })).body.mservices).toMatchObject([
    { id: 1, state: "up", binary: "magnum-conductor", report_count: 3 },
  ]);
  expect((await api.call("GET", "/v1/mservices?limit=1", { as: "admin" })).status).toBe(400);
});

test("federations are taken and come to nothing, as upstream's do [MAG-292] [MAG-293]", async () => {
  const host = await startCluster(api);
  const post = (body: object) => api.call("POST", "/v1/federations", { body });
  expect((await post({ name: "f" })).status).toBe(400);
  expect((await post({ name: "f", hostcluster_id: "nope", properties: { "dns-zone": "x" } })).status).toBe(404);
  expect((await post({ name: "f", hostcluster_id: host, properties: {} })).status).toBe(400);
  expect((await post({ name: "f", hostcluster_id: host, properties: { "dns-zone": "x" } })).status).toBe(202);
  expect((await api.call("GET", "/v1/federations")).body).toEqual({ federations: [] });
});

test("a rotation of the CA is for members of the project, and for a cluster at rest that has one [MAG-265] [MAG-267] [MCLI-002]", async () => {
  const uuid = await startCluster(api);
  const rotate = (as = "tenant-a") =>
    api.call("PATCH", `/v1/certificates/${uuid}`, { as, headers: { "Content-Type": "application/octet-stream" } });
  await api.settle(uuid, "CREATE_COMPLETE");
  expect((await rotate()).status).toBe(409);
  const { name } = (await api.cluster(uuid)).metadata;
  const made = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now: api.clock.now() });
  await api.api.client.create(Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${name}-ca`, namespace: MAGNUM_NAMESPACE },
    data: { "tls.crt": textToBase64(made.certificatePem), "tls.key": textToBase64(made.privateKeyPem) },
  });
  expect((await rotate("tenant-a-reader")).status).toBe(403);
  expect((await rotate("tenant-b")).status).toBe(404);
  expect((await rotate("admin")).status).toBe(404);
  await api.settle(uuid, "UPDATE_IN_PROGRESS");
  expect((await rotate()).status).toBe(400);
  await api.settle(uuid, "CREATE_COMPLETE");
  const answer = await rotate("tenant-a-colleague");
  expect([answer.status, answer.body]).toEqual([202, { uuid }]);
  expect((await api.call("GET", `/v1/clusters/${uuid}`)).body.status).toBe("UPDATE_IN_PROGRESS");
  const refused = await rotate();
  expect([refused.status, refused.body.errors[0].detail]).toEqual([
    400,
    'Rotating the CA certificate when status is "UPDATE_IN_PROGRESS" is not supported.',
  ]);
  const plain = await startCluster(api, { cluster_template_id: await startTemplate(api, { tls_disabled: true }) });
  await api.settle(plain, "CREATE_COMPLETE");
  const without = await api.call("PATCH", `/v1/certificates/${plain}`);
  expect([without.status, without.body.errors[0].detail]).toEqual([
    400,
    "Rotating the CA certificate on a non-TLS cluster is not supported",
  ]);
  const shown = await api.call("GET", `/v1/certificates/${uuid}`);
  expect(shown.body.pem).toBe(made.certificatePem.trim());
  expect(shown.body.links[0].href).toBe(`http://magnum.test:9511/v1/certificates/${uuid}`);
});

test("a credential is replaced in its Secret and the caller owns the cluster then; not while the cluster is made or goes [MAG-268] [DRV-178]", async () => {
  const uuid = await startCluster(api);
  const rotate = (as = "tenant-a") => api.call("PATCH", `/v1/credentials/${uuid}`, { ...latest, as });
  expect((await rotate()).status).toBe(400);
  await api.settle(uuid, "CREATE_COMPLETE");
  const { name } = (await api.cluster(uuid)).metadata;
  const secret = () => api.api.client.get(Secret, { namespace: MAGNUM_NAMESPACE, name: `${name}-cloud-config` });
  const before = await secret();
  expect((await rotate("tenant-b")).status).toBe(404);
  expect((await rotate("tenant-a-reader")).status).toBe(403);
  const answer = await rotate("tenant-a-colleague");
  expect([answer.status, answer.body]).toEqual([202, { uuid }]);
  const after = await secret();
  expect(after.data?.["clouds.yaml"]).not.toBe(before.data?.["clouds.yaml"]);
  const [owner, credential] = after.metadata.annotations?.["magnum.slipway.dev/application-credential"]?.split("/") ?? [];
  expect(textFromBase64(after.data?.["clouds.yaml"] ?? "")).toContain(credential);
  expect([owner, (await api.cluster(uuid)).spec.userId]).toEqual([
    PEOPLE["tenant-a-colleague"]?.userId,
    PEOPLE["tenant-a-colleague"]?.userId,
  ]);
});
