import type { CaRotation, MagnumCluster, Stored } from "@slipway/api";
import { expect, test } from "vitest";
import { rotationReason, rotationStatus, rotationView } from "./words.ts";

const requestedAt = "2026-11-22T11:00:00Z";
const record = (id: string | undefined, kubernetesVersion = "v1.32.5") =>
  ({ spec: { kubernetesVersion, ...(id === undefined ? {} : { caRotation: { id, requestedAt } }) } }) as Stored<MagnumCluster>;
const at = (minute: number) => `2026-11-22T12:${String(minute).padStart(2, "0")}:00Z`;
const reached = (...stages: readonly CaRotation["stage"][]): CaRotation => ({
  id: "a",
  stage: stages.at(-1) ?? "trust",
  begun: stages.map((stage, minute) => ({ stage, at: at(minute) })),
});

test("a tenant reads which step of how many it is, from the request to the end [DRV-225]", () => {
  expect(rotationReason(record(undefined), undefined)).toBeUndefined();
  expect(rotationStatus(record(undefined), undefined)).toBeUndefined();
  expect(rotationReason(record("a"), undefined)).toContain("begins when the cluster has come to rest");
  expect(rotationStatus(record("a"), undefined)).toEqual({
    stage: "waiting",
    step: 0,
    steps: 5,
    requestedAt,
    since: requestedAt,
  });
  expect(rotationReason(record("a"), reached("trust", "trustWorkers"))).toBe(
    "Rotating the certificate authority, step 2 of 5: the worker nodes learn to trust the new authority.",
  );
  expect(rotationStatus(record("a"), reached("trust", "trustWorkers"))).toMatchObject({
    stage: "trustWorkers",
    step: 2,
    since: at(1),
  });
  expect(rotationReason(record("a", "v1.30.1"), reached("trust"))).toContain("step 1 of 6");
  const done = reached("trust", "trustWorkers", "switch", "renewWorkers", "drop", "done");
  expect(rotationReason(record("a"), done)).toBeUndefined();
  expect(rotationStatus(record("a"), done)).toMatchObject({ stage: "done", step: 5, steps: 5 });
  // Asked for once more: what was done for the former request says nothing of this one.
  expect(rotationStatus(record("b"), done)).toMatchObject({ stage: "waiting", step: 0 });
});

test("the console gets every stage with its times, those ahead too, and afterwards those that there were", () => {
  expect(rotationView(record(undefined), undefined)).toBeUndefined();
  expect(rotationView(record("a"), undefined)).toMatchObject({ state: "waiting", finishedAt: null });
  const view = rotationView(record("a"), reached("trust", "trustWorkers"));
  expect(view?.state).toBe("running");
  expect(view?.stages.slice(0, 3)).toEqual([
    { name: "trust", state: "done", startedAt: at(0), finishedAt: at(1) },
    { name: "trustWorkers", state: "running", startedAt: at(1), finishedAt: null },
    { name: "switch", state: "waiting", startedAt: null, finishedAt: null },
  ]);
  // Done under a version that has other stages than today's.
  const older = reached("trust", "trustWorkers", "switch", "switchAgain", "renewWorkers", "drop", "done");
  const after = rotationView(record("a", "v1.31.0"), older);
  expect(after).toMatchObject({ state: "done", finishedAt: at(6) });
  expect(after?.stages).toHaveLength(6);
  expect(after?.stages.every(({ state }) => state === "done")).toBe(true);
});
