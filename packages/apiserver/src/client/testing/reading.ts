import { type Client, isExpired, type KubeObject, type WatchEvent } from "@slipway/api";
import { expect, test } from "vitest";
import { type Any, namespace, ref, Sample, sample, until } from "./samples.ts";

/** The part about reading: lists, pages and watches. */
export const readingContract = (given: () => Client): void => {
  test("lists come in order, by selector, and in pages of one state [API-175] [API-182] [API-183] [API-T06]", async () => {
    const client = given();
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
    const client = given();
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
    const client = given();
    await client.create(Sample, sample("a", {}, { labels: { on: "yes" } }));
    await client.create(Sample, sample("b"));
    const events = collect(client, { labelSelector: "on=yes" });
    await until(async () => events.seen.length === 1);
    await client.patch(Sample, ref("b"), { type: "merge", body: { metadata: { labels: { on: "yes" } } } });
    await client.patch(Sample, ref("a"), { type: "merge", body: { metadata: { labels: null } } });
    await until(async () => events.seen.length === 3);
    await events.stop();
    expect(events.seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(["ADDED a", "ADDED b", "DELETED a"]);
  });

  test("a streaming list ends its initial events with a bookmark [API-201] [API-T09]", async () => {
    const client = given();
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
    const client = given();
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
};

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
