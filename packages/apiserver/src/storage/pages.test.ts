import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openLmdb } from "./lmdb.node.ts";
import { createMemoryStores } from "./memory.ts";
import type { Stores } from "./storage.ts";

interface Value {
  readonly n: number;
}

const keys = 10_000;
const keyOf = (n: number): string => `/k/${String(n).padStart(5, "0")}`;

const onDisk = () => {
  const path = mkdtempSync(join(tmpdir(), "slipway-pages-"));
  return { stores: openLmdb({ path }), clean: () => rmSync(path, { recursive: true }) };
};

test.each<readonly [string, () => { readonly stores: Stores; readonly clean: () => void }]>([
  ["memory", () => ({ stores: createMemoryStores(), clean: () => undefined })],
  ["lmdb", onDisk],
])(
  "pages of a list of 10,000 keys on %s are one state, whatever is written between them [API-446] [API-183]",
  async (_name, open) => {
    const { stores, clean } = open();
    const store = stores.store<Value>("test");
    for (let from = 0; from < keys; from += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, n) => store.create(keyOf(from + n), { n: 0 })));
    }
    const start = new Map(store.list("/").items.map(({ key, value }) => [key, value.n]));
    const watcher = store.watch("/", store.revision());
    let stop = false;
    let written = 0;
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 1; !stop; n += 1) {
          const key = keyOf((n * 7919 + writer * 1237) % (keys + 500));
          if (n % 5 === 0) await store.delete(key).catch(() => undefined);
          else await store.put(key, { n: n * 8 + writer });
          written += 1;
          if (n % 20 === 0) await sleep(1);
        }
      }),
    );
    const lists: { readonly revision: number; readonly found: readonly (readonly [string, number])[] }[] = [];
    // Until there was enough to mix up, however the machine shares its time.
    for (let turn = 0; turn < 4 || written <= 200; turn += 1) {
      const first = store.list("/", { limit: 500 });
      const found = [...first.items];
      for (let page = first; page.more; ) {
        await sleep(1);
        const startAfter = found.at(-1)?.key ?? "";
        page = store.list("/", { limit: 500, at: first.revision, startAfter });
        expect(page.revision).toBe(first.revision);
        found.push(...page.items);
      }
      lists.push({ revision: first.revision, found: found.map(({ key, value }) => [key, value.n]) });
    }
    stop = true;
    await writing;
    const state = new Map(start);
    while (lists.length > 0) {
      if (watcher.progress() >= store.revision()) await store.put("/last", { n: 0 });
      for (const event of (await watcher.next()) ?? []) {
        for (const { revision, found } of lists.splice(0, lists.findLastIndex((list) => list.revision < event.revision) + 1)) {
          const wanted = [...state].sort(([one], [other]) => (one < other ? -1 : 1));
          expect(found.length, `at ${revision}`).toBe(wanted.length);
          expect(found).toEqual(wanted);
        }
        if (event.type === "deleted") state.delete(event.key);
        else state.set(event.key, event.value.n);
      }
    }
    expect(lists).toEqual([]);
    watcher.close();
    await stores.close();
    clean();
  },
);
