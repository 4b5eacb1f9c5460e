import fc from "fast-check";
import { isStorageError, type Storage } from "../storage.ts";
import type { Counted, Operation, Watched } from "./checkhistory.ts";

/** What one client does, one after the other. */
export interface Step {
  readonly op: Operation["op"];
  readonly key: string;
  /** How the expected revision of an update or delete is chosen: what was read last, what is past, or (deletes) none. */
  readonly expects: "seen" | "stale" | "none";
  /** Turns of the event loop to wait before it. */
  readonly delay: number;
}

export const historyKeys = ["/a/1", "/a/2", "/b/1"];

export const step = fc.record<Step>({
  op: fc.constantFrom("create", "put", "update", "update", "delete", "get", "get", "list"),
  key: fc.constantFrom(...historyKeys),
  expects: fc.constantFrom("seen", "seen", "stale", "none"),
  delay: fc.nat(3),
});

/** Clients at once, each with its steps, on one of the stores; and watchers that come and go. */
export const scripts = (clients: number, steps: number): fc.Arbitrary<readonly (readonly Step[])[]> =>
  fc.array(fc.array(step, { minLength: 1, maxLength: steps }), { minLength: 2, maxLength: clients });

export interface History {
  readonly operations: readonly Operation[];
  readonly watches: readonly Watched[];
  readonly start: number;
}

/** Lets the clients work and writes down what each saw. `stores` are doors to one and the same store. */
export const record = async (stores: readonly Storage<Counted>[], clients: readonly (readonly Step[])[]): Promise<History> => {
  const doorOf = (index: number): Storage<Counted> => stores[index % stores.length] as Storage<Counted>;
  await Promise.all(stores.map((store) => store.latest?.()));
  const start = Math.max(...stores.map((store) => store.revision()));
  await Promise.all(stores.map((store) => store.reached(start)));
  const operations: Operation[] = [];
  const clock = { now: 0 };
  const tick = (): number => {
    clock.now += 1;
    return clock.now;
  };
  const watchers = ["/", "/a/", "/b/"].flatMap((prefix) => stores.map((store) => watching(store, prefix, start)));

  const work = async (store: Storage<Counted>, client: number, steps: readonly Step[]): Promise<void> => {
    const seen = new Map<string, number>();
    for (const [index, one] of steps.entries()) {
      for (let turn = 0; turn < one.delay; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
      // In the middle of it all somebody begins to watch from where the store is.
      if (index === 3 && client < 2) watchers.push(watching(store, "/", store.revision()));
      const n = client * 1_000_000 + index;
      const last = seen.get(one.key);
      const expected =
        one.expects === "none" && one.op === "delete" ? undefined : (last ?? 0) - (one.expects === "stale" ? 1 : 0);
      const began = tick();
      const outcome = await perform(store, one, n, expected);
      const ended = tick();
      if (outcome.did === "read" && outcome.found !== undefined) seen.set(one.key, outcome.found.modRevision);
      if (outcome.did === "write") seen.set(one.key, outcome.revision);
      if (outcome.did === "refuse" && outcome.currentRevision !== undefined) seen.set(one.key, outcome.currentRevision);
      const asks = one.op === "update" || one.op === "delete";
      operations.push({
        op: one.op,
        key: one.op === "list" ? "/" : one.key,
        began,
        ended,
        ...(asks && expected !== undefined ? { expected } : {}),
        n,
        outcome,
      });
    }
  };
  await Promise.all(clients.map((steps, client) => work(doorOf(client), client, steps)));
  await Promise.all(stores.map((store) => store.latest?.()));
  const watches = await Promise.all(watchers.map((watcher) => watcher.end()));
  return { operations, watches, start };
};

const perform = async (
  store: Storage<Counted>,
  { op, key }: Step,
  n: number,
  expected: number | undefined,
): Promise<Operation["outcome"]> => {
  const written = async (work: Promise<{ value: Counted; modRevision: number; createRevision: number }>) => {
    const { value, modRevision, createRevision } = await work;
    return { did: "write", revision: modRevision, n: value.n, createRevision } as const;
  };
  try {
    switch (op) {
      case "create":
        return await written(store.create(key, { n }));
      case "put":
        return await written(store.put(key, { n }));
      case "update":
        return await written(store.update(key, { n }, expected ?? 0));
      case "delete":
        return await written(store.delete(key, expected));
      case "get": {
        await store.latest?.();
        const item = store.get(key);
        return { did: "read", found: item === undefined ? undefined : { n: item.value.n, modRevision: item.modRevision } };
      }
      case "list": {
        await store.latest?.();
        const { items, revision } = store.list("/");
        return {
          did: "list",
          revision,
          found: items.map(({ key: name, value, modRevision }) => ({ key: name, n: value.n, modRevision })),
        };
      }
    }
  } catch (error) {
    if (!isStorageError(error) || !(error.kind === "exists" || error.kind === "missing" || error.kind === "conflict"))
      throw error;
    return { did: "refuse", why: error.kind, currentRevision: error.current?.modRevision };
  }
};

/** Everything a watcher tells until it is ended, then up to the store's newest. */
const watching = (store: Storage<Counted>, prefix: string, after: number) => {
  const watcher = store.watch(prefix, after);
  const events: Watched["events"][number][] = [];
  const state = { ending: false };
  const all = (async () => {
    while (!(state.ending && watcher.progress() >= store.revision())) {
      const batch = await watcher.next(2);
      if (batch === undefined) break;
      events.push(...batch);
    }
    watcher.close();
  })();
  return {
    end: async (): Promise<Watched> => {
      state.ending = true;
      watcher.interrupt();
      await all;
      return { prefix, after, events };
    },
  };
};
