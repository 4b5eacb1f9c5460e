/** Two API servers over one etcd, Debian's: clients must not be able to tell that there are two. */

import { type Client, ConfigMap, isConflict, isNotFound, type ObjectRef } from "@slipway/api";
import { connectEtcd } from "@slipway/etcd/connect.node.ts";
import { type RunningEtcd, startEtcd } from "@slipway/etcd/testing/etcd.node.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKubectl } from "../../../../../scripts/kubectl.mjs";
import type { StoredObject } from "../../registry/object.ts";
import { createObjectOptions } from "../../registry/objectoptions.ts";
import { createKubectl, type Kubectl } from "../../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../../testing/live.node.ts";
import { openEtcdStores } from "./etcdstores.ts";

let etcd: RunningEtcd;
let apis: readonly LiveApi[] = [];
let kubectls: readonly Kubectl[] = [];

beforeAll(async () => {
  etcd = await startEtcd();
  apis = await Promise.all(
    [1, 2].map(async () => {
      const stores = await openEtcdStores({ client: connectEtcd({ endpoints: [etcd.endpoint] }) });
      return startLiveApi({ storage: stores.store<StoredObject>("management", createObjectOptions()) });
    }),
  );
  kubectls = await Promise.all(
    apis.map(async (api) =>
      createKubectl(findKubectl(), api, await api.kubeconfig({ name: "admin", groups: ["system:masters"] }), "default"),
    ),
  );
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await etcd.stop();
});

const both = <T>(list: readonly T[]): readonly [T, T] => {
  const [one, two] = list;
  if (one === undefined || two === undefined) throw new Error("there are two");
  return [one, two];
};
const clients = (): readonly [Client, Client] => both(apis.map(({ api }) => api.client));
const ref = (name: string): ObjectRef => ({ namespace: "default", name });
const configMap = (name: string, data: { readonly [key: string]: string }) => ({
  apiVersion: "v1" as const,
  kind: "ConfigMap" as const,
  metadata: { name, namespace: "default" },
  data,
});

describe("two API servers over one etcd", () => {
  test("what one has acknowledged the other shows at once, with the same resourceVersion [API-435] [API-436] [API-459]", async () => {
    const [one, two] = clients();
    for (let n = 0; n < 50; n += 1) {
      const [writer, reader] = n % 2 === 0 ? [one, two] : [two, one];
      const made = await writer.create(ConfigMap, configMap(`seen-${n}`, { n: String(n) }));
      expect(await reader.get(ConfigMap, ref(`seen-${n}`))).toEqual(made);
      const listed = await reader.list(ConfigMap, { namespace: "default" });
      expect(listed.items.map(({ metadata }) => metadata.name)).toContain(`seen-${n}`);
      await reader.delete(ConfigMap, ref(`seen-${n}`));
      await expect(writer.get(ConfigMap, ref(`seen-${n}`))).rejects.toSatisfy(isNotFound);
    }
  });

  test("of writers at both exactly one wins each time, the others get a 409, and no update is lost [API-445]", async () => {
    const [one, two] = clients();
    await one.create(ConfigMap, configMap("counter", { n: "0" }));
    let conflicts = 0;
    const increments = 25;
    await Promise.all(
      [one, two, one, two].map(async (client) => {
        for (let done = 0; done < increments; ) {
          const current = await client.get(ConfigMap, ref("counter"));
          try {
            await client.update(ConfigMap, { ...current, data: { n: String(Number(current.data?.["n"]) + 1) } });
            done += 1;
          } catch (error) {
            if (!isConflict(error)) throw error;
            conflicts += 1;
          }
        }
      }),
    );
    expect((await two.get(ConfigMap, ref("counter"))).data).toEqual({ n: String(4 * increments) });
    expect(conflicts).toBeGreaterThan(0);
    // Patches are tried again by the servers themselves.
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 === 0 ? one : two).patch(ConfigMap, ref("counter"), { type: "merge", body: { data: { [`p${n}`]: "x" } } }),
      ),
    );
    expect(Object.keys((await one.get(ConfigMap, ref("counter"))).data ?? {})).toHaveLength(41);
  });

  test("watches at both tell the same events in the same order, and one goes on at the other where it was [API-437] [API-189]", async () => {
    const [one, two] = clients();
    const { metadata } = await one.list(ConfigMap, { namespace: "default" });
    const stop = new AbortController();
    const told = async (client: Client, from: string, until: string): Promise<string[]> => {
      const seen: string[] = [];
      const options = { namespace: "default", resourceVersion: from, signal: AbortSignal.any([stop.signal]) };
      for await (const event of client.watch(ConfigMap, options)) {
        if (event.type === "BOOKMARK") continue;
        seen.push(`${event.type} ${event.object.metadata.name} ${event.object.metadata.resourceVersion}`);
        if (event.object.metadata.name === until) break;
      }
      return seen;
    };
    let middle: string = metadata.resourceVersion ?? "";
    const watches = [told(one, middle, "last"), told(two, middle, "last")];
    for (let n = 0; n < 30; n += 1) {
      const client = n % 2 === 0 ? one : two;
      const made = await client.create(ConfigMap, configMap(`w-${n}`, {}));
      if (n === 15) middle = made.metadata.resourceVersion ?? "";
      if (n % 3 === 0) await client.delete(ConfigMap, ref(`w-${n}`));
    }
    await one.create(ConfigMap, configMap("last", {}));
    const [atOne, atTwo] = await Promise.all(watches);
    expect(atOne).toEqual(atTwo);
    expect(atOne).toHaveLength(41);
    const rest = await told(two, middle, "last");
    expect(rest.length).toBeGreaterThan(15);
    expect(rest).toEqual(atOne?.slice(-rest.length));
    stop.abort();
  });

  test("a kind that is installed at one is served by both, by kubectl [API-305] [API-459]", async () => {
    const [one, two] = both(kubectls);
    await one(
      "apply -f -",
      `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
`,
    );
    await two("wait crd widgets.example.org --for=condition=Established --timeout=20s");
    await two("apply --server-side -f -", "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w1}\nspec: {size: 3}\n");
    expect(await one("get widgets -o name")).toBe("widget.example.org/w1\n");
    await one("create namespace both");
    await two("create configmap inside -n both");
    await one("delete namespace both --timeout=30s");
    expect((await two.try("get namespace both")).stderr).toContain("NotFound");
  });

  test("with etcd gone answers what it has when any state will do, and says 503 when the newest is asked for [API-436]", async () => {
    const [one] = clients();
    await etcd.kill("SIGKILL");
    const [kubectl] = both(kubectls);
    expect(await kubectl("get --raw '/api/v1/namespaces/default/configmaps?resourceVersion=0'")).toContain('"counter"');
    await expect(one.get(ConfigMap, ref("counter"))).rejects.toMatchObject({ code: 503, reason: "ServiceUnavailable" });
    await expect(one.create(ConfigMap, configMap("lost", {}))).rejects.toMatchObject({ code: 503 });
    await etcd.start();
    await expect
      .poll(() => one.get(ConfigMap, ref("counter")).then(({ metadata }) => metadata.name, String), { timeout: 20_000 })
      .toBe("counter");
  });
});
