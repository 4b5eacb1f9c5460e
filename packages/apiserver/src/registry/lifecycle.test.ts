import { isAlreadyExists, isConflict, isNotFound, type KubeObject, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { servedBuiltins } from "../builtin/served.ts";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { basicResource } from "./basics.ts";
import { structuralSchema } from "./schema.ts";

const widget = {
  ...basicResource("example.com/v1", "Widget", "widgets", "Namespaced", {
    hasStatus: true,
    rules: { generation: true, unconditionalUpdate: false },
  }),
  origin: "crd" as const,
};
/** Without a status of its own. */
const note = {
  ...basicResource("example.com/v1", "Note", "notes", "Namespaced", { rules: { generation: true, unconditionalUpdate: false } }),
  origin: "crd" as const,
};
const core = <T extends KubeObject = UnstructuredObject>(
  kind: string,
  plural: string,
  scope: "Namespaced" | "Cluster" = "Namespaced",
): Resource<T> => ({
  group: "",
  version: "v1",
  kind,
  plural,
  scope,
});

let api: InMemoryApi;
let warnings: string[];
let milliseconds: number;
beforeEach(async () => {
  warnings = [];
  milliseconds = Date.UTC(2026, 0, 1);
  const clock = {
    now: () => new Date(milliseconds),
    sleep: async () => undefined,
    setTimeout: () => ({ cancel: () => undefined }),
  };
  api = await createApiInMemory({ resources: [...servedBuiltins(), widget, note], clock });
  api = { ...api, client: api.as({ onWarning: (text) => warnings.push(text) }) };
});
afterEach(() => api.close());

const ref = { namespace: "default", name: "a" };
const make = (metadata: object = {}, more: object = {}): UnstructuredObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { ...ref, ...metadata },
  spec: { size: 1 },
  ...more,
});
const create = (metadata: object = {}, more: object = {}) => api.client.create<UnstructuredObject>(widget, make(metadata, more));
const merge = (body: object, options: object = {}) =>
  api.client.patch<UnstructuredObject>(widget, ref, { type: "merge", body }, options);

describe("creation", () => {
  test("overrules what only the server may say [API-127] [API-128]", async () => {
    const made = await create({
      uid: "mine",
      creationTimestamp: "2000-01-01T00:00:00Z",
      generation: 77,
      deletionTimestamp: "2000-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 3,
      selfLink: "/x",
    });
    expect(made.metadata).toMatchObject({ creationTimestamp: "2026-01-01T00:00:00Z", generation: 1 });
    expect(made.metadata.uid).not.toBe("mine");
    for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"])
      expect(made.metadata).not.toHaveProperty(field);
    await expect(create({ name: "b", resourceVersion: "5" })).rejects.toMatchObject({
      code: 500,
      message: "resourceVersion should not be set on objects to be created",
    });
  });

  test("makes names, again when one is taken, and gives up with a word to retry [API-129] [API-T20]", async () => {
    const numbers = [...Array<number>(5).fill(0), ...Array<number>(5).fill(0), ...Array<number>(5).fill(0.5)];
    const chance = { uuid: () => crypto.randomUUID(), number: () => numbers.shift() ?? 0 };
    const small = await createApiInMemory({ chance });
    const ConfigMap = core("ConfigMap", "configmaps");
    const generate = (prefix: string) =>
      small.client.create(ConfigMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: prefix, namespace: "default" },
      });
    expect((await generate("x-")).metadata.name).toBe("x-bbbbb");
    expect((await generate("x-")).metadata.name).toBe("x-rrrrr");
    const failed = await generate("x-").catch((error: unknown) => error);
    expect(failed).toSatisfy(isAlreadyExists);
    expect(failed).toMatchObject({
      message: 'configmaps "x-bbbbb" already exists, the server was not able to generate a unique name for the object',
      details: { retryAfterSeconds: 1 },
    });
    expect((await generate("y".repeat(70))).metadata.name).toBe(`${"y".repeat(58)}bbbbb`);
    await small.close();
  });

  test("refuses bad names, labels, annotations, finalizers and owners, each in Kubernetes' words [API-130] [API-131] [API-132] [API-133]", async () => {
    await expect(create({ name: "" })).rejects.toThrow(
      'Widget.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    );
    await expect(create({ name: "Not_Good" })).rejects.toThrow(
      /metadata.name: Invalid value: "Not_Good": a lowercase RFC 1123 subdomain must consist of/,
    );
    await expect(create({ labels: { "a/b/c": "x" } })).rejects.toThrow(
      /metadata.labels: Invalid value: "a\/b\/c": a qualified name must consist of/,
    );
    await expect(create({ labels: { a: "no spaces" } })).rejects.toThrow(
      /metadata.labels: Invalid value: "no spaces": a valid label must be an empty string or/,
    );
    await expect(create({ annotations: { a: "x".repeat(262145) } })).rejects.toThrow(
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    );
    await expect(create({ finalizers: ["orphan", "foregroundDeletion"] })).rejects.toThrow(
      "finalizer orphan and foregroundDeletion cannot be both set",
    );
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true };
    await expect(create({ ownerReferences: [owner, { ...owner, name: "q", uid: "w" }] })).rejects.toThrow(
      'Only one reference can have Controller set to true. Found "true" in references for p and q',
    );
    await expect(create({ ownerReferences: [{ ...owner, kind: "Event" }] })).rejects.toThrow("is disallowed from being an owner");
    await expect(create({ ownerReferences: [{ ...owner, uid: "" }] })).rejects.toThrow(
      "metadata.ownerReferences.uid: Invalid value",
    );
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { ...ref, finalizers: ["plain"] } };
    await expect(api.client.create(core("Secret", "secrets"), secret)).rejects.toThrow(
      "name is neither a standard finalizer name nor is it fully qualified",
    );
    await expect(
      api.client.create(core("Namespace", "namespaces", "Cluster"), {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "a.b" },
      }),
    ).rejects.toThrow(/RFC 1123 label/);
  });

  test("warns of finalizers without a domain and drops owners that are said twice [API-132] [API-134]", async () => {
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
    const made = await create({ finalizers: ["plain"], ownerReferences: [owner, { ...owner }] });
    expect(made.metadata.ownerReferences).toEqual([owner]);
    expect(warnings).toEqual([
      expect.stringContaining("duplicate UID(s) observed: u"),
      expect.stringContaining('metadata.finalizers: "plain": prefer a domain-qualified finalizer name'),
    ]);
  });

  test("takes metadata for what it must be [API-323]", async () => {
    await expect(create({ labels: { a: 1 } })).rejects.toMatchObject({ code: 400 });
    await expect(create({ finalizers: "x" })).rejects.toMatchObject({ code: 400 });
    const made = await create({ creationTimestamp: null, labels: null });
    expect(made.metadata).not.toHaveProperty("labels");
    await expect(api.client.create(widget, { ...make(), kind: "Other" })).rejects.toMatchObject({ code: 400 });
    await expect(api.client.create(widget, { ...make(), apiVersion: "example.com/v9" })).rejects.toThrow(
      "the API version in the data (example.com/v9) does not match the expected API version (example.com/v1)",
    );
  });
});

describe("update", () => {
  test("a PUT of a custom resource names the revision it replaces, a built-in kind may leave it out [API-123] [API-144]", async () => {
    await create();
    await expect(api.client.update(widget, make({}, { spec: { size: 2 } }))).rejects.toThrow(
      'Widget.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    const secrets = core("Secret", "secrets");
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { ...ref } };
    await api.client.create(secrets, secret);
    expect(await api.client.update(secrets, { ...secret, stringData: { a: "b" } })).toMatchObject({
      data: { a: "Yg==" },
      type: "Opaque",
    });
  });

  test("the uid of another life of the object is a conflict, and no field of the past can be changed [API-145] [API-146] [API-138]", async () => {
    const made = await create();
    await expect(api.client.update(widget, { ...made, metadata: { ...made.metadata, uid: "other" } })).rejects.toThrow(
      `Precondition failed: UID in precondition: other, UID in object meta: ${made.metadata.uid}`,
    );
    const kept = await api.client.update(widget, {
      ...made,
      metadata: { ...made.metadata, creationTimestamp: "2000-01-01T00:00:00Z", generation: 99, labels: { a: "b" } },
    });
    expect(kept.metadata).toMatchObject({ creationTimestamp: "2026-01-01T00:00:00Z", generation: 1, labels: { a: "b" } });
    await expect(merge({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })).rejects.toThrow(
      "metadata.deletionTimestamp: Invalid value",
    );
    await expect(merge({ metadata: { name: "b" } })).rejects.toThrow(
      "the name of the object (b) does not match the name on the URL (a)",
    );
    await expect(merge({ metadata: { namespace: "kube-system" } })).rejects.toThrow(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  });

  test("a kind without status of its own counts every change, also of status [API-137]", async () => {
    await api.client.create(note, { ...make(), kind: "Note", status: { a: 1 } });
    const changed = await api.client.patch<UnstructuredObject>(note, ref, { type: "merge", body: { status: { a: 2 } } });
    expect(changed).toMatchObject({ status: { a: 2 }, metadata: { generation: 2 } });
    await expect(api.client.patch(note, ref, { type: "merge", body: {} }, { subresource: "status" })).rejects.toSatisfy(
      isNotFound,
    );
  });

  test("leases and others are made by a PUT that finds nothing, the rest are not [API-122]", async () => {
    const Lease: Resource<UnstructuredObject> = {
      group: "coordination.k8s.io",
      version: "v1",
      kind: "Lease",
      plural: "leases",
      scope: "Namespaced",
    };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...ref }, spec: { holderIdentity: "me" } };
    expect((await api.client.update(Lease, lease)).spec).toEqual({ holderIdentity: "me" });
    await expect(api.client.update(widget, make({ resourceVersion: "1" }))).rejects.toSatisfy(isNotFound);
  });

  test("patches without a revision are applied to whatever is newest, however many race [API-148]", async () => {
    await create();
    await Promise.all(Array.from({ length: 30 }, (_, index) => merge({ spec: { [`k${index}`]: index } })));
    const { spec, metadata } = await api.client.get<UnstructuredObject>(widget, ref);
    expect(Object.keys(spec ?? {})).toHaveLength(31);
    expect(metadata.generation).toBe(31);
  });

  test("a failing JSON patch changes nothing [API-227]", async () => {
    const before = await create();
    const json = (body: readonly { op: "add" | "remove" | "replace" | "test"; path: string; value?: unknown }[]) =>
      api.client.patch(widget, ref, { type: "json", body });
    for (const operation of [
      { op: "remove", path: "/spec/nothing" },
      { op: "replace", path: "/spec/nothing", value: 1 },
      { op: "add", path: "/spec/deep/er", value: 1 },
      { op: "test", path: "/spec/size", value: 7 },
    ] as const) {
      await expect(json([{ op: "replace", path: "/spec/size", value: 9 }, operation])).rejects.toMatchObject({
        code: 422,
        message: "the server rejected our request due to an error in our request",
      });
    }
    expect(await api.client.get(widget, ref)).toBe(before);
  });

  test("force belongs to apply, and a manager's name has its limits [API-224] [API-225]", async () => {
    await create();
    await expect(merge({}, { force: true })).rejects.toThrow("force: Forbidden: may not be specified for non-apply patch");
    await expect(merge({ spec: { size: 5 } }, { fieldManager: "x".repeat(129) })).rejects.toMatchObject({ code: 422 });
  });
});

describe("deletion", () => {
  test("marks once, and a second deletion changes only the policy [API-154] [API-155] [API-159] [API-T16] [API-T18]", async () => {
    await create({ finalizers: ["example.com/a"] });
    const first = (await api.client.delete(widget, ref)) as UnstructuredObject;
    expect(first.metadata).toMatchObject({ deletionTimestamp: "2026-01-01T00:00:00Z", generation: 2 });
    milliseconds += 5000;
    expect(await api.client.delete(widget, ref)).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", generation: 2 },
    });
    const orphan = (await api.client.delete(widget, ref, { propagationPolicy: "Orphan" })) as UnstructuredObject;
    expect(orphan.metadata.finalizers).toEqual(["example.com/a", "orphan"]);
  });

  test("while it goes, finalizers may be taken away and not added [API-147]", async () => {
    await create({ finalizers: ["example.com/a", "example.com/b"] });
    await api.client.delete(widget, ref);
    await expect(merge({ metadata: { finalizers: ["example.com/a", "example.com/c"] } })).rejects.toThrow(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/c"}',
    );
    const less = await merge({ metadata: { finalizers: ["example.com/b"] }, spec: { size: 3 } });
    expect(less).toMatchObject({ metadata: { finalizers: ["example.com/b"] }, spec: { size: 3 } });
    await expect(create()).rejects.toThrow('object is being deleted: widgets.example.com "a" already exists');
  });

  test("refuses wrong policies and stale preconditions [API-151] [API-152]", async () => {
    const made = await create();
    await expect(api.client.delete(widget, ref, { preconditions: { resourceVersion: "1" } })).rejects.toThrow(
      `the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${made.metadata.resourceVersion}). The object might have been modified`,
    );
    const context = { user: { name: "x", groups: [] }, warn: () => undefined };
    const wrong = { propagationPolicy: "Sideways" as "Orphan" };
    await expect(api.registry.delete(widget, ref, wrong, context)).rejects.toThrow(
      'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
    await expect(
      api.registry.delete(widget, ref, { propagationPolicy: "Orphan", orphanDependents: true }, context),
    ).rejects.toMatchObject({ code: 422 });
  });

  test("a pod on a node stays until it is deleted with no grace left [API-157] [API-T30]", async () => {
    const pods = core("Pod", "pods");
    const pod = (name: string, nodeName?: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", name },
      spec: { containers: [{ name: "c", image: "i" }], ...(nodeName === undefined ? {} : { nodeName }) },
    });
    await api.client.create(pods, pod("free"));
    await api.client.delete(pods, { namespace: "default", name: "free" });
    await expect(api.client.get(pods, { namespace: "default", name: "free" })).rejects.toSatisfy(isNotFound);
    await api.client.create(pods, pod("placed", "node-1"));
    const at = { namespace: "default", name: "placed" };
    expect(await api.client.delete(pods, at)).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 },
    });
    expect(await api.client.delete(pods, at, { gracePeriodSeconds: 5 })).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:05Z" },
    });
    await api.client.delete(pods, at, { gracePeriodSeconds: 0 });
    await expect(api.client.get(pods, at)).rejects.toSatisfy(isNotFound);
  });

  test("a collection is deleted item by item, by selector, and answers what was there [API-158]", async () => {
    for (const name of ["a", "b", "c"])
      await create({ name, labels: { odd: String(name !== "b") }, ...(name === "a" ? { finalizers: ["example.com/a"] } : {}) });
    const context = { user: { name: "x", groups: [] }, warn: () => undefined };
    const before = await api.registry.deleteCollection(widget, { namespace: "default", labelSelector: "odd=true" }, context);
    expect(before.items.map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
    const { items } = await api.client.list<UnstructuredObject>(widget);
    expect(items.map(({ metadata }) => [metadata.name, metadata.deletionTimestamp !== undefined])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  test("system namespaces stay [API-126]", async () => {
    await expect(api.client.delete(core("Namespace", "namespaces", "Cluster"), { name: "kube-system" })).rejects.toMatchObject({
      code: 403,
      message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    });
  });
});

describe("collection", () => {
  const reference = (owner: { metadata: { name: string; uid: string } }, more: object = {}) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    ...more,
  });
  const names = async () => (await api.client.list<UnstructuredObject>(widget)).items.map(({ metadata }) => metadata.name);

  test("one of several owners goes: only its reference does [API-160]", async () => {
    const [one, two] = [await create({ name: "one" }), await create({ name: "two" })];
    await create({ name: "child", ownerReferences: [reference(one), reference(two)] });
    await api.client.delete(widget, { namespace: "default", name: "one" });
    await api.settled();
    expect(
      (await api.client.get<UnstructuredObject>(widget, { namespace: "default", name: "child" })).metadata.ownerReferences,
    ).toEqual([reference(two)]);
  });

  test("an owner is told by uid and kind, not by name or version [API-164] [API-165] [API-T19]", async () => {
    const owner = await create({ name: "owner" });
    await create({ name: "old-style", ownerReferences: [{ ...reference(owner), apiVersion: "example.com/v0" }] });
    await create({ name: "of-another-life", ownerReferences: [{ ...reference(owner), uid: "gone" }] });
    await create({
      name: "of-the-unknown",
      ownerReferences: [{ apiVersion: "nowhere.io/v1", kind: "Thing", name: "x", uid: "y" }],
    });
    await api.settled();
    expect(await names()).toEqual(["of-the-unknown", "old-style", "owner"]);
  });

  test("an owner in another namespace is no owner [API-163]", async () => {
    const owner = await create({ name: "owner" });
    await create({ name: "child", namespace: "kube-system", ownerReferences: [reference(owner)] });
    await api.settled();
    expect(await names()).toEqual(["owner"]);
    const events = await api.client.list(core("Event", "events"), { namespace: "kube-system" });
    expect(events.items).toMatchObject([
      { reason: "OwnerRefInvalidNamespace", type: "Warning", involvedObject: { kind: "Widget", name: "child" } },
    ]);
  });

  test("in the foreground children go before their owner, each level waiting for the next [API-161]", async () => {
    const owner = await create({ name: "owner" });
    const child = await create({ name: "child", ownerReferences: [reference(owner, { blockOwnerDeletion: true })] });
    await create({
      name: "grandchild",
      finalizers: ["example.com/hold"],
      ownerReferences: [reference(child, { blockOwnerDeletion: true })],
    });
    await api.client.delete(widget, { namespace: "default", name: "owner" }, { propagationPolicy: "Foreground" });
    await api.settled();
    expect(await names()).toEqual(["child", "grandchild", "owner"]);
    await api.client.patch(
      widget,
      { namespace: "default", name: "grandchild" },
      { type: "merge", body: { metadata: { finalizers: null } } },
    );
    await api.settled();
    expect(await names()).toEqual([]);
  });

  test("a circle of owners that wait for each other is broken [API-167]", async () => {
    const one = await create({ name: "one" });
    const two = await create({ name: "two", ownerReferences: [reference(one, { blockOwnerDeletion: true })] });
    await api.client.patch(
      widget,
      { namespace: "default", name: "one" },
      { type: "merge", body: { metadata: { ownerReferences: [reference(two, { blockOwnerDeletion: true })] } } },
    );
    await api.client.delete(widget, { namespace: "default", name: "one" }, { propagationPolicy: "Foreground" });
    await api.settled();
    expect(await names()).toEqual([]);
  });
});

test("what the store refuses reaches a client as an answer of the API [API-460]", async () => {
  const made = await create();
  await api.close();
  await expect(create({ name: "late" })).rejects.toMatchObject({ code: 503, message: "the server is shutting down" });
  await expect(merge({ spec: { size: 2 } })).rejects.toMatchObject({ code: 503 });
  expect(await api.client.get(widget, ref)).toBe(made);
});

test("a strict patch refuses what the schema does not know, and nothing changes by it [API-230]", async () => {
  const strict = {
    ...widget,
    schema: structuralSchema({
      type: "object",
      properties: { spec: { type: "object", properties: { size: { type: "integer" } } }, status: { type: "object" } },
    }),
  };
  const small = await createApiInMemory({ resources: [...servedBuiltins(), strict] });
  await small.client.create(strict, make());
  const patch = (type: "merge" | "json", fieldValidation: "Strict" | "Ignore") =>
    small.client.patch<UnstructuredObject>(
      strict,
      ref,
      type === "merge"
        ? { type, body: { spec: { colour: "red" } } }
        : { type, body: [{ op: "add", path: "/spec/colour", value: "red" }] },
      { fieldValidation },
    );
  for (const type of ["merge", "json"] as const) {
    await expect(patch(type, "Strict")).rejects.toMatchObject({
      code: 422,
      details: {
        causes: [{ field: "patch", message: expect.stringContaining('strict decoding error: unknown field "spec.colour"') }],
      },
    });
    expect((await patch(type, "Ignore")).spec).toEqual({ size: 1 });
  }
  await small.close();
});

test("in a namespace that goes, what is there can still be written and deleted, and the conditions say what holds it [API-171] [API-173]", async () => {
  const namespaces = core("Namespace", "namespaces", "Cluster");
  await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "going" } });
  const at = { namespace: "going", name: "a" };
  await create({ ...at, finalizers: ["example.com/a", "example.com/b"] });
  await api.client.delete(namespaces, { name: "going" });
  await api.settled();
  const write = (body: object, options: object = {}) =>
    api.client.patch<UnstructuredObject>(widget, at, { type: "merge", body }, options);
  expect(await write({ spec: { size: 7 } })).toMatchObject({ spec: { size: 7 } });
  expect(await write({ status: { ok: true } }, { subresource: "status" })).toMatchObject({ status: { ok: true } });
  const { status } = await api.client.get<UnstructuredObject>(namespaces, { name: "going" });
  expect(status?.["conditions"]).toMatchObject([
    { type: "NamespaceDeletionDiscoveryFailure", status: "False", reason: "ResourcesDiscovered" },
    { type: "NamespaceDeletionGroupVersionParsingFailure", status: "False", reason: "ParsedGroupVersions" },
    { type: "NamespaceDeletionContentFailure", status: "False", reason: "ContentDeleted" },
    {
      type: "NamespaceContentRemaining",
      status: "True",
      reason: "SomeResourcesRemain",
      message: "Some resources are remaining: widgets.example.com has 1 resource instances",
    },
    {
      type: "NamespaceFinalizersRemaining",
      status: "True",
      reason: "SomeFinalizersRemain",
      message:
        "Some content in the namespace has finalizers remaining: example.com/a in 1 resource instances, example.com/b in 1 resource instances",
    },
  ]);
  await write({ metadata: { finalizers: null } });
  await api.settled();
  await expect(api.client.get(namespaces, { name: "going" })).rejects.toSatisfy(isNotFound);
});

test("whole lists are what a merge patch writes: an optimistic lock keeps it from losing another's finalizer [API-229]", async () => {
  const made = await create({ finalizers: ["example.com/a"] });
  await merge({ metadata: { finalizers: ["example.com/a", "example.com/b"] } });
  const locked = { metadata: { finalizers: null, resourceVersion: made.metadata.resourceVersion } };
  await expect(merge(locked)).rejects.toSatisfy(isConflict);
  expect((await api.client.get(widget, ref)).metadata.finalizers).toEqual(["example.com/a", "example.com/b"]);
});

test("a stale write is a conflict whoever sends it [API-143]", async () => {
  const made = await create();
  await merge({ spec: { size: 2 } });
  await expect(api.client.update(widget, { ...made, spec: { size: 3 } })).rejects.toSatisfy(isConflict);
  await expect(api.client.update(widget, { ...made, status: {} }, { subresource: "status" })).rejects.toSatisfy(isConflict);
  await expect(merge({ metadata: { resourceVersion: made.metadata.resourceVersion } })).rejects.toThrow(
    'Operation cannot be fulfilled on widgets.example.com "a": the object has been modified; please apply your changes to the latest version and try again',
  );
});
