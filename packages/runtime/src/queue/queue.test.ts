import { describe, expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { nextTurn } from "../clock/turn.ts";
import { createQueue, type QueueResult } from "./queue.ts";

const start = (handle: (key: string) => Promise<QueueResult>, concurrency = 2) => {
  const clock = createVirtualClock();
  const queue = createQueue({ name: "test", clock, concurrency, handle });
  queue.start();
  return { clock, queue };
};
/** A pass that goes on until it is let go. */
const gate = () => {
  const open: (() => void)[] = [];
  return { wait: () => new Promise<void>((resolve) => open.push(resolve)), release: () => open.shift()?.() };
};

describe("a work queue", () => {
  test("makes one pass for a name however often it is added, and never two at once", async () => {
    const passes: string[] = [];
    const { wait, release } = gate();
    const { queue } = start(async (key) => {
      passes.push(key);
      await wait();
      return {};
    });
    for (let times = 0; times < 5; times += 1) queue.add("a");
    await nextTurn();
    expect(passes).toEqual(["a"]);
    queue.add("a");
    queue.add("a");
    await nextTurn();
    expect(passes).toEqual(["a"]);
    release();
    await nextTurn();
    expect(passes).toEqual(["a", "a"]); // what came meanwhile is not lost
    release();
    await nextTurn();
    expect(passes).toHaveLength(2);
    expect(queue.active()).toBe(0);
  });

  test("works on so many at once and no more", async () => {
    let now = 0;
    let most = 0;
    const { queue } = start(async () => {
      now += 1;
      most = Math.max(most, now);
      await nextTurn();
      now -= 1;
      return {};
    }, 3);
    for (let name = 0; name < 50; name += 1) queue.add(`${name}`);
    while (queue.active() > 0) await nextTurn();
    expect(most).toBe(3);
    expect(queue.passes()).toBe(50);
  });

  test("backs off per name, doubling, and forgets with the first success", async () => {
    let failing = true;
    const seen: number[] = [];
    const { queue, clock } = start(async (key) => {
      if (key === "bad") seen.push(clock.now().getTime() - origin);
      if (key === "bad" && failing) throw new Error("no");
      return {};
    });
    const origin = clock.now().getTime();
    queue.add("bad");
    await clock.advance(5 + 10 + 20 + 40);
    expect(seen).toEqual([0, 5, 15, 35, 75]);
    failing = false;
    await clock.advance(80);
    failing = true;
    seen.length = 0;
    const again = clock.now().getTime() - origin;
    queue.add("bad");
    await clock.advance(5);
    expect(seen).toEqual([again, again + 5]);
  });

  test("looks again when asked to, and a newer appointment replaces an older one", async () => {
    const wishes = [60, undefined, undefined];
    let passes = 0;
    const { queue, clock } = start(async () => {
      const wish = wishes[passes];
      passes += 1;
      return wish === undefined ? {} : { recheckMilliseconds: wish * 1000 };
    });
    queue.add("a");
    await clock.advance(10_000);
    queue.add("a"); // finds nothing to wait for any more
    await clock.advance(120_000);
    expect(passes).toBe(2);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test("looks at a burst of lazy names once, soon, and not again after an urgent pass", async () => {
    const passes: string[] = [];
    const { queue } = start(async (key) => {
      passes.push(key);
      return {};
    });
    for (let turn = 0; turn < 5; turn += 1) {
      queue.addLazily("a");
      await nextTurn();
    }
    expect(passes).toEqual([]);
    expect(queue.active()).toBe(1);
    while (queue.active() > 0) await nextTurn();
    expect(passes).toEqual(["a"]);
    queue.addLazily("a");
    queue.add("a");
    while (queue.active() > 0) await nextTurn();
    expect(passes).toEqual(["a", "a"]);
  });

  test("stops after the passes that are running", async () => {
    const { wait, release } = gate();
    const { queue } = start(async () => {
      await wait();
      return {};
    }, 1);
    queue.add("a");
    queue.add("b");
    await nextTurn();
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await nextTurn();
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(queue.passes()).toBe(1);
  });
});
