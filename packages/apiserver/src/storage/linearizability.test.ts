import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openLmdb } from "./lmdb.node.ts";
import { createMemoryStores } from "./memory.ts";
import type { Stores } from "./storage.ts";
import { type Counted, faultsOf, type Operation } from "./testing/checkhistory.ts";
import { type History, historyKeys, record, type Step, scripts } from "./testing/randomclients.ts";
import "../../../../scripts/propertyseed.ts";

const inMemory = async <T>(use: (stores: Stores) => Promise<T>): Promise<T> => {
  const stores = createMemoryStores();
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
};
const onDisk = async <T>(use: (stores: Stores) => Promise<T>): Promise<T> => {
  const path = mkdtempSync(join(tmpdir(), "slipway-linear-"));
  const stores = openLmdb({ path });
  try {
    return await use(stores);
  } finally {
    await stores.close();
    rmSync(path, { recursive: true });
  }
};

describe.each([
  ["memory", inMemory, 60],
  ["lmdb", onDisk, 12],
] as const)("clients at once on %s", (_name, open, runs) => {
  test("see one order of all their operations, and watchers are told that order, nothing lost, repeated or moved [API-435] [API-436] [API-437] [API-445] [API-446] [API-447]", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(scripts(8, 12), (clients) =>
        open(async (stores) => {
          const { operations, watches, start } = await record([stores.store<Counted>("test")], clients);
          expect(faultsOf(operations, watches, start)).toEqual([]);
        }),
      ),
      { numRuns: runs },
    );
  });
});

/** The same sequence for the same seed: a failure can be seen again. */
const randomScripts = (seed: number, clients: number, steps: number): readonly (readonly Step[])[] => {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const ops = ["create", "put", "update", "update", "update", "delete", "get", "get"] as const;
  return Array.from({ length: clients }, () =>
    Array.from({ length: steps }, () => ({
      op: ops[next(ops.length)] ?? "get",
      key: historyKeys[next(historyKeys.length)] ?? "/a/1",
      expects: (["seen", "seen", "seen", "stale", "none"] as const)[next(5)] ?? "seen",
      delay: next(200) === 0 ? 1 : 0,
    })),
  );
};

test("a hundred thousand operations of 32 clients at once have one order [API-445]", { timeout: 120_000 }, async () => {
  await inMemory(async (stores) => {
    const { operations, watches, start } = await record([stores.store<Counted>("test")], randomScripts(7, 32, 3200));
    expect(operations.length).toBeGreaterThan(100_000);
    expect(operations.filter(({ outcome }) => outcome.did === "write").length).toBeGreaterThan(10_000);
    expect(operations.filter(({ outcome }) => outcome.did === "refuse").length).toBeGreaterThan(1000);
    expect(faultsOf(operations, watches, start)).toEqual([]);
  });
});

describe("the checker finds", () => {
  const history = (): Promise<History> => inMemory((stores) => record([stores.store<Counted>("test")], randomScripts(3, 6, 60)));
  const check = ({ operations, watches, start }: History) => faultsOf(operations, watches, start);
  const changed = ({ operations, ...rest }: History, change: (all: Operation[]) => void): History => {
    const all = [...operations];
    change(all);
    return { ...rest, operations: all };
  };
  const last = (all: readonly Operation[], is: (one: Operation) => boolean): number => all.findLastIndex(is);

  test("nothing wrong with what is right", async () => expect(check(await history())).toEqual([]));

  test("a read of what was overwritten before it began", async () => {
    const whole = await history();
    const stale = changed(whole, (all) => {
      const write = all.find(({ op, outcome }) => op === "put" && outcome.did === "write");
      if (write?.outcome.did !== "write") throw new Error("there are puts");
      const moment = 1_000_000;
      const found = { n: write.outcome.n, modRevision: write.outcome.revision };
      all.push({ op: "get", key: write.key, began: moment, ended: moment + 1, outcome: { did: "read", found } });
    });
    expect(check(stale).join()).toMatch(/^get .*found .*could be one of/);
  });

  test("an acknowledged write that is lost, and one that is acknowledged twice", async () => {
    const whole = await history();
    const isWrite = ({ outcome }: Operation): boolean => outcome.did === "write";
    const lost = changed(whole, (all) => all.splice(last(all, isWrite), 1));
    expect(check(lost).join()).toMatch(/told .* where/);
    const twice = changed(whole, (all) => all.push(all[last(all, isWrite)] as Operation));
    expect(check(twice).join()).toMatch(/given out before/);
  });

  test("a refusal for which there was no reason", async () => {
    const unfounded = changed(await history(), (all) => {
      const outcome = { did: "refuse", why: "conflict", currentRevision: 3 } as const;
      all.push({ op: "update", key: "/a/1", began: 1_000_000, ended: 1_000_001, expected: 2, outcome });
    });
    expect(check(unfounded).join()).toMatch(/refused as conflict/);
  });

  test("an event that a watcher was not told, was told twice, or out of order", async () => {
    const whole = await history();
    const tampered = (change: (events: History["watches"][number]["events"][number][]) => void): readonly string[] => {
      const [first, ...others] = whole.watches;
      if (first === undefined) throw new Error("there are watchers");
      const events = [...first.events];
      change(events);
      return check({ ...whole, watches: [{ ...first, events }, ...others] });
    };
    expect(tampered((events) => events.splice(5, 1))).toHaveLength(1);
    expect(tampered((events) => events.splice(events.length - 1, 1))).toHaveLength(1);
    expect(tampered((events) => events.splice(5, 0, events[5] as never))).toHaveLength(1);
    expect(tampered((events) => events.splice(5, 2, events[6] as never, events[5] as never))).toHaveLength(1);
  });
});
