import { Lease } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { nextTurn } from "../clock/turn.ts";
import { silentLog } from "../log/log.ts";
import { lead } from "./lease.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
};

const start = async () => {
  const clock = createVirtualClock();
  const api = await createApiInMemory();
  const candidate = (identity: string) => {
    const stop = new AbortController();
    const state = { identity, leading: false, lost: undefined as Error | undefined, cut: false, stop };
    const client = {
      ...api.client,
      get: ((...args: Parameters<typeof api.client.get>) =>
        state.cut ? Promise.reject(new Error("cut off")) : api.client.get(...args)) as typeof api.client.get,
    };
    void lead({
      client,
      clock,
      log: silentLog,
      election: { lease: { namespace: "default", name: "controller-leader-election-capi" }, identity },
      signal: stop.signal,
      lost: (error) => {
        state.lost = error;
      },
    }).then(() => {
      state.leading = true;
    });
    return state;
  };
  return { clock, client: api.client, candidate, close: api.close };
};

test("one leads; when it falls silent another takes over, and the first knows it has lost before that", async () => {
  const { clock, client, candidate, close } = await start();
  const first = candidate("first");
  await turns();
  const second = candidate("second");
  await clock.advance(60_000);
  expect([first.leading, second.leading]).toEqual([true, false]);
  first.cut = true;
  await clock.advance(12_000);
  expect(first.lost?.message).toMatch(/leader election lost/);
  expect(second.leading).toBe(false);
  await clock.advance(10_000);
  expect(second.leading).toBe(true);
  const lease = await client.get(Lease, { namespace: "default", name: "controller-leader-election-capi" });
  expect(lease.spec).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
  second.stop.abort();
  await turns();
  await close();
});

test("a leader that stops gives the Lease back at once", async () => {
  const { clock, candidate, close } = await start();
  const first = candidate("first");
  await turns();
  const second = candidate("second");
  await clock.advance(4000);
  first.stop.abort();
  await clock.advance(2000);
  expect(second.leading).toBe(true);
  second.stop.abort();
  await turns();
  await close();
});
