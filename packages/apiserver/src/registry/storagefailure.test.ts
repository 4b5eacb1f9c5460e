import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createKubernetesApi } from "../kubernetesapi.ts";
import { openLmdb } from "../storage/lmdb.node.ts";
import { resourcePrefix } from "./keys.ts";
import type { StoredObject } from "./object.ts";
import { createObjectOptions } from "./objectoptions.ts";

describe("an API whose store is full", () => {
  test("answers writes with a Status in etcd's words, serves reads and deletes, and takes writes again when there is room [API-454] [API-439]", async () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-fullapi-"));
    const stores = openLmdb({ path, maximumBytes: 6 * 1024 * 1024 });
    const api = await createKubernetesApi({
      storage: stores.store<StoredObject>("management", createObjectOptions()),
      authorization: "always",
    });
    const ask = async (method: string, name: string, body?: object) => {
      const url = `http://api/api/v1/namespaces/default/configmaps${name}`;
      const headers = { "content-type": "application/json" };
      const response = await api.server.fetch(
        new Request(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
      );
      return { code: response.status, object: (await response.json()) as { readonly [field: string]: unknown } };
    };
    const make = (n: number) =>
      ask("POST", "", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c-${n}` }, data: { text: "x".repeat(50_000) } });
    let made = 0;
    let answer = await make(0);
    while (answer.code === 201 && made < 500) {
      made += 1;
      answer = await make(made);
    }
    expect(answer).toMatchObject({
      code: 500,
      object: { kind: "Status", status: "Failure", code: 500, message: "etcdserver: mvcc: database space exceeded" },
    });
    expect(await ask("GET", "/c-0")).toMatchObject({ code: 200, object: { metadata: { name: "c-0" } } });
    expect(((await ask("GET", "")).object["items"] as unknown[]).length).toBeGreaterThanOrEqual(made);
    expect((await ask("PATCH", "/c-0", { data: { text: "y" } })).code).not.toBe(200);
    for (let n = 1; n < made; n += 1) expect((await ask("DELETE", `/c-${n}`)).code).toBe(200);
    expect((await make(1000)).code).toBe(201);
    await api.close();
    await stores.close();
    rmSync(path, { recursive: true });
  });
});

describe("keys in the store", () => {
  test("are as upstream's: by group, resource, namespace and name, so that their order is a list's [API-458] [API-175]", async () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-keys-"));
    const stores = openLmdb({ path });
    const storage = stores.store<StoredObject>("management", createObjectOptions());
    const api = await createKubernetesApi({ storage, authorization: "always" });
    const make = (plural: string, kind: string, namespace: string, name: string) =>
      api.client.create(
        { group: plural === "leases" ? "coordination.k8s.io" : "", version: "v1", kind, plural, scope: "Namespaced" },
        { apiVersion: plural === "leases" ? "coordination.k8s.io/v1" : "v1", kind, metadata: { name, namespace } },
      );
    await make("configmaps", "ConfigMap", "kube-system", "b");
    await make("configmaps", "ConfigMap", "default", "z");
    await make("configmaps", "ConfigMap", "default", "a");
    await make("leases", "Lease", "default", "l");
    expect(storage.list(resourcePrefix({ group: "", plural: "configmaps" })).items.map(({ key }) => key)).toEqual([
      "/registry/core/configmaps/default/a",
      "/registry/core/configmaps/default/z",
      "/registry/core/configmaps/kube-system/b",
    ]);
    expect(storage.get("/registry/coordination.k8s.io/leases/default/l")?.value.metadata.name).toBe("l");
    expect(storage.get("/registry/core/namespaces/default")?.value.kind).toBe("Namespace");
    await api.close();
    await stores.close();
    rmSync(path, { recursive: true });
  });
});
