import { ApiError, type Resource, type UnstructuredObject, type WatchEvent } from "@slipway/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { createStillClock } from "../testing/stillclock.ts";
import { basicResource, basicResources } from "./basics.ts";
import type { RegistryWatchOptions, WatchStream } from "./registry.ts";

const widget: Resource<UnstructuredObject> & ReturnType<typeof basicResource> = basicResource(
  "example.com/v1",
  "Widget",
  "widgets",
  "Namespaced",
);
const context = { user: { name: "test", groups: [] }, warn: () => undefined };

let api: InMemoryApi;
let time: ReturnType<typeof createStillClock>;
beforeEach(async () => {
  time = createStillClock();
  api = await createApiInMemory({ resources: [...basicResources, widget], clock: time.clock, historyEvents: 20 });
});
afterEach(() => api.close());

const put = (name: string, size = 1, labels: { [key: string]: string } = {}) =>
  api.client.patch<UnstructuredObject>(
    widget,
    { namespace: "default", name },
    {
      type: "apply",
      body: { apiVersion: "example.com/v1", kind: "Widget", metadata: { name, namespace: "default", labels }, spec: { size } },
    },
    { fieldManager: "test", force: true },
  );
const watch = (options: RegistryWatchOptions): WatchStream => api.registry.watch(widget, options, context);
const show = (events: readonly WatchEvent<UnstructuredObject>[] | undefined): readonly string[] =>
  (events ?? []).map((event) =>
    event.type === "BOOKMARK"
      ? `BOOKMARK ${event.resourceVersion}${event.initialEventsEnd ? " end" : ""}`
      : `${event.type} ${event.object.metadata.name} ${event.object.metadata.resourceVersion}`,
  );
const revision = () => Number(api.registry.revision());

describe("watches", () => {
  test("bookmarks come once a minute, only when asked for, and move while the resource is quiet [API-199] [API-200] [API-T08]", async () => {
    const asked = watch({ resourceVersion: String(revision()), allowWatchBookmarks: true });
    const not = watch({ resourceVersion: String(revision()) });
    const [first, second] = [asked.next(), not.next()];
    await api.client.create(
      { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" } as Resource,
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "other", namespace: "default" },
      },
    );
    time.advance(61);
    expect(show(await first)).toEqual([`BOOKMARK ${revision()}`]);
    const made = await put("a");
    expect(show(await second)).toEqual([`ADDED a ${made.metadata.resourceVersion}`]);
    expect(show(await asked.next())).toEqual([`ADDED a ${made.metadata.resourceVersion}`]);
    // Nothing moved since: a bookmark would say nothing new.
    const quiet = asked.next();
    time.advance(61);
    const later = await put("b");
    expect(show(await quiet)).toEqual([`ADDED b ${later.metadata.resourceVersion}`]);
    asked.close();
    not.close();
  });

  test("a stream ends when its time is over, after a last bookmark [API-195] [API-199]", async () => {
    const stream = watch({ resourceVersion: String(revision()), allowWatchBookmarks: true, timeoutSeconds: 30 });
    const waiting = stream.next();
    await api.client.create(
      { group: "", version: "v1", kind: "Node", plural: "nodes", scope: "Cluster" },
      { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
    );
    time.advance(28);
    expect(show(await waiting)).toEqual([`BOOKMARK ${revision()}`]);
    const last = stream.next();
    time.advance(2);
    expect(await last).toBeUndefined();
    expect(await stream.next()).toBeUndefined();
  });

  test("without a time the end comes between half an hour and an hour [API-195]", async () => {
    const stream = watch({ resourceVersion: String(revision()) });
    let over = false;
    const end = stream.next().then(() => {
      over = true;
    });
    time.advance(1799);
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    time.advance(1801);
    await end;
  });

  test("a revision before history is Expired, one in the future is waited for and then told apart [API-180] [API-193] [API-194] [API-T05] [API-T07]", async () => {
    for (let index = 0; index < 120; index += 1) await put("a", index);
    const old = await watch({ resourceVersion: "3" })
      .next()
      .catch((error: unknown) => error);
    expect(old).toMatchObject({
      reason: "Expired",
      code: 410,
      message: expect.stringMatching(/^too old resource version: 3 \(\d+\)$/),
    });
    const wanted = revision() + 1;
    const soon = watch({ resourceVersion: String(wanted) });
    const waiting = soon.next();
    await put("b");
    await put("b", 2);
    expect(show(await waiting)).toEqual([`MODIFIED b ${wanted + 1}`]);
    const never = watch({ resourceVersion: String(revision() + 1000) })
      .next()
      .catch((error: unknown) => error);
    await Promise.resolve();
    time.advance(3);
    expect(await never).toMatchObject({
      code: 504,
      reason: "Timeout",
      message: `Timeout: Too large resource version: ${revision() + 1000}, current: ${revision()}`,
      details: { causes: [{ reason: "ResourceVersionTooLarge" }], retryAfterSeconds: 1 },
    });
    soon.close();
  });

  test("wrong requests are refused before anything is told [API-194] [API-196] [API-202]", () => {
    expect(() => watch({ resourceVersion: "abc" })).toThrow(/invalid resource version/);
    expect(() => watch({ resourceVersionMatch: "NotOlderThan" })).toThrow(
      "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    );
    expect(() => watch({ sendInitialEvents: true, resourceVersionMatch: "Exact" })).toThrow(
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
    expect(() => watch({ labelSelector: "a in b" })).toThrow(ApiError);
  });

  test("a watcher that nobody reads is ended, and goes on from where it was [API-204] [API-465]", async () => {
    const stream = watch({ resourceVersion: String(revision()) });
    const first = stream.next();
    const made = await put("a");
    await first;
    for (let index = 0; index < 25_000; index += 1)
      await api.registry.patch(
        widget,
        { namespace: "default", name: "a" },
        { type: "merge", body: { spec: { size: index } } },
        {},
        context,
      );
    expect(await stream.next()).toBeUndefined();
    expect(made.metadata.name).toBe("a");
    const again = watch({ resourceVersion: String(revision() - 2) });
    expect((await again.next())?.length).toBe(2);
    again.close();
  });

  test("aborting ends it without an error [API-464]", async () => {
    const stop = new AbortController();
    const stream = watch({ signal: stop.signal });
    const waiting = stream.next();
    stop.abort();
    expect(await waiting).toBeUndefined();
  });
});

describe("lists", () => {
  const list = (options: object) => api.client.list<UnstructuredObject>(widget, options);

  test("revision 0 takes what is there and ignores the limit; a match needs a revision [API-177] [API-178] [API-179] [API-T04]", async () => {
    for (const name of ["a", "b", "c"]) await put(name);
    expect((await list({ resourceVersion: "0", limit: 1 })).items).toHaveLength(3);
    const before = api.registry.revision();
    await put("d");
    expect((await list({ resourceVersion: before, resourceVersionMatch: "Exact" })).items).toHaveLength(3);
    expect((await list({ resourceVersion: before, resourceVersionMatch: "NotOlderThan" })).items).toHaveLength(4);
    expect((await list({ resourceVersion: before })).items).toHaveLength(4);
    expect((await list({ resourceVersion: before, limit: 10 })).items).toHaveLength(3);
    await expect(list({ resourceVersionMatch: "Exact" })).rejects.toThrow(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
    await expect(list({ resourceVersion: "0", resourceVersionMatch: "Exact" })).rejects.toMatchObject({ code: 422 });
    await expect(list({ resourceVersion: "5", resourceVersionMatch: "Sometimes" as "Exact" })).rejects.toMatchObject({
      code: 422,
    });
  });

  test("a token that is too old says so and where it may go on; a broken one is refused [API-181] [API-183] [API-184]", async () => {
    for (const name of ["a", "b", "c"]) await put(name);
    const first = await list({ limit: 1 });
    const token = first.metadata.continue ?? "";
    expect(token).not.toMatch(/[=+/]/);
    await expect(list({ continue: token, resourceVersion: "7" })).rejects.toThrow(
      "specifying resource version is not allowed when using continue",
    );
    for (let index = 0; index < 120; index += 1) await put("z", index);
    const error = await list({ limit: 1, continue: token }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 410,
      reason: "Expired",
      message: expect.stringMatching(/^The provided continue parameter is too old to display a consistent list result/),
    });
    const goesOn = (error as ApiError).toStatus().metadata.continue ?? "";
    const rest = await list({ continue: goesOn });
    expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(["b", "c", "z"]);
    expect(rest.metadata.resourceVersion).toBe(api.registry.revision());
    await expect(list({ resourceVersion: first.metadata.resourceVersion, resourceVersionMatch: "Exact" })).rejects.toMatchObject({
      code: 410,
      message: "The resourceVersion for the provided list is too old.",
    });
    for (const broken of [
      "%%%",
      "e30",
      btoa('{"v":"v0","rv":1,"start":"x"}'),
      btoa('{"v":"meta.k8s.io/v1","rv":1,"start":"../x"}'),
    ]) {
      await expect(list({ continue: broken })).rejects.toThrow(/^invalid continue token: continue key is not valid/);
    }
  });

  test("pages of a selector are full, and what remains is counted only without one [API-182]", async () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) await put(name, 1, { odd: String("ace".includes(name)) });
    const first = await list({ limit: 2, labelSelector: "odd=true" });
    expect(first.items.map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
    expect(first.metadata.remainingItemCount).toBeUndefined();
    const second = await list({ limit: 2, labelSelector: "odd=true", continue: first.metadata.continue ?? "" });
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(["e"]);
    expect((await list({ limit: 4 })).metadata.remainingItemCount).toBe(2);
  });

  test("an unknown namespace lists empty, and a future revision is waited for [API-180] [API-185] [API-186]", async () => {
    expect(await list({ namespace: "nowhere" })).toMatchObject({ kind: "WidgetList", items: [] });
    const later = list({ resourceVersion: String(revision() + 1) });
    await put("a");
    expect((await later).items).toHaveLength(1);
    const never = api.client
      .get(widget, { namespace: "default", name: "a" }, { resourceVersion: String(revision() + 9) })
      .catch((error: unknown) => error);
    await Promise.resolve();
    time.advance(3);
    expect(await never).toMatchObject({ code: 504 });
  });
});
