import { afterAll, beforeAll, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../../kubernetesapi.ts";
import { basicResource } from "../../registry/basics.ts";
import { createCatalog } from "../../registry/catalog.ts";
import { stampObject } from "../../registry/core.ts";
import type { StoredObject } from "../../registry/object.ts";
import { createMemoryStorage } from "../../storage/memory.ts";
import { wireTo } from "../../testing/wire.ts";
import { createGroups, keptByGroup } from "./groups.ts";

let api: KubernetesApi;
beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
  });
  for (const plural of ["lamps", "chairs"]) await wire("POST", definitions, crd(plural, "first"));
});
afterAll(() => api.close());
const wire = wireTo(() => api.server);
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const crd = (plural: string, description: string) => ({
  metadata: { name: `${plural}.${plural}.example.com` },
  spec: {
    group: `${plural}.example.com`,
    scope: "Namespaced",
    names: { plural, kind: plural[0]?.toUpperCase() + plural.slice(1) },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", description, maximum: 5 } } } },
      },
    ],
  },
});
const urls = async (): Promise<{ readonly [path: string]: string }> =>
  Object.fromEntries(
    Object.entries((await wire("GET", "/openapi/v3")).body.paths as { [path: string]: { serverRelativeURL: string } }).map(
      ([path, { serverRelativeURL }]) => [path, serverRelativeURL],
    ),
  );

test("a change of one CRD changes the address of its own document and no other, and the whole of v2 [API-062] [API-063] [API-071]", async () => {
  const before = await urls();
  const two = async () => wire("GET", "/openapi/v2", undefined, { accept: "application/json" });
  const old = await two();
  await wire.patch(`${definitions}/lamps.lamps.example.com`, "merge-patch+json", { spec: crd("lamps", "second").spec });
  const after = await urls();
  const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
  expect(changed).toEqual(["apis/lamps.example.com/v1"]);
  const path = before["apis/lamps.example.com/v1"] ?? "";
  const stale = await wire("GET", path);
  expect([stale.status, stale.headers.get("location")]).toEqual([301, after["apis/lamps.example.com/v1"]]);
  expect((await wire("GET", after["apis/lamps.example.com/v1"] ?? "")).text).toContain('"description":"second"');
  const now = await two();
  expect(now.headers.get("etag")).not.toBe(old.headers.get("etag"));
  expect(now.body.definitions["com.example.lamps.v1.Lamps"].properties.spec.description).toBe("second");
  expect(now.body.definitions["com.example.chairs.v1.Chairs"].properties.spec.description).toBe("first");
  expect((await wire("GET", "/openapi/v2", undefined, { "if-none-match": now.headers.get("etag") ?? "" })).status).toBe(304);
});

test("a shape that one kind is and another only holds says what it is in v2 [API-072]", async () => {
  const { body } = await wire("GET", "/openapi/v2", undefined, { accept: "application/json" });
  for (const [name, kind] of [
    ["io.k8s.api.core.v1.PersistentVolumeClaim", "PersistentVolumeClaim"],
    ["io.k8s.api.core.v1.Pod", "Pod"],
  ])
    expect(body.definitions[name ?? ""]["x-kubernetes-group-version-kind"]).toMatchObject([{ version: "v1", kind }]);
});

test("what is made of a group version is made anew only for those whose resources changed, and forgotten with them [API-071]", () => {
  const thing = (group: string) => basicResource(`${group}/v1`, "Thing", "things", "Namespaced");
  const catalog = createCatalog([thing("fixed.example.com")]);
  const made: string[] = [];
  const of = keptByGroup(createGroups(catalog), (resources) => made.push(resources[0]?.group ?? "?"));
  const all = () => ["fixed", "a", "b"].map((name) => of(`apis/${name}.example.com/v1`));
  catalog.replace("a", [thing("a.example.com")]);
  catalog.replace("b", [thing("b.example.com")]);
  all();
  all();
  expect(made).toEqual(["fixed.example.com", "a.example.com", "b.example.com"]);
  catalog.replace("b", [thing("b.example.com")]);
  all();
  expect(made.slice(3)).toEqual(["b.example.com"]);
  catalog.replace("a", []);
  expect(all()[1]).toBeUndefined();
});
