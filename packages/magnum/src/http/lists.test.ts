import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, startCluster, startTemplate, type TestApi } from "../testing/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test("pages follow each other until an empty one; limits are cut, zero is refused [MAG-089] [MAG-090] [MAG-091] [MAG-092] [MAG-093] [MAG-094] [MAG-095] [TRAP-03]", async () => {
  await api.api.close();
  api = await createTestApi({ maxLimit: 2 });
  for (const name of ["b", "a", "c", "d"]) await startTemplate(api, { name });
  const get = (query: string) => api.call("GET", `/v1/clustertemplates${query}`);
  const seen: string[] = [];
  for (let next: string | undefined = "?sort_key=name&limit=5000"; next !== undefined; ) {
    const { body, status } = await get(next);
    expect(status).toBe(200);
    seen.push(...body.clustertemplates.map(({ name }: { name: string }) => name));
    next = body.next === undefined ? undefined : new URL(body.next).search;
  }
  expect(seen).toEqual(["a", "b", "c", "d"]);
  expect((await get("?sort_dir=desc&sort_key=name&limit=1")).body.clustertemplates[0].name).toBe("d");
  for (const bad of ["?limit=0", "?limit=-1", "?limit=x", "?sort_dir=up", "?sort_key=nope", "?marker=nope"])
    expect((await get(bad)).status, bad).toBe(400);
  expect((await get("?marker=00000000-0000-0000-0000-000000000000")).status).toBe(404);
  expect((await api.call("GET", "/v1/clusters?sort_key=node_count")).status).toBe(400);
});

test("links lead back here, in both forms, and a path without v1 is the same [MAG-008] [MAG-010] [MAG-063] [MAG-154]", async () => {
  const uuid = await startCluster(api);
  const { body } = await api.call("GET", `/clusters/${uuid}/`);
  expect(body.links).toEqual([
    { href: `http://magnum.test:9511/v1/clusters/${uuid}`, rel: "self" },
    { href: `http://magnum.test:9511/clusters/${uuid}`, rel: "bookmark" },
  ]);
});
