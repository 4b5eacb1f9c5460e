import { ApiError, type UnstructuredObject } from "@slipway/api";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createHttpsCaller, type HttpsCaller } from "../admission/https.node.ts";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { Crd, gadget } from "../testing/resources.ts";
import { type Review, startWebhook, type TestWebhook } from "../testing/webhook.node.ts";

let hook: TestWebhook;
let caller: HttpsCaller;
let api: InMemoryApi;
beforeAll(async () => {
  hook = await startWebhook(["127.0.0.1", "convert.default.svc"]);
  caller = createHttpsCaller({ resolve: () => ({ host: "127.0.0.1", port: hook.port }) });
});
afterAll(async () => {
  caller.close();
  await hook.close();
});
beforeEach(async () => {
  hook.on("/convert", (review) => converted(review, (object, version) => moved(object, version)));
  api = await createApiInMemory({ webhooks: caller });
  hook.calls.length = 0;
});
afterEach(() => api.close());

/** v1 says `size` in metres, v2 `length` in centimetres. */
const moved = (object: Review, version: string): Review => {
  const { size, length, ...rest } = object.spec ?? {};
  const centimetres = length ?? (size === undefined ? undefined : size * 100);
  if (centimetres === undefined) return { ...object, apiVersion: version };
  const spec = version.endsWith("v1") ? { ...rest, size: centimetres / 100 } : { ...rest, length: centimetres };
  return { ...object, apiVersion: version, spec };
};
const converted = ({ request, apiVersion }: Review, change: (object: Review, version: string) => Review): object => ({
  kind: "ConversionReview",
  apiVersion,
  response: {
    uid: request.uid,
    result: { status: "Success" },
    convertedObjects: request.objects.map((object: Review) => change(object, request.desiredAPIVersion)),
  },
});

const version = (name: string, storage: boolean, more: object = {}) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: {
            [name === "v1" ? "size" : "length"]: { type: "integer", minimum: 1 },
            colour: { type: "string", ...(name === "v1" ? { default: "red" } : {}) },
          },
        },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
  subresources: { status: {} },
  ...more,
});
const crd = (stored: "v1" | "v2" = "v1", webhook: object = {}): UnstructuredObject =>
  ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [version("v1", stored === "v1"), version("v2", stored === "v2")],
      conversion: {
        strategy: "Webhook",
        webhook: {
          conversionReviewVersions: ["v1", "v1beta1"],
          clientConfig: { url: `${hook.url}/convert`, caBundle: hook.caBundle },
          ...webhook,
        },
      },
    },
  }) as unknown as UnstructuredObject;
const make = (name: string, spec: object, at = "v1"): UnstructuredObject =>
  ({ apiVersion: `example.com/${at}`, kind: "Gadget", metadata: { name, namespace: "default" }, spec }) as UnstructuredObject;
const ref = (name: string) => ({ namespace: "default", name });
const refused = async (work: Promise<unknown>): Promise<ApiError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`was not refused: ${String(error)}`);
  return error;
};

test("a webhook converts between what is stored and what is asked for, in one call with the whole review [API-345] [API-347] [API-350]", async () => {
  await api.client.create(Crd, crd());
  const made = await api.client.create(gadget("v1"), make("a", { size: 2 }));
  expect(hook.calls).toHaveLength(0);
  const seen = await api.client.get(gadget("v2"), ref("a"));
  expect(seen).toMatchObject({ apiVersion: "example.com/v2", spec: { length: 200, colour: "red" } });
  expect(seen.metadata).toEqual(made.metadata);
  expect(hook.calls).toHaveLength(1);
  expect(hook.calls[0]).toMatchObject({
    query: "?timeout=30s",
    body: {
      kind: "ConversionReview",
      apiVersion: "apiextensions.k8s.io/v1",
      request: { desiredAPIVersion: "example.com/v2", objects: [{ spec: { size: 2, colour: "red" } }] },
    },
  });
  // What was asked once need not be asked again.
  expect(await api.client.get(gadget("v2"), ref("a"))).toBe(seen);
  expect(hook.calls).toHaveLength(1);
});

test("writes through a version that is not stored are converted, judged by their own schema, and read back [API-345] [API-347]", async () => {
  await api.client.create(Crd, crd());
  const made = await api.client.create(gadget("v2"), make("a", { length: 300 }, "v2"));
  expect(made).toMatchObject({ apiVersion: "example.com/v2", spec: { length: 300 } });
  expect((await api.client.get(gadget("v1"), ref("a"))).spec).toEqual({ size: 3, colour: "red" });
  expect(await refused(api.client.create(gadget("v2"), make("b", { length: 0 }, "v2")))).toMatchObject({ code: 422 });
  const changed = await api.client.patch(gadget("v2"), ref("a"), { type: "merge", body: { spec: { length: 500 } } });
  expect(changed.spec).toMatchObject({ length: 500 });
  expect(changed.metadata.generation).toBe(2);
  await api.client.patch(gadget("v2"), ref("a"), { type: "merge", body: { status: { ok: true } } }, { subresource: "status" });
  expect(await api.client.get(gadget("v1"), ref("a"))).toMatchObject({ spec: { size: 5 }, status: { ok: true } });
  await api.client.delete(gadget("v2"), ref("a"));
  expect((await api.client.list(gadget("v1"))).items).toEqual([]);
});

test("a list is converted in one call, without those that are in that version already, and fails whole [API-347] [API-348]", async () => {
  const made = await api.client.create(Crd, crd());
  for (const name of ["a", "b", "c"]) await api.client.create(gadget("v1"), make(name, { size: 1 }));
  await api.client.update(Crd, { ...made, spec: crd("v2").spec ?? {} });
  await api.client.create(gadget("v2"), make("d", { length: 400 }, "v2"));
  hook.calls.length = 0;
  const list = await api.client.list(gadget("v2"));
  expect(list.items.map(({ metadata, spec }) => [metadata.name, spec?.["length"]])).toEqual([
    ["a", 100],
    ["b", 100],
    ["c", 100],
    ["d", 400],
  ]);
  expect(hook.calls.map(({ body }) => body.request.objects.length)).toEqual([3]);
  await api.client.patch(gadget("v2"), ref("b"), { type: "merge", body: { spec: { length: 700 } } });
  hook.on("/convert", () => 500);
  const error = await refused(api.client.list(gadget("v1")));
  expect(error).toMatchObject({ code: 500 });
  expect(error.message).toMatch(/^conversion webhook for example.com\/v2, Kind=Gadget failed: an error on the server/);
});

test("a webhook may change labels and annotations, and nothing else of the metadata [API-348]", async () => {
  await api.client.create(Crd, crd());
  const made = await api.client.create(gadget("v1"), make("a", { size: 2 }));
  const answer = (change: (metadata: Review) => Review) =>
    hook.on("/convert", (review) =>
      converted(review, (object, wanted) => ({ ...moved(object, wanted), metadata: change(object.metadata) })),
    );
  answer((metadata) => ({ ...metadata, labels: { a: "b" }, resourceVersion: "1", finalizers: ["x/y"], generation: 9 }));
  const seen = await api.client.get(gadget("v2"), ref("a"));
  expect(seen.metadata).toEqual({ ...made.metadata, labels: { a: "b" } });

  for (const [name, field] of [
    ["b", "name"],
    ["c", "namespace"],
    ["d", "uid"],
  ] as const) {
    await api.client.create(gadget("v1"), make(name, { size: 2 }));
    answer((metadata) => ({ ...metadata, [field]: "other" }));
    expect((await refused(api.client.get(gadget("v2"), ref(name)))).message).toContain(
      `conversion webhook for example.com/v1, Kind=Gadget returned invalid metadata: ${field}`,
    );
  }
});

test("answers that are none are refused, saying why [API-348]", async () => {
  await api.client.create(Crd, crd());
  await api.client.create(gadget("v1"), make("a", { size: 2 }));
  const response = (more: object) => (review: Review) => ({
    kind: "ConversionReview",
    apiVersion: review.apiVersion,
    response: { uid: review.request.uid, result: { status: "Success" }, ...more },
  });
  const cases: readonly [(review: Review) => object, string][] = [
    [response({ convertedObjects: [] }), "returned 0 objects, expected 1"],
    [response({ result: { status: "Failure", message: "cannot" } }), "failed: cannot"],
    [response({ uid: "x" }), 'failed: expected response.uid="'],
    [() => ({ kind: "Pod" }), "failed: its answer is no ConversionReview"],
    [(review) => response({ convertedObjects: review.request.objects })(review), "invalid apiVersion"],
    [
      (review) => converted(review, (object, wanted) => ({ ...moved(object, wanted), kind: "Other" })),
      'invalid kind: "Other" (expected "Gadget")',
    ],
  ];
  for (const [handler, text] of cases) {
    hook.on("/convert", handler);
    expect((await refused(api.client.get(gadget("v2"), ref("a")))).message).toContain(text);
  }
});

test("a watch converts event by event, and ends with the error when that fails [API-349]", async () => {
  await api.client.create(Crd, crd());
  await api.client.create(gadget("v1"), make("a", { size: 1 }));
  const stop = new AbortController();
  const events: string[] = [];
  const watching = (async () => {
    for await (const event of api.client.watch(gadget("v2"), { signal: stop.signal })) {
      if (event.type === "BOOKMARK") continue;
      events.push(`${event.type} ${event.object.metadata.name} ${String(event.object.spec?.["length"])}`);
      if (events.length === 2) hook.on("/convert", () => 500);
      if (events.length === 2) void api.client.patch(gadget("v1"), ref("a"), { type: "merge", body: { spec: { size: 3 } } });
      if (events.length === 1) void api.client.patch(gadget("v1"), ref("a"), { type: "merge", body: { spec: { size: 2 } } });
    }
  })();
  const error = await refused(watching);
  expect(events).toEqual(["ADDED a 100", "MODIFIED a 200"]);
  expect(error).toMatchObject({ code: 500 });
  expect(error.message).toContain("conversion webhook for example.com/v1, Kind=Gadget failed");
});

test("the webhook may be a service, called by its name [API-350]", async () => {
  const service = { name: "convert", namespace: "default", path: "/convert" };
  const made = await api.client.create(Crd, crd("v1", { clientConfig: { service, caBundle: hook.caBundle } }));
  expect(made.spec).toMatchObject({ conversion: { webhook: { clientConfig: { service: { port: 443 } } } } });
  await api.client.create(gadget("v1"), make("a", { size: 2 }));
  expect((await api.client.get(gadget("v2"), ref("a"))).spec).toMatchObject({ length: 200 });
  expect(hook.calls[0]?.headers).toMatchObject({ host: "convert.default.svc:443" });
});

test("a CRD whose webhook has a broken CA bundle is established when that is mended, and then cannot be broken again [API-307]", async () => {
  const broken = { clientConfig: { url: `${hook.url}/convert`, caBundle: btoa("nothing") } };
  const made = await api.client.create(Crd, crd("v1", broken));
  expect(made.status?.["conditions"]).toMatchObject([
    { type: "NamesAccepted", status: "True" },
    {
      type: "Established",
      status: "False",
      reason: "InvalidCABundle",
      message: "The conversion webhook CABundle is invalid",
    },
  ]);
  await refused(api.client.list(gadget("v1")));
  const mended = await api.client.update(Crd, { ...made, spec: crd().spec ?? {} });
  expect(mended.status?.["conditions"]).toMatchObject([{}, { type: "Established", status: "True" }]);
  await api.client.create(gadget("v1"), make("a", { size: 2 }));
  expect((await refused(api.client.update(Crd, { ...mended, spec: crd("v1", broken).spec ?? {} }))).message).toContain(
    "spec.conversion.webhook.clientConfig.caBundle: Invalid value",
  );
});

test("a CRD says how its webhook is reached, or is refused [API-347]", async () => {
  const wrong: readonly [object, string][] = [
    [{ clientConfig: {} }, "exactly one of url or service is required"],
    [{ clientConfig: { url: "http://x.y" } }, "'https' is the only allowed URL scheme"],
    [{ conversionReviewVersions: [] }, "conversionReviewVersions: Required value"],
    [{ conversionReviewVersions: ["v7"] }, "must include at least one of v1, v1beta1"],
  ];
  for (const [webhook, text] of wrong)
    expect((await refused(api.client.create(Crd, crd("v1", webhook)))).message).toContain(text);
  const none = { ...crd(), spec: { ...crd().spec, conversion: { strategy: "None", webhook: {} } } };
  expect((await refused(api.client.create(Crd, none))).message).toContain(
    "should not be set when strategy is not set to Webhook",
  );
  const odd = { ...crd(), spec: { ...crd().spec, conversion: { strategy: "Guess" } } };
  expect((await refused(api.client.create(Crd, odd))).message).toContain('supported values: "None", "Webhook"');
});
