import type { CaRotation, MagnumCluster, Stored } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { begin, isRotating, rotationShape, type Step, secretsContent, stageAfter, stagesFor, stepOf } from "./plan.ts";

const now = new Date("2026-11-22T12:00:00Z");
const asked = (id: string | undefined, kubernetesVersion = "v1.32.5") =>
  ({
    spec: { kubernetesVersion, ...(id === undefined ? {} : { caRotation: { id, requestedAt: "2026-11-22T11:00:00Z" } }) },
  }) as Pick<Stored<MagnumCluster>, "spec">;
const at = (stage: CaRotation["stage"], id = "a", workers?: string): CaRotation => ({
  id,
  stage,
  begun: [],
  ...(workers === undefined ? {} : { workers }),
});

describe("what is to be done of a rotation", () => {
  const rest = { authorities: true, settled: true };
  const cases: readonly [string, string | undefined, CaRotation | undefined, Partial<typeof rest>, Step | undefined][] = [
    ["nobody asked", undefined, undefined, {}, undefined],
    ["nobody asked again", "a", at("done"), {}, undefined],
    ["asked, while the cluster moves for another reason", "a", undefined, { settled: false }, undefined],
    ["asked", "a", undefined, { authorities: false }, { do: "makeAuthorities" }],
    ["the new authorities are there", "a", undefined, {}, { do: "begin", stage: "trust" }],
    ["asked once more, after another", "b", at("done"), { authorities: false }, { do: "makeAuthorities" }],
    ["asked once more, and made", "b", at("done"), {}, { do: "begin", stage: "trust" }],
    ["machines of a stage are being replaced", "a", at("trust"), { settled: false }, { do: "wait", stage: "trust" }],
    ["the control plane trusts", "a", at("trust"), {}, { do: "begin", stage: "trustWorkers" }],
    ["all trust", "a", at("trustWorkers"), {}, { do: "begin", stage: "switch" }],
    ["the new one signs", "a", at("switch"), {}, { do: "begin", stage: "renewWorkers" }],
    ["workers are renewed", "a", at("renewWorkers"), {}, { do: "begin", stage: "drop" }],
    ["the old one is forgotten", "a", at("drop"), {}, { do: "begin", stage: "done" }],
  ];
  test.each(cases)("%s", (_, id, rotation, seen, step) => {
    expect(stepOf(asked(id), rotation, { ...rest, ...seen })).toEqual(step);
  });
});

test("kubelets of control planes before 1.31 need one wave more: they speak with any API server [DRV-226]", () => {
  expect(stagesFor("v1.31.0")).toEqual(["trust", "trustWorkers", "switch", "renewWorkers", "drop"]);
  const older = stagesFor("v1.30.4");
  expect(older).toEqual(["trust", "trustWorkers", "switch", "switchAgain", "renewWorkers", "drop"]);
  expect(stageAfter("switch", older)).toBe("switchAgain");
  expect(rotationShape(at("switchAgain"), "v1.30.4").controlPlane).toBe("switchAgain");
  // The control plane must not be replaced once more only because the workers' turn comes.
  expect(rotationShape(at("renewWorkers"), "v1.30.4").controlPlane).toBe("switchAgain");
  expect(rotationShape(at("renewWorkers"), "v1.32.5").controlPlane).toBe("switch");
});

test("each stage changes one thing: the control plane's files, or the workers' mark", () => {
  let rotation: CaRotation = { id: "0123456789", stage: "trust", begun: [] };
  const seen: string[] = [];
  const describeShape = () => {
    const { controlPlane = "-", workers = "-" } = rotationShape(rotation, "v1.32.5");
    const content = rotation.stage === "done" ? "-" : secretsContent(rotation.stage);
    return `${rotation.stage}: ${content} ${controlPlane} ${workers}`;
  };
  rotation = begin({ id: rotation.id, begun: [], workers: "former" }, "trust", now);
  for (;;) {
    seen.push(describeShape());
    if (rotation.stage === "done") break;
    rotation = begin(rotation, stageAfter(rotation.stage, stagesFor("v1.32.5")), now);
  }
  expect(seen).toEqual([
    "trust: oldThenNew trust former",
    "trustWorkers: oldThenNew trust 01234567-trustWorkers",
    "switch: newThenOld switch 01234567-trustWorkers",
    "renewWorkers: new switch 01234567-renewWorkers",
    "drop: new - 01234567-renewWorkers",
    "done: - - 01234567-renewWorkers",
  ]);
  expect(rotation.begun.map(({ stage }) => stage)).toEqual([...stagesFor("v1.32.5"), "done"]);
  expect(rotationShape(undefined, "v1.32.5")).toEqual({});
});

test("a rotation is under way from the request until its own end, not that of an earlier one", () => {
  expect(isRotating(asked(undefined), undefined)).toBe(false);
  expect(isRotating(asked("a"), undefined)).toBe(true);
  expect(isRotating(asked("a"), at("drop"))).toBe(true);
  expect(isRotating(asked("a"), at("done"))).toBe(false);
  expect(isRotating(asked("b"), at("done"))).toBe(true);
});
