import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, detailOf, latest, startTemplate, TEMPLATE, type TestApi } from "../../testing/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test("in use they keep what clusters were made from [MAG-146] [MAG-147]", async () => {
  const id = await startTemplate(api);
  await api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } });
  const patch = (body: object[]) => api.call("PATCH", `/v1/clustertemplates/${id}`, { body });
  expect((await patch([{ op: "replace", path: "/flavor_id", value: "m1.medium" }])).status).toBe(400);
  expect((await patch([{ op: "replace", path: "/name", value: "b" }])).body.name).toBe("b");
  expect((await patch([{ op: "replace", path: "/tags", value: "a,b" }])).body.tags).toBe("a,b");
  expect(
    (
      await patch([
        { op: "replace", path: "/tags", value: "c" },
        { op: "replace", path: "/name", value: "c" },
      ])
    ).status,
  ).toBe(400);
  const refused = await api.call("DELETE", `/v1/clustertemplates/${id}`);
  expect(detailOf(refused)).toBe(`ClusterTemplate ${id} is referenced by one or multiple clusters.`);
});

test("public ones are everybody's to use, hidden ones nobody's [MAG-100] [MAG-140] [MAG-142] [MAG-148] [MAG-184]", async () => {
  const open = await startTemplate(api, { name: "open", public: true }, "admin");
  const hidden = await startTemplate(api, { name: "hidden", public: true, hidden: true }, "admin");
  const own = await startTemplate(api, { name: "own" });
  const seen = async (as: string) =>
    (await api.call("GET", "/v1/clustertemplates", { as })).body.clustertemplates.map(({ uuid }: { uuid: string }) => uuid);
  expect((await seen("tenant-b")).toSorted()).toEqual([open]);
  expect((await seen("admin")).toSorted()).toEqual([open, hidden, own].toSorted());
  expect((await api.call("GET", `/v1/clustertemplates/${hidden}`, { as: "tenant-b" })).status).toBe(404);
  expect((await api.call("DELETE", `/v1/clustertemplates/${open}`, { as: "tenant-b" })).status).toBe(403);
  expect(
    (await api.call("POST", "/v1/clusters", { as: "tenant-b", ...latest, body: { cluster_template_id: hidden } })).status,
  ).toBe(404);
});

test("patches take what clients print: JSON text, Python's dictionaries, single labels [MAG-194] [MAG-195] [MAG-196] [MAG-198] [MAG-199] [MAG-200] [MAG-201] [MAG-203] [MCLI-033] [TRAP-05]", async () => {
  const id = await startTemplate(api);
  const patch = (...body: object[]) => api.call("PATCH", `/v1/clustertemplates/${id}`, { body });
  expect((await patch({ op: "replace", path: "/labels", value: "{'kube_tag': 'v1.31.1', 'x': True}" })).body.labels).toEqual({
    kube_tag: "v1.31.1",
    x: "True",
  });
  expect((await patch({ op: "add", path: "/labels/y", value: 5 })).body.labels).toMatchObject({ y: "5" });
  expect((await patch({ op: "remove", path: "/labels/x" })).body.labels).toEqual({ kube_tag: "v1.31.1", y: "5" });
  expect((await patch({ op: "replace", path: "/tls_disabled", value: "True" })).body.tls_disabled).toBe(true);
  expect((await patch({ op: "remove", path: "/docker_volume_size" })).body.docker_volume_size).toBeNull();
  expect((await patch({ op: "remove", path: "/floating_ip_enabled" })).body.floating_ip_enabled).toBe(true);
  const refusals: readonly object[] = [
    { op: "replace", path: "/labels", value: { a: "b" } },
    { op: "replace", path: "/labels", value: "a=b,c=d" },
    { op: "add", path: "/name", value: "x" },
    { op: "replace", path: "/nope", value: "x" },
    { op: "replace", path: "/name" },
    { op: "remove", path: "/labels/never" },
    { op: "replace", path: "/uuid", value: "x" },
    { op: "move", path: "/name", value: "x" },
  ];
  for (const one of refusals) expect((await patch(one)).status, JSON.stringify(one)).toBe(400);
  expect((await api.call("PATCH", "/v1/clustertemplates/00000000-0000-0000-0000-000000000000", { body: TEMPLATE })).status).toBe(
    400,
  );
});
