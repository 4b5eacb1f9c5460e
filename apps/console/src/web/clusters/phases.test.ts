import { expect, test } from "vitest";
import { healthLook } from "./phases.ts";

test("a cluster that is being made raises no alarm for nodes that are not there yet, unless it is stuck", () => {
  const unhealthy = { health: "UNHEALTHY" } as const;
  expect(healthLook({ ...unhealthy, phase: "BOOTSTRAPPING", stuckSince: null }).tone).toBe("quiet");
  expect(healthLook({ ...unhealthy, phase: "BOOTSTRAPPING", stuckSince: "2026-11-22T08:00:00Z" }).tone).toBe("bad");
  expect(healthLook({ ...unhealthy, phase: "ACTIVE", stuckSince: null }).tone).toBe("bad");
  expect(healthLook({ ...unhealthy, phase: "UPDATING", stuckSince: null }).tone).toBe("bad");
  expect(healthLook(unhealthy).tone).toBe("bad");
});
