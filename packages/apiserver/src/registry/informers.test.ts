import { isExpired, isNotFound, type UnstructuredObject } from "@slipway/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";
import { basicResource, basicResources } from "./basics.ts";
import type { WatchStream } from "./registry.ts";
import "../../../../scripts/propertyseed.ts";

const widget = basicResource("example.com/v1", "Widget", "widgets", "Namespaced", { rules: { generation: true } });
const context = { user: { name: "test", groups: [] }, warn: () => undefined };

/** A client's copy of what matches a selector, kept by a list and watches that break off and go on. */
const createInformer = (api: InMemoryApi, selection: { readonly labelSelector?: string; readonly namespace?: string }) => {
  const known = new Map<string, string>();
  let version: string | undefined;
  let stream: WatchStream | undefined;
  const keyOf = ({ metadata }: UnstructuredObject) => `${metadata.namespace}/${metadata.name}`;

  const relist = async (): Promise<void> => {
    const list = await api.client.list<UnstructuredObject>(widget, selection);
    known.clear();
    for (const item of list.items) known.set(keyOf(item), item.metadata.resourceVersion);
    version = list.metadata.resourceVersion;
  };
  /** Reads what there is until it has seen everything up to `revision`. */
  const follow = async (revision: number): Promise<void> => {
    if (version === undefined) await relist();
    while (Number(version) < revision) {
      stream ??= api.registry.watch(widget, { ...selection, resourceVersion: version ?? "", allowWatchBookmarks: true }, context);
      // Something else than what is watched may have happened last: then nothing more will come.
      const events = await Promise.race([
        stream.next(),
        new Promise<"quiet">((resolve) => setImmediate(() => setImmediate(() => resolve("quiet")))),
      ]).catch(async (error: unknown) => {
        expect(error).toSatisfy(isExpired);
        await relist();
        return undefined;
      });
      if (events === "quiet") {
        drop();
        return;
      }
      if (events === undefined) {
        drop();
        continue;
      }
      for (const event of events) {
        if (event.type === "BOOKMARK") {
          version = event.resourceVersion;
          continue;
        }
        const { object } = event;
        const before = known.get(keyOf(object));
        expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(Number(version));
        // An object comes once, changes while it is there, and goes once.
        expect(event.type === "ADDED").toBe(before === undefined);
        if (event.type === "DELETED") known.delete(keyOf(object));
        else known.set(keyOf(object), object.metadata.resourceVersion);
        version = object.metadata.resourceVersion;
      }
    }
  };
  const drop = (): void => {
    stream?.close();
    stream = undefined;
  };
  return { follow, drop, known, selection };
};

const step = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  namespace: fc.constantFrom("default", "kube-system"),
  act: fc.constantFrom("put", "put", "relabel", "delete", "hold", "other"),
  colour: fc.constantFrom("red", "blue"),
  /** Which informers read now, and which lose their connection. */
  reads: fc.boolean(),
  breaks: fc.boolean(),
});

test("copies kept by lists and watches end up equal to the server's state, through selectors, breaks and forgotten history [API-176] [API-189] [API-191] [API-193] [API-T02]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.constantFrom(3, 1000), async (steps, historyEvents) => {
      const api = await createApiInMemory({ resources: [...basicResources, widget], historyEvents });
      const informers = [
        {},
        { labelSelector: "colour=red" },
        { namespace: "default" },
        { namespace: "kube-system", labelSelector: "colour!=red" },
      ].map((selection) => createInformer(api, selection));
      for (const informer of informers) await informer.follow(0);
      for (const { name, namespace, act, colour, reads, breaks } of steps) {
        const ref = { namespace, name };
        const labels = { colour };
        const object = { apiVersion: "example.com/v1", kind: "Widget", metadata: { ...ref, labels }, spec: { n: Math.random() } };
        const merge = (body: object) => api.client.patch(widget, ref, { type: "merge", body });
        const work = {
          put: () => api.client.patch(widget, ref, { type: "apply", body: object }, { fieldManager: "t", force: true }),
          relabel: () => merge({ metadata: { labels } }),
          delete: () => api.client.delete(widget, ref),
          hold: () => merge({ metadata: { finalizers: ["example.com/hold"] } }),
          other: () =>
            api.client.patch(
              { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" },
              ref,
              { type: "apply", body: { apiVersion: "v1", kind: "ConfigMap", metadata: ref, data: { x: String(Math.random()) } } },
              { fieldManager: "t" },
            ),
        }[act];
        await work().catch((error: unknown) => {
          // What is gone cannot be changed, what is going cannot be held.
          if (!isNotFound(error)) expect(error).toMatchObject({ code: 422 });
        });
        for (const informer of informers) {
          if (breaks) informer.drop();
          if (reads) await informer.follow(Number(api.registry.revision()));
        }
      }
      for (const informer of informers) {
        informer.drop();
        await informer.follow(Number(api.registry.revision()));
        const { items } = await api.client.list<UnstructuredObject>(widget, informer.selection);
        expect([...informer.known].sort()).toEqual(
          items.map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata.resourceVersion]).sort(),
        );
      }
      await api.close();
    }),
    { numRuns: 40 },
  );
});
