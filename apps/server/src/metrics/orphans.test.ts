import type { KubeObject } from "@slipway/api";
import { createPrometheusMetrics } from "@slipway/observability";
import { createVirtualClock, silentLog } from "@slipway/runtime";
import { expect, test } from "vitest";
import { countOrphans } from "./orphans.ts";

test("clusters whose project is gone are counted, each project asked for once; a cloud that is away changes nothing; what was cleaned is told within five minutes [OBS-151] [RUN-080]", async () => {
  const clock = createVirtualClock();
  const metrics = createPrometheusMetrics();
  const world = { projects: new Set(["a", "b"]), up: true, asked: [] as string[] };
  const cluster = (projectId: string) =>
    ({ kind: "MagnumCluster", metadata: { name: projectId }, spec: { projectId } }) as unknown as KubeObject;
  const clusters = ["a", "a", "b", "b", "b"].map(cluster);
  const counting = countOrphans({
    caches: { synced: async () => {}, list: () => clusters as never },
    projectExists: async (id) => {
      world.asked.push(id);
      if (!world.up) throw new Error("Keystone is away");
      return world.projects.has(id);
    },
    ...{ metrics, clock, log: silentLog },
  });
  const shown = async () => /^magnum_orphaned_clusters (\d+)$/m.exec(await metrics.render())?.[1];
  await clock.advance(1000);
  expect([await shown(), world.asked]).toEqual(["0", ["a", "b"]]);
  world.projects.delete("b");
  await clock.advance(300_000);
  expect(await shown()).toBe("3");
  world.up = false;
  world.projects.delete("a");
  await clock.advance(300_000);
  expect(await shown()).toBe("3");
  world.up = true;
  await clock.advance(300_000);
  expect(await shown()).toBe("5");
  counting.stop();
});
