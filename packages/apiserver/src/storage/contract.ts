import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { type HistoryLimits, isStorageError, type Storage, type StorageEvent, type Watcher } from "./storage.ts";

export interface Value {
  readonly text: string;
  readonly rv?: string;
}

export interface ContractStores {
  open(options?: { history?: HistoryLimits; clock?: Clock }): Storage<Value>;
  close(): Promise<void>;
}

const stampOf = (value: Value, revision: number): Value => ({ ...value, rv: String(revision) });
export const contractOptions = (history?: HistoryLimits) => ({ stamp: stampOf, ...(history === undefined ? {} : { history }) });

/** What every store promises, whatever it keeps its items in. */
export const storageContract = (name: string, create: () => Promise<ContractStores>): void => {
  describe(`${name} storage`, () => {
    let stores: ContractStores;
    beforeEach(async () => {
      stores = await create();
    });
    afterEach(() => stores.close());

    const failsWith = (kind: Parameters<typeof isStorageError>[1]) => (error: unknown) => isStorageError(error, kind);

    test("every write gets the next revision, and items carry it but store without it [API-141] [API-443] [API-444]", async () => {
      const store = stores.open();
      const a = await store.create("/a", { text: "1" });
      const b = await store.create("/b", { text: "2" });
      expect(b.modRevision).toBeGreaterThan(a.modRevision);
      expect(store.revision()).toBe(b.modRevision);
      expect(store.get("/a")).toEqual({
        key: "/a",
        value: { text: "1", rv: String(a.modRevision) },
        createRevision: a.modRevision,
        modRevision: a.modRevision,
      });
      const again = await store.update("/a", { text: "3" }, a.modRevision);
      expect(again.createRevision).toBe(a.modRevision);
      expect(store.get("/a")).toBe(store.get("/a"));
      expect(Object.isFrozen(store.get("/a")?.value)).toBe(true);
    });

    test("a create that exists, an update of what is gone or newer, and a deletion of the wrong revision are refused [API-443]", async () => {
      const store = stores.open();
      const a = await store.create("/a", { text: "1" });
      await expect(store.create("/a", { text: "2" })).rejects.toSatisfy(failsWith("exists"));
      for (const expected of [0, 1]) {
        await expect(store.update("/nowhere", { text: "2" }, expected)).rejects.toSatisfy(failsWith("missing"));
        await expect(store.delete("/nowhere", expected)).rejects.toSatisfy(failsWith("missing"));
      }
      const b = await store.update("/a", { text: "2" }, a.modRevision);
      const error = await store.update("/a", { text: "3" }, a.modRevision).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ kind: "conflict", current: { modRevision: b.modRevision, value: { text: "2" } } });
      await expect(store.delete("/a", a.modRevision)).rejects.toSatisfy(failsWith("conflict"));
      const last = await store.delete("/a", b.modRevision);
      expect(last.value).toEqual({ text: "2", rv: String(last.modRevision) });
      await expect(store.delete("/a")).rejects.toSatisfy(failsWith("missing"));
      expect(store.get("/a")).toBeUndefined();
    });

    test("of many writers with one expected revision exactly one succeeds [API-445]", async () => {
      const store = stores.open();
      const first = await store.create("/a", { text: "0" });
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => store.update("/a", { text: String(index) }, first.modRevision)),
      );
      const winners = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.value.text] : []));
      expect(winners).toHaveLength(1);
      expect(store.get("/a")?.value.text).toBe(winners[0]);
    });

    test("nobody sees a write before it is durable, and a refusal waits for what it tells of [API-435] [API-447]", async () => {
      const store = stores.open();
      const done: string[] = [];
      const creates = ["1", "2"].map((text) =>
        store.create("/a", { text }).then(
          () => {
            done.push("written");
            return text;
          },
          () => {
            // A refusal that tells of a write comes after that write can be seen.
            done.push(store.get("/a") === undefined ? "refused too early" : "refused");
            return undefined;
          },
        ),
      );
      expect(store.get("/a")).toBeUndefined();
      const winners = (await Promise.all(creates)).filter((text) => text !== undefined);
      expect(done.sort()).toEqual(["refused", "written"]);
      expect([store.get("/a")?.value.text]).toEqual(winners);
    });

    test("several changes go together at one revision or not at all [API-434]", async () => {
      const store = stores.open();
      const a = await store.create("/a", { text: "1" });
      const failing = store.write([
        { op: "create", key: "/b", value: { text: "2" } },
        { op: "update", key: "/a", value: { text: "2" }, expectedRevision: a.modRevision + 100 },
      ]);
      await expect(failing).rejects.toSatisfy(failsWith("conflict"));
      expect(store.get("/b")).toBeUndefined();
      const watcher = store.watch("/", store.revision());
      const items = await store.write([
        { op: "create", key: "/b", value: { text: "2" } },
        { op: "delete", key: "/a" },
        { op: "put", key: "/c", value: { text: "3" } },
      ]);
      expect(new Set(items.map((item) => item.modRevision)).size).toBe(1);
      expect((await watcher.next(1))?.map((event) => `${event.type} ${event.key}`)).toEqual([
        "created /b",
        "deleted /a",
        "created /c",
      ]);
    });

    test("a list is in key order, page by page, at one revision whatever happens meanwhile [API-175] [API-442] [API-446]", async () => {
      const store = stores.open();
      for (const name of ["c", "a", "e", "b", "d"]) await store.create(`/x/${name}`, { text: name });
      await store.create("/xy", { text: "no" });
      const first = store.list("/x/", { limit: 2 });
      expect(first).toMatchObject({ more: true, items: [{ key: "/x/a" }, { key: "/x/b" }] });
      await store.delete("/x/c");
      await store.create("/x/aa", { text: "new" });
      await store.put("/x/d", { text: "changed" });
      await store.put("/x/f", { text: "new" });
      const second = store.list("/x/", { startAfter: "/x/b", at: first.revision, limit: 2 });
      expect(second.items.map((item) => item.value.text)).toEqual(["c", "d"]);
      expect(second.more).toBe(true);
      expect(second.revision).toBe(first.revision);
      expect(store.list("/x/", { startAfter: "/x/d", at: first.revision })).toMatchObject({
        more: false,
        items: [{ key: "/x/e" }],
      });
      expect(store.list("/x/").items.map((item) => item.value.text)).toEqual(["a", "new", "b", "changed", "e", "new"]);
      expect(store.count("/x/")).toBe(6);
      expect(() => store.list("/x/", { at: store.revision() + 1 })).toThrow(/future/);
    });

    test("a watch tells every event after its revision once, in order, with what was before [API-189] [API-437] [API-447]", async () => {
      const store = stores.open();
      const start = store.revision();
      const a = await store.create("/x/a", { text: "1" });
      await store.create("/y/a", { text: "no" });
      const watcher = store.watch("/x/", a.modRevision);
      await store.put("/x/a", { text: "2" });
      await store.put("/y/b", { text: "no" });
      await store.delete("/x/a");
      expect(await take(watcher, 2)).toMatchObject([
        { type: "updated", value: { text: "2" }, previous: { text: "1" } },
        {
          type: "deleted",
          value: { text: "2", rv: String(store.revision()) },
          previous: { text: "2" },
          revision: store.revision(),
        },
      ]);
      const late = store.watch("/x/", start);
      expect((await take(late, 3)).map((event) => event.type)).toEqual(["created", "updated", "deleted"]);
      const waiting = watcher.next();
      await store.create("/x/b", { text: "3" });
      expect(await waiting).toMatchObject([{ key: "/x/b" }]);
      watcher.close();
      expect(await watcher.next()).toBeUndefined();
      expect(() => store.watch("/x/", store.revision() + 1)).toThrow(/future/);
    });

    test("a quiet watcher's progress moves with the store, and never past an event it has not given out [API-199] [API-200] [API-448]", async () => {
      const store = stores.open();
      const quiet = store.watch("/quiet/", store.revision());
      await store.create("/other", { text: "1" });
      expect(quiet.progress()).toBe(store.revision());
      const event = await store.create("/quiet/a", { text: "1" });
      await store.create("/other2", { text: "1" });
      expect(quiet.progress()).toBeLessThan(event.modRevision);
      await quiet.next();
      expect(quiet.progress()).toBe(store.revision());
      const waiting = quiet.next();
      quiet.interrupt();
      expect(await waiting).toEqual([]);
    });

    test("history is bounded: an older watch or list is refused as compacted, current values stay [API-197] [API-449]", async () => {
      const store = stores.open({ history: { seconds: 0, events: 10, maximumEvents: 10, maximumBytes: 1e9, watcherLag: 5 } });
      const start = store.revision();
      await store.create("/a", { text: "kept" });
      for (let index = 0; index < 30; index += 1) await store.put("/b", { text: String(index) });
      expect(() => store.watch("/", start + 1)).toThrow(/compacted/);
      expect(() => store.list("/", { at: start + 1 })).toThrow(/compacted/);
      expect(store.get("/a")?.value.text).toBe("kept");
      expect(await take(store.watch("/", store.compactedRevision()), 10)).toHaveLength(10);
    });

    test("a watcher that falls too far behind is ended, others and writers are not held up [API-204] [API-205]", async () => {
      const store = stores.open({ history: { seconds: 300, events: 100, maximumEvents: 100, maximumBytes: 1e9, watcherLag: 5 } });
      const start = store.revision();
      const slow = store.watch("/", start);
      for (let index = 0; index < 10; index += 1) await store.put("/a", { text: String(index) });
      expect(await slow.next()).toBeUndefined();
      expect(await take(store.watch("/", start), 10)).toHaveLength(10);
    });

    test("what is handed in may be changed afterwards, what is handed out is frozen [API-461]", async () => {
      const store = stores.open();
      const value = { text: "1", nested: { list: [1, undefined, 3], gone: undefined } };
      const item = await store.create("/a", value);
      value.nested.list[0] = 99;
      expect(store.get("/a")?.value).toEqual({ text: "1", nested: { list: [1, null, 3] }, rv: item.value.rv });
    });
  });
};

const take = async <V>(watcher: Watcher<V>, count: number): Promise<StorageEvent<V>[]> => {
  const events: StorageEvent<V>[] = [];
  while (events.length < count) events.push(...((await watcher.next()) ?? []));
  return events;
};
