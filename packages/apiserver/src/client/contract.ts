import {
  type Client,
  isAlreadyExists,
  isConflict,
  isExpired,
  isInvalid,
  isNotFound,
  type KubeObject,
  type Resource,
  type Status,
  type Stored,
  type UnstructuredObject,
  type WatchEvent,
} from "@slipway/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

export interface ContractClient {
  readonly client: Client;
  close(): Promise<void>;
}

interface Data extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}
type Any = UnstructuredObject;

const ConfigMap: Resource<Data> = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" };
const Namespace: Resource<Any> = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" };
const Crd: Resource<Any> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};
const Sample: Resource<Any> = {
  group: "contract.slipway.dev",
  version: "v1",
  kind: "Sample",
  plural: "samples",
  scope: "Namespaced",
};
const namespace = "contract";

const sampleCrd: Any = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "samples.contract.slipway.dev" },
  spec: {
    group: Sample.group,
    scope: "Namespaced",
    names: { plural: Sample.plural, kind: Sample.kind },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  replicas: { type: "integer", minimum: 0 },
                  mode: { type: "string", default: "auto" },
                  note: { type: "string" },
                },
              },
              status: { type: "object", properties: { replicas: { type: "integer" }, ready: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
};

const sample = (name: string, spec: object = {}, metadata: object = {}): Any => ({
  apiVersion: "contract.slipway.dev/v1",
  kind: "Sample",
  metadata: { name, namespace, ...metadata },
  spec: { ...spec },
});
const ref = (name: string) => ({ namespace, name });

/** What every way to a Kubernetes API promises to our controllers: in process, over HTTP to our server, over HTTP to any other. */
export const clientContract = (name: string, create: () => Promise<ContractClient>): void => {
  describe(`${name} client`, () => {
    let made: ContractClient;
    let client: Client;
    beforeAll(async () => {
      made = await create();
      client = made.client;
      await client
        .create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
        .catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
      await client.create(Crd, sampleCrd).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
      await until(async () => {
        await client.list(Sample);
        return true;
      });
    });
    beforeEach(async () => {
      for (const { metadata } of (await client.list(Sample, { namespace })).items) {
        if (metadata.finalizers !== undefined) {
          await client
            .patch(Sample, ref(metadata.name), { type: "merge", body: { metadata: { finalizers: null } } })
            .catch(() => undefined);
        }
      }
      await client.deleteCollection(Sample, { namespace });
      await until(async () => (await client.list(Sample, { namespace })).items.length === 0);
    });
    afterAll(() => made.close());

    test("what is created is read back, with what the server added [API-127] [API-460]", async () => {
      const stored = await client.create(Sample, sample("a", { replicas: 1 }, { labels: { x: "y" } }));
      expect(stored).toMatchObject({
        kind: "Sample",
        spec: { replicas: 1, mode: "auto" },
        metadata: { generation: 1, labels: { x: "y" } },
      });
      expect(await client.get(Sample, ref("a"))).toEqual(stored);
      const generated = await client.create(Sample, sample("", {}, { name: undefined, generateName: "made-" }));
      expect(generated.metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    test("refusals are ApiErrors with Kubernetes' reasons and details [API-012] [API-025] [API-027] [API-T13]", async () => {
      const missing = await client.get(Sample, ref("nobody")).catch((error: unknown) => error);
      expect(missing).toSatisfy(isNotFound);
      expect(missing).toMatchObject({
        code: 404,
        message: 'samples.contract.slipway.dev "nobody" not found',
        details: { name: "nobody", group: Sample.group, kind: "samples" },
      });
      await client.create(Sample, sample("a"));
      await expect(client.create(Sample, sample("a"))).rejects.toSatisfy(isAlreadyExists);
      const wrong = await client.create(Sample, sample("b", { replicas: -1 })).catch((error: unknown) => error);
      expect(wrong).toSatisfy(isInvalid);
      expect(wrong).toMatchObject({
        details: {
          kind: "Sample",
          // The schema refuses it, and so does what a Scale can show.
          causes: expect.arrayContaining([expect.objectContaining({ field: "spec.replicas", reason: "FieldValueInvalid" })]),
        },
      });
      await expect(
        client.create(ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "nowhere" } }),
      ).rejects.toMatchObject({
        reason: "NotFound",
        message: 'namespaces "nowhere" not found',
      });
      await expect(client.list({ ...Sample, plural: "unknowns" })).rejects.toSatisfy(isNotFound);
    });

    test("an update with a stale revision is a conflict, one that changes nothing is no write [API-142] [API-143]", async () => {
      const first = await client.create(Sample, sample("a", { replicas: 1 }));
      const second = await client.update(Sample, { ...first, spec: { ...first.spec, replicas: 2 } });
      expect(second.metadata.generation).toBe(2);
      await expect(client.update(Sample, { ...first, spec: { replicas: 3 } })).rejects.toSatisfy(isConflict);
      const same = await client.update(Sample, second);
      expect(same.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
      await expect(client.update(Sample, sample("nobody", {}, { resourceVersion: "1" }))).rejects.toSatisfy(isNotFound);
    });

    test("spec and status are written through their own doors [API-139] [API-140] [API-T15]", async () => {
      const first = await client.create(Sample, { ...sample("a", { replicas: 1 }), status: { ready: true } });
      expect(first.status).toBeUndefined();
      const second = await client.update(
        Sample,
        { ...first, spec: { replicas: 9 }, metadata: { ...first.metadata, labels: { sneaky: "yes" } }, status: { ready: true } },
        { subresource: "status" },
      );
      expect(second).toMatchObject({ spec: { replicas: 1 }, status: { ready: true }, metadata: { generation: 1 } });
      expect(second.metadata.labels).toBeUndefined();
      const third = await client.patch(Sample, ref("a"), {
        type: "merge",
        body: { status: { ready: false }, spec: { note: "n" } },
      });
      expect(third).toMatchObject({ spec: { note: "n" }, status: { ready: true }, metadata: { generation: 2 } });
    });

    test("patches of every kind are applied to what is there [API-226] [API-227] [API-228] [API-247]", async () => {
      await client.create(Sample, sample("a", { replicas: 1, note: "old" }, { labels: { a: "1", b: "2" } }));
      const merged = await client.patch(Sample, ref("a"), {
        type: "merge",
        body: { metadata: { labels: { a: null } }, spec: { note: "new" } },
      });
      expect(merged).toMatchObject({ metadata: { labels: { b: "2" } }, spec: { replicas: 1, note: "new" } });
      const json = await client.patch(Sample, ref("a"), {
        type: "json",
        body: [
          { op: "test", path: "/spec/note", value: "new" },
          { op: "replace", path: "/spec/replicas", value: 5 },
          { op: "add", path: "/metadata/labels/c~1d", value: "3" },
        ],
      });
      expect(json).toMatchObject({ metadata: { labels: { b: "2", "c/d": "3" } }, spec: { replicas: 5 } });
      const failing = client.patch(Sample, ref("a"), {
        type: "json",
        body: [{ op: "test", path: "/spec/note", value: "other" }],
      });
      await expect(failing).rejects.toMatchObject({ reason: "Invalid", code: 422 });
      await expect(client.patch(Sample, ref("nobody"), { type: "merge", body: {} })).rejects.toSatisfy(isNotFound);
      const optimistic = { metadata: { resourceVersion: merged.metadata.resourceVersion }, spec: { note: "x" } };
      await expect(client.patch(Sample, ref("a"), { type: "merge", body: optimistic })).rejects.toSatisfy(isConflict);

      const body = { apiVersion: "contract.slipway.dev/v1", kind: "Sample", metadata: ref("b"), spec: { note: "mine" } };
      const created = await client.patch(Sample, ref("b"), { type: "apply", body }, { fieldManager: "one" });
      expect(created.spec).toMatchObject({ note: "mine" });
      const other = { ...body, spec: { note: "theirs" } };
      await expect(client.patch(Sample, ref("b"), { type: "apply", body: other }, { fieldManager: "two" })).rejects.toMatchObject(
        {
          reason: "Conflict",
          details: { causes: [{ reason: "FieldManagerConflict", field: ".spec.note" }] },
        },
      );
      const forced = await client.patch(Sample, ref("b"), { type: "apply", body: other }, { fieldManager: "two", force: true });
      expect(forced.spec).toMatchObject({ note: "theirs" });
      expect(forced.metadata.managedFields).toMatchObject([
        { manager: "two", operation: "Apply", fieldsV1: { "f:spec": { "f:note": {} } } },
      ]);
    });

    test("scale reads and writes one number of the object [API-291] [API-292]", async () => {
      await client.create(Sample, sample("a", { replicas: 3 }));
      const scaled = (await client.patch(
        Sample,
        ref("a"),
        { type: "merge", body: { spec: { replicas: 4 } } },
        { subresource: "scale" },
      )) as Stored<KubeObject>;
      expect(scaled).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 4 } });
      expect((await client.get(Sample, ref("a"))).spec).toMatchObject({ replicas: 4 });
    });

    test("a dry run answers as the write would and stores nothing [API-276] [API-277]", async () => {
      const dry = await client.create(Sample, sample("a", { replicas: 1 }), { dryRun: true });
      expect(dry.metadata.uid).toBeTruthy();
      await expect(client.get(Sample, ref("a"))).rejects.toSatisfy(isNotFound);
      await client.create(Sample, sample("a", { replicas: 1 }));
      await client.delete(Sample, ref("a"), { dryRun: true });
      expect((await client.get(Sample, ref("a"))).metadata.deletionTimestamp).toBeUndefined();
    });

    test("unknown fields are refused when asked to, and dropped otherwise [API-272] [API-273]", async () => {
      const body = sample("a", { bogus: 1 });
      await expect(client.create(Sample, body, { fieldValidation: "Strict" })).rejects.toMatchObject({
        code: 400,
        message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"'),
      });
      expect((await client.create(Sample, body)).spec).toEqual({ mode: "auto" });
    });

    test("deletion waits for finalizers and honours preconditions [API-152] [API-154] [API-156] [API-T17]", async () => {
      const free = await client.create(Sample, sample("free"));
      await expect(client.delete(Sample, ref("free"), { preconditions: { uid: "other" } })).rejects.toSatisfy(isConflict);
      const gone = (await client.delete(Sample, ref("free"), { preconditions: { uid: free.metadata.uid } })) as Status;
      expect(gone).toMatchObject({
        kind: "Status",
        status: "Success",
        details: { name: "free", kind: "samples", uid: free.metadata.uid },
      });
      await client.create(Sample, sample("held", {}, { finalizers: ["contract.slipway.dev/hold"] }));
      const held = await client.delete(Sample, ref("held"));
      expect(held).toMatchObject({
        kind: "Sample",
        metadata: { deletionTimestamp: expect.any(String), finalizers: ["contract.slipway.dev/hold"] },
      });
      await client.patch(Sample, ref("held"), { type: "merge", body: { metadata: { finalizers: null } } });
      await expect(client.get(Sample, ref("held"))).rejects.toSatisfy(isNotFound);
      await expect(client.delete(Sample, ref("held"))).rejects.toSatisfy(isNotFound);
    });

    test("what an owner leaves behind is collected [API-160] [API-161]", async () => {
      const owner = await client.create(Sample, sample("owner"));
      const ownerReferences = [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: "owner", uid: owner.metadata.uid, blockOwnerDeletion: true },
      ];
      await client.create(Sample, sample("child", {}, { ownerReferences }));
      await client.delete(Sample, ref("owner"), { propagationPolicy: "Foreground" });
      await until(async () => (await client.list(Sample, { namespace })).items.length === 0);
    });

    test("lists come in order, by selector, and in pages of one state [API-175] [API-182] [API-183] [API-T06]", async () => {
      for (const name of ["e", "b", "d", "a", "c"])
        await client.create(Sample, sample(name, {}, { labels: { odd: String("ace".includes(name)) } }));
      const names = (list: { readonly items: readonly KubeObject[] }) => list.items.map((item) => item.metadata.name);
      expect(names(await client.list(Sample, { namespace }))).toEqual(["a", "b", "c", "d", "e"]);
      expect(names(await client.list(Sample, { namespace, labelSelector: "odd=true" }))).toEqual(["a", "c", "e"]);
      expect(names(await client.list(Sample, { fieldSelector: "metadata.name=d" }))).toEqual(["d"]);
      const first = await client.list(Sample, { namespace, limit: 2 });
      expect([names(first), first.metadata.remainingItemCount]).toEqual([["a", "b"], 3]);
      await client.delete(Sample, ref("c"));
      const rest = await client.list(Sample, { namespace, limit: 10, continue: first.metadata.continue ?? "" });
      expect(names(rest)).toEqual(["c", "d", "e"]);
      expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      expect(rest.metadata.continue ?? "").toBe("");
      await expect(client.list(Sample, { labelSelector: "a in b" })).rejects.toMatchObject({ reason: "BadRequest" });
    });

    test("a watch from a list's revision tells every later change once, in order [API-176] [API-189] [API-T03]", async () => {
      await client.create(Sample, sample("a"));
      const { metadata } = await client.list(Sample, { namespace });
      const events = collect(client, { resourceVersion: metadata.resourceVersion ?? "" });
      await client.create(Sample, sample("b"));
      await client.patch(Sample, ref("a"), { type: "merge", body: { spec: { note: "x" } } });
      await client.delete(Sample, ref("b"));
      await until(async () => events.seen.length >= 3);
      await events.stop();
      expect(events.seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
        "ADDED b",
        "MODIFIED a",
        "DELETED b",
      ]);
      const versions = events.seen.map(({ object }) => Number(object.metadata.resourceVersion));
      expect([...versions].sort((a, b) => a - b)).toEqual(versions);
    });

    test("a watch without a revision begins with what is there; selectors speak of entering and leaving [API-191] [API-192] [API-T02]", async () => {
      await client.create(Sample, sample("a", {}, { labels: { on: "yes" } }));
      await client.create(Sample, sample("b"));
      const events = collect(client, { labelSelector: "on=yes" });
      await until(async () => events.seen.length === 1);
      await client.patch(Sample, ref("b"), { type: "merge", body: { metadata: { labels: { on: "yes" } } } });
      await client.patch(Sample, ref("a"), { type: "merge", body: { metadata: { labels: null } } });
      await until(async () => events.seen.length === 3);
      await events.stop();
      expect(events.seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
        "ADDED a",
        "ADDED b",
        "DELETED a",
      ]);
    });

    test("a streaming list ends its initial events with a bookmark [API-201] [API-T09]", async () => {
      await client.create(Sample, sample("a"));
      const stop = new AbortController();
      const seen: string[] = [];
      for await (const event of client.watch(Sample, {
        namespace,
        sendInitialEvents: true,
        allowWatchBookmarks: true,
        signal: stop.signal,
      })) {
        seen.push(event.type === "BOOKMARK" ? `BOOKMARK ${event.initialEventsEnd}` : event.type);
        if (event.type === "BOOKMARK") stop.abort();
      }
      expect(seen).toEqual(["ADDED", "BOOKMARK true"]);
    });

    test("a watch ends when its time is over, and from a revision long gone it says so [API-193] [API-195] [API-T05]", async () => {
      const { metadata } = await client.list(Sample, { namespace });
      for await (const _event of client.watch(Sample, {
        namespace,
        resourceVersion: metadata.resourceVersion ?? "",
        timeoutSeconds: 1,
      })) {
        throw new Error("nothing happened, so nothing is told");
      }
      // Revision 1 is long gone everywhere but in a store so young that nothing was compacted yet.
      const old = client.watch(Sample, { namespace, resourceVersion: "1", timeoutSeconds: 1 });
      try {
        for await (const _event of old) break;
      } catch (error) {
        expect(error).toSatisfy(isExpired);
      }
    });
  });

  const collect = (client: Client, options: { resourceVersion?: string; labelSelector?: string }) => {
    const stop = new AbortController();
    const seen: Exclude<WatchEvent<Any>, { type: "BOOKMARK" }>[] = [];
    const running = (async () => {
      for await (const event of client.watch(Sample, { namespace, ...options, signal: stop.signal })) {
        if (event.type !== "BOOKMARK") seen.push(event);
      }
    })();
    return {
      seen,
      stop: async () => {
        stop.abort();
        await running;
      },
    };
  };
};

/** Over a wire things take a moment. */
const until = async (met: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (await met().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, attempt < 20 ? 1 : 10));
  }
  throw new Error("waited in vain");
};
