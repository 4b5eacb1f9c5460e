/** The same contract over a real etcd, Debian's; and what only a store with several writers has to keep. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEtcd } from "@slipway/etcd/connect.node.ts";
import { type RunningEtcd, startEtcd } from "@slipway/etcd/testing/etcd.node.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractOptions, storageContract, type Value } from "../contract.ts";
import { createSealer } from "../sealing.node.ts";
import { isStorageError } from "../storage.ts";
import { testKeys } from "../testing/keys.node.ts";
import { type EtcdStores, openEtcdStores } from "./etcdstores.ts";

let etcd: RunningEtcd;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());

const open = (prefix: string, more: Partial<Parameters<typeof openEtcdStores>[0]> = {}): Promise<EtcdStores> =>
  openEtcdStores({ client: connectEtcd({ endpoints: [etcd.endpoint] }), prefix: `/${prefix}/`, ...more });
const names: string[] = [];
/** A place among etcd's keys that no other test has. */
const fresh = () => {
  names.push("");
  return `t${process.pid}-${names.length}`;
};

/** A way to etcd that can be cut. */
const cuttable = async (endpoint: string) => {
  const target = Number(new URL(endpoint).port);
  const open = new Set<Socket>();
  const state = { cut: false };
  const server = createServer((socket) => {
    if (state.cut) {
      socket.destroy();
      return;
    }
    const onward = connect(target, "127.0.0.1");
    for (const end of [socket, onward]) {
      open.add(end);
      end.on("error", () => undefined);
      end.once("close", () => {
        socket.destroy();
        onward.destroy();
        open.delete(end);
      });
    }
    socket.pipe(onward);
    onward.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    cut: (): void => {
      state.cut = true;
      for (const socket of open) socket.destroy();
    },
    mend: (): void => {
      state.cut = false;
    },
    close: (): void => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
};

storageContract("etcd", async () => {
  const stores = await open(fresh());
  return { open: (options) => stores.store<Value>("test", contractOptions(options?.history)), close: stores.close };
});

describe("two stores over one etcd", () => {
  test("see each other's writes in one order with the same revisions, and of two writers one wins [API-435] [API-445] [API-437]", async () => {
    const prefix = fresh();
    const [one, two] = [await open(prefix), await open(prefix)];
    const [a, b] = [one.store<Value>("test", contractOptions()), two.store<Value>("test", contractOptions())];
    const start = Math.max(a.revision(), b.revision());
    const watchers = [a, b].map((store) => store.watch("/", start));
    const made = await a.create("/x", { text: "0" });
    await expect(b.create("/x", { text: "also" })).rejects.toMatchObject({
      kind: "exists",
      current: { modRevision: made.modRevision },
    });
    let wins = 0;
    const race = async (store: typeof a, writer: string) => {
      for (let turn = 0; turn < 40; turn += 1) {
        const current = store.get("/x");
        if (current === undefined) throw new Error("it is gone");
        try {
          await store.update("/x", { text: `${writer}${turn}` }, current.modRevision);
          wins += 1;
        } catch (error) {
          if (!isStorageError(error, "conflict")) throw error;
          // What is told of is here already.
          expect(store.get("/x")?.modRevision).toBeGreaterThanOrEqual(error.current?.modRevision ?? 0);
        }
      }
    };
    await Promise.all([race(a, "a"), race(b, "b"), race(a, "c"), race(b, "d")]);
    await Promise.all([a.latest?.(), b.latest?.()]);
    expect(a.get("/x")).toEqual(b.get("/x"));
    const told = await Promise.all(
      watchers.map(async (watcher) => {
        const events = [];
        while (events.length < wins + 1) events.push(...((await watcher.next()) ?? []));
        return events;
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(new Set(told[0]?.map(({ revision }) => revision)).size).toBe(wins + 1);
    await Promise.all([one.close(), two.close()]);
  });

  test("a read that asks for the newest sees what was acknowledged anywhere before it [API-436] [API-435]", async () => {
    const prefix = fresh();
    const [one, two] = [await open(prefix), await open(prefix)];
    const [a, b] = [one.store<Value>("test"), two.store<Value>("test")];
    for (let n = 0; n < 100; n += 1) {
      const [writer, reader] = n % 2 === 0 ? [a, b] : [b, a];
      await writer.put("/x", { text: String(n) });
      await reader.latest?.();
      expect(reader.get("/x")?.value.text).toBe(String(n));
    }
    await a.delete("/x");
    await Promise.all(Array.from({ length: 20 }, () => b.latest?.()));
    expect(b.get("/x")).toBeUndefined();
    await Promise.all([one.close(), two.close()]);
  });

  test("what one drops is gone for both, and a store opened late has everything", async () => {
    const prefix = fresh();
    const [one, two] = [await open(prefix), await open(prefix)];
    await one.store<Value>("kept").create("/a", { text: "1" });
    await one.store<Value>("dropped").create("/a", { text: "2" });
    const late = two.store<Value>("kept");
    await late.latest?.();
    expect(late.get("/a")?.value.text).toBe("1");
    expect([...two.names()].sort()).toEqual(["dropped", "kept"]);
    await one.drop("dropped");
    await late.latest?.();
    expect([...two.names()]).toEqual(["kept"]);
    await Promise.all([one.close(), two.close()]);
    const three = await open(prefix);
    expect(three.store<Value>("kept").get("/a")).toMatchObject({ value: { text: "1" } });
    expect(three.names()).toEqual(["kept"]);
    await three.close();
  });

  test("items with a time to live go once it is over, whoever is there [API-440]", async () => {
    const prefix = fresh();
    const one = await open(prefix);
    await one.store<Value>("test").put("/short", { text: "1" }, { ttlSeconds: 1 });
    await one.close();
    const [two, three] = [await open(prefix), await open(prefix)];
    const stores = [two, three].map((opened) => opened.store<Value>("test"));
    await expect.poll(() => stores.map((store) => store.get("/short")), { timeout: 30_000 }).toEqual([undefined, undefined]);
    await Promise.all([two.close(), three.close()]);
  });
});

describe("a store in etcd", () => {
  test("keeps Secrets sealed there, and writes all of them again with a new key while it is used [API-455]", async () => {
    const prefix = fresh();
    const sealer = createSealer(testKeys);
    const stores = await open(prefix, { sealer });
    const store = stores.store<Value>("management", contractOptions());
    const key = "/registry/core/secrets/default/a";
    await store.create(key, { text: "hunter2" });
    await store.create("/registry/core/configmaps/default/a", { text: "open" });
    const raw = async () => {
      const client = connectEtcd({ endpoints: [etcd.endpoint] });
      const { kvs } = await client.range({ key: `/${prefix}/management:`, end: `/${prefix}/management;` });
      client.close();
      return kvs.map(({ value }) => new TextDecoder().decode(value)).join("\n");
    };
    expect(await raw()).toContain("slipway:enc:aesgcm:v1:a:");
    expect(await raw()).not.toContain("hunter2");
    sealer.use([...testKeys].reverse());
    expect(await stores.reseal()).toBe(1);
    expect(await raw()).toContain("slipway:enc:aesgcm:v1:b:");
    expect(await raw()).not.toContain("v1:a:");
    await store.latest?.();
    expect(store.get(key)?.value.text).toBe("hunter2");
    await stores.close();
  });

  test("goes on where it was when etcd comes back: nothing acknowledged is lost, no watcher misses or repeats an event [API-437] [API-450]", async () => {
    const own = await startEtcd();
    const troubles: unknown[] = [];
    const stores = await openEtcdStores({
      client: connectEtcd({ endpoints: [own.endpoint], dialTimeoutMilliseconds: 500, callTimeoutMilliseconds: 1500 }),
      onTrouble: (error) => troubles.push(error),
    });
    const store = stores.store<Value>("test", contractOptions());
    const watcher = store.watch("/", store.revision());
    const acknowledged = new Map<string, number>();
    let stop = false;
    const kinds = new Set<string>();
    const writing = Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 0; !stop; n += 1) {
          const key = `/k${writer}-${n}`;
          try {
            acknowledged.set(key, (await store.create(key, { text: String(n) })).modRevision);
          } catch (error) {
            if (!isStorageError(error)) throw error;
            kinds.add(error.kind);
            await sleep(20);
          }
        }
      }),
    );
    for (let turn = 0; turn < 2; turn += 1) {
      await sleep(300);
      await own.kill("SIGKILL");
      expect(store.list("/").items.length).toBeGreaterThan(0);
      await sleep(200);
      await own.start();
    }
    const before = store.revision();
    await expect.poll(() => store.revision(), { timeout: 20_000 }).toBeGreaterThan(before);
    stop = true;
    await writing;
    await store.latest?.();
    for (const [key, revision] of acknowledged) expect(store.get(key)?.modRevision, key).toBe(revision);
    // What was not acknowledged may be there or not; but nothing else may have happened to it.
    expect([...kinds].every((kind) => kind === "unavailable" || kind === "unknown")).toBe(true);
    const events: string[] = [];
    while (watcher.progress() < store.revision()) for (const { key } of (await watcher.next()) ?? []) events.push(key);
    expect(new Set(events).size).toBe(events.length);
    expect(new Set(events)).toEqual(new Set(store.list("/").items.map(({ key }) => key)));
    expect(troubles.length).toBeGreaterThan(0);
    await stores.close();
    await own.stop();
  });

  test("that was away while etcd forgot what happened ends its watchers, and holds what there is [API-440] [API-449]", async () => {
    const prefix = fresh();
    const way = await cuttable(etcd.endpoint);
    const stores = await openEtcdStores({
      client: connectEtcd({ endpoints: [way.endpoint], dialTimeoutMilliseconds: 500 }),
      prefix: `/${prefix}/`,
    });
    const store = stores.store<Value>("test");
    await store.create("/a", { text: "1" });
    const { modRevision: seen } = await store.create("/b", { text: "1" });
    const watcher = store.watch("/", seen);
    const ended = watcher.next();
    way.cut();
    const client = connectEtcd({ endpoints: [etcd.endpoint] });
    const other = await openEtcdStores({ client, prefix: `/${prefix}/` });
    const writer = other.store<Value>("test");
    await writer.delete("/a");
    const { modRevision } = await writer.put("/b", { text: "2" });
    await client.compact(modRevision);
    // Without etcd nobody can say what is the newest, but what was is still there to read.
    await expect(store.latest?.()).rejects.toMatchObject({ kind: "unavailable" });
    await expect(store.put("/c", { text: "1" })).rejects.toMatchObject({
      kind: expect.stringMatching(/^(unavailable|unknown)$/),
    });
    expect(store.get("/b")?.value.text).toBe("1");
    way.mend();
    expect(await ended).toBeUndefined();
    await store.latest?.();
    expect(store.get("/b")?.value.text).toBe("2");
    expect(store.get("/a")).toBeUndefined();
    expect(() => store.watch("/", seen)).toThrow(/compacted/);
    await Promise.all([stores.close(), other.close()]);
    way.close();
  });

  test("without space refuses writes in etcd's words and goes on reading [API-454] [API-439]", async () => {
    const own = await startEtcd(["--quota-backend-bytes", String(4 * 1024 * 1024)]);
    const stores = await openEtcdStores({ client: connectEtcd({ endpoints: [own.endpoint] }) });
    const store = stores.store<Value>("test");
    const text = "x".repeat(100_000);
    let refused: unknown;
    for (let n = 0; n < 200 && refused === undefined; n += 1) {
      await store.put(`/k${n}`, { text }).catch((error: unknown) => {
        refused = error;
      });
    }
    expect(refused).toMatchObject({ kind: "full", message: "etcdserver: mvcc: database space exceeded" });
    await store.latest?.();
    expect(store.list("/").items.length).toBeGreaterThan(5);
    await stores.close();
    await own.stop();
  });

  test("that cannot be reached says which endpoints it tried and why", async () => {
    const client = connectEtcd({ endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:2"], dialTimeoutMilliseconds: 500 });
    await expect(openEtcdStores({ client })).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/127.0.0.1:1: .*ECONNREFUSED.*127.0.0.1:2: .*ECONNREFUSED/),
    });
    client.close();
  });
});
