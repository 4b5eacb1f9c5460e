import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openLmdb } from "./lmdb.node.ts";
import { createMemoryStores } from "./memory.ts";
import { isStorageError, type Storage, type StorageEvent, type Stores } from "./storage.ts";
import "../../../../scripts/propertyseed.ts";

interface Value {
  readonly n: number;
}

const keys = ["/a/1", "/a/2", "/a/3", "/b/1", "/b/2"];
const step = fc.oneof(
  fc.record({ op: fc.constant("create" as const), key: fc.constantFrom(...keys) }),
  fc.record({ op: fc.constant("put" as const), key: fc.constantFrom(...keys) }),
  // `stale` writes expect a revision that is not the present one.
  fc.record({ op: fc.constant("update" as const), key: fc.constantFrom(...keys), stale: fc.boolean() }),
  fc.record({ op: fc.constant("delete" as const), key: fc.constantFrom(...keys), stale: fc.boolean() }),
  fc.record({ op: fc.constant("both" as const), key: fc.constantFrom(...keys) }),
  fc.record({ op: fc.constant("look" as const), key: fc.constantFrom(...keys) }),
);

interface Told {
  readonly watcher: Promise<readonly StorageEvent<Value>[]>;
  readonly stop: () => void;
}

/** Everything a watcher tells until it is stopped. */
const listen = (store: Storage<Value>, prefix: string, after: number): Told => {
  const watcher = store.watch(prefix, after);
  let stopped = false;
  const events: StorageEvent<Value>[] = [];
  const all = (async () => {
    for (let batch = await watcher.next(3); batch !== undefined; batch = await watcher.next(3)) {
      events.push(...batch);
      if (stopped && watcher.progress() >= store.revision()) break;
    }
    return events;
  })();
  return {
    watcher: all,
    stop: () => {
      stopped = true;
      watcher.interrupt();
    },
  };
};

const replayed = (events: readonly StorageEvent<Value>[], upTo: number, start: ReadonlyMap<string, number>) => {
  const state = new Map(start);
  for (const event of events) {
    if (event.revision > upTo) break;
    expect(event.previous?.n).toBe(state.get(event.key));
    if (event.type === "deleted") state.delete(event.key);
    else state.set(event.key, event.value.n);
  }
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
};
const stateOf = (store: Storage<Value>, prefix: string, at: number) =>
  store.list(prefix, { at }).items.map((item) => [item.key, item.value.n]);

const implementations: readonly [string, () => { stores: Stores; clean: () => void }][] = [
  ["memory", () => ({ stores: createMemoryStores(), clean: () => undefined })],
  [
    "lmdb",
    () => {
      const path = mkdtempSync(join(tmpdir(), "slipway-histories-"));
      return { stores: openLmdb({ path }), clean: () => rmSync(path, { recursive: true }) };
    },
  ],
];

describe.each(implementations)("random histories on %s", (name, open) => {
  test("lists at every revision, and what watchers told, agree with each other and with the answers [API-189] [API-436] [API-437] [API-446]", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: name === "lmdb" ? 12 : 25 }),
        async (rounds) => {
          const { stores, clean } = open();
          const store = stores.store<Value>("test");
          const watchers = [listen(store, "/", 0), listen(store, "/a/", 0)];
          const snapshots: { revision: number; items: unknown }[] = [];
          let n = 0;
          for (const round of rounds) {
            // The steps of one round run at once, and may meet each other.
            await Promise.all(
              round.map(async (one) => {
                const current = store.get(one.key);
                n += 1;
                const value = { n };
                try {
                  switch (one.op) {
                    case "create":
                      await store.create(one.key, value);
                      break;
                    case "put":
                      await store.put(one.key, value);
                      break;
                    case "update": {
                      const item = await store.update(one.key, value, (current?.modRevision ?? 0) + (one.stale ? -1 : 0));
                      expect(one.stale).toBe(false);
                      expect(item.modRevision).toBeGreaterThan(current?.modRevision ?? 0);
                      break;
                    }
                    case "delete":
                      await store.delete(one.key, one.stale ? (current?.modRevision ?? 0) - 1 : undefined);
                      expect(one.stale).toBe(false);
                      break;
                    case "both":
                      await store.write(keys.map((key) => ({ op: "put" as const, key, value })));
                      break;
                    case "look":
                      snapshots.push({ revision: store.revision(), items: stateOf(store, "/", store.revision()) });
                      break;
                  }
                } catch (error) {
                  if (!isStorageError(error)) throw error;
                  expect(["exists", "missing", "conflict"]).toContain(error.kind);
                }
              }),
            );
          }
          for (const { stop } of watchers) stop();
          const [all = [], some = []] = await Promise.all(watchers.map(({ watcher }) => watcher));
          expect(some).toEqual(all.filter((event) => event.key.startsWith("/a/")));
          expect(all.every((event, index) => index === 0 || event.revision >= (all[index - 1]?.revision ?? 0))).toBe(true);
          for (let revision = 0; revision <= store.revision(); revision += 1) {
            expect(replayed(all, revision, new Map())).toEqual(stateOf(store, "/", revision));
          }
          for (const { revision, items } of snapshots) expect(stateOf(store, "/", revision)).toEqual(items);
          // A watch begun later, from any revision, tells the rest.
          const half = Math.floor(store.revision() / 2);
          const late = listen(store, "/", half);
          late.stop();
          expect(await late.watcher).toEqual(all.filter((event) => event.revision > half));
          await stores.close();
          clean();
        },
      ),
      { numRuns: name === "lmdb" ? 12 : 120 },
    );
  });

  test("of writers that race for one key each update is built on the one before, and none is lost [API-445]", async () => {
    const { stores, clean } = open();
    const store = stores.store<Value>("test");
    await store.create("/counter", { n: 0 });
    const increments = name === "lmdb" ? 10 : 200;
    let conflicts = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let done = 0; done < increments; ) {
          const item = store.get("/counter");
          if (item === undefined) throw new Error("the counter is gone");
          try {
            await store.update("/counter", { n: item.value.n + 1 }, item.modRevision);
            done += 1;
          } catch (error) {
            if (!isStorageError(error, "conflict")) throw error;
            conflicts += 1;
          }
        }
      }),
    );
    expect(store.get("/counter")?.value.n).toBe(8 * increments);
    expect(conflicts).toBeGreaterThan(0);
    await stores.close();
    clean();
  });
});
