import { expect, test } from "vitest";
import type { Phase } from "../../contract/index.ts";
import { createSteps, isBeingMade } from "./progress.ts";

const time = (phase: Phase, startedAt: string, finishedAt: string | null = null) => ({ phase, startedAt, finishedAt });
const told = (phase: Phase, phases: Parameters<typeof createSteps>[1] = { phases: [] }) =>
  createSteps({ phase }, phases).map(({ state }) => state);

test("a cluster on its way shows what is done, what is now and what is ahead [CON-004]", () => {
  expect(told("BOOTSTRAPPING")).toEqual(["done", "now", "ahead", "ahead", "ahead"]);
  expect(told("ACTIVE")).toEqual(["done", "done", "done", "done", "done"]);
});

test("each step has the time when it began and ended [CON-040]", () => {
  const phases = [time("BOOTSTRAPPING", "12:01"), time("CREATING", "12:00", "12:01")];
  expect(createSteps({ phase: "BOOTSTRAPPING" }, { phases }).slice(0, 3)).toEqual([
    { phase: "CREATING", state: "done", startedAt: "12:00", finishedAt: "12:01" },
    { phase: "BOOTSTRAPPING", state: "now", startedAt: "12:01", finishedAt: null },
    { phase: "READY_CONTROL_PLANE", state: "ahead", startedAt: null, finishedAt: null },
  ]);
});

test("a create that failed shows how far it came [CON-040]", () => {
  const phases = [time("CREATING", "1", "2"), time("BOOTSTRAPPING", "2", "3"), time("ERROR", "3")];
  expect(told("ERROR", { phases })).toEqual(["done", "failed", "ahead", "ahead", "ahead"]);
});

test("a cluster that was usable once has its birth behind it, whatever comes later [CON-041]", () => {
  expect(told("UPGRADING")).toEqual(["done", "done", "done", "done", "done"]);
  expect(told("ERROR", { phases: [time("ACTIVE", "4"), time("ERROR", "9")] })).toEqual(["done", "done", "done", "done", "done"]);
});

test("the strip of a birth is shown until the cluster is changed for the first time [CON-041]", () => {
  expect(isBeingMade({ phase: "ACTIVE", status: "CREATE_COMPLETE" })).toBe(true);
  expect(isBeingMade({ phase: "UPGRADING", status: "UPDATE_IN_PROGRESS" })).toBe(false);
  expect(isBeingMade({ phase: "DELETING", status: "CREATE_COMPLETE" })).toBe(false);
});
