import {
  type Client,
  isAlreadyExists,
  isConflict,
  isInvalid,
  isNotFound,
  type KubeObject,
  type Status,
  type Stored,
} from "@slipway/api";
import { expect, test } from "vitest";
import { ConfigMap, namespace, ref, Sample, sample, until } from "./samples.ts";

/** The part about writing: what is stored, refused, patched, tried and deleted. */
export const writingContract = (given: () => Client): void => {
  test("what is created is read back, with what the server added [API-127] [API-460]", async () => {
    const client = given();
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
    const client = given();
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
    const client = given();
    const first = await client.create(Sample, sample("a", { replicas: 1 }));
    const second = await client.update(Sample, { ...first, spec: { ...first.spec, replicas: 2 } });
    expect(second.metadata.generation).toBe(2);
    await expect(client.update(Sample, { ...first, spec: { replicas: 3 } })).rejects.toSatisfy(isConflict);
    const same = await client.update(Sample, second);
    expect(same.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
    await expect(client.update(Sample, sample("nobody", {}, { resourceVersion: "1" }))).rejects.toSatisfy(isNotFound);
  });

  test("spec and status are written through their own doors [API-139] [API-140] [API-T15]", async () => {
    const client = given();
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
    const client = given();
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
    await expect(client.patch(Sample, ref("b"), { type: "apply", body: other }, { fieldManager: "two" })).rejects.toMatchObject({
      reason: "Conflict",
      details: { causes: [{ reason: "FieldManagerConflict", field: ".spec.note" }] },
    });
    const forced = await client.patch(Sample, ref("b"), { type: "apply", body: other }, { fieldManager: "two", force: true });
    expect(forced.spec).toMatchObject({ note: "theirs" });
    expect(forced.metadata.managedFields).toMatchObject([
      { manager: "two", operation: "Apply", fieldsV1: { "f:spec": { "f:note": {} } } },
    ]);
  });

  test("scale reads and writes one number of the object [API-291] [API-292]", async () => {
    const client = given();
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
    const client = given();
    const dry = await client.create(Sample, sample("a", { replicas: 1 }), { dryRun: true });
    expect(dry.metadata.uid).toBeTruthy();
    await expect(client.get(Sample, ref("a"))).rejects.toSatisfy(isNotFound);
    await client.create(Sample, sample("a", { replicas: 1 }));
    await client.delete(Sample, ref("a"), { dryRun: true });
    expect((await client.get(Sample, ref("a"))).metadata.deletionTimestamp).toBeUndefined();
  });

  test("unknown fields are refused when asked to, and dropped otherwise [API-272] [API-273]", async () => {
    const client = given();
    const body = sample("a", { bogus: 1 });
    await expect(client.create(Sample, body, { fieldValidation: "Strict" })).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"'),
    });
    expect((await client.create(Sample, body)).spec).toEqual({ mode: "auto" });
  });

  test("deletion waits for finalizers and honours preconditions [API-152] [API-154] [API-156] [API-T17]", async () => {
    const client = given();
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
    const client = given();
    const owner = await client.create(Sample, sample("owner"));
    const ownerReferences = [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: "owner", uid: owner.metadata.uid, blockOwnerDeletion: true },
    ];
    await client.create(Sample, sample("child", {}, { ownerReferences }));
    await client.delete(Sample, ref("owner"), { propagationPolicy: "Foreground" });
    await until(async () => (await client.list(Sample, { namespace })).items.length === 0);
  });
};
