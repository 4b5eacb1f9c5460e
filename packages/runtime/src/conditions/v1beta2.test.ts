import type { V1Beta2Condition } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { aggregateV1Beta2, indented, priorityBy, shorten, summaryV1Beta2 } from "./merge.ts";
import { mirrorV1Beta2, type NewV1Beta2Condition, readCondition, setV1Beta2, v1beta2 } from "./v1beta2.ts";

const [t0, t1] = ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"];
const now = new Date("2026-01-01T00:01:00.700Z");
const at = (condition: NewV1Beta2Condition, time = t0): V1Beta2Condition => ({ ...condition, lastTransitionTime: time });

describe("setting a condition of the newer family", () => {
  const before = [{ ...at(v1beta2("A", "False", "Waiting", "for b")), observedGeneration: 1 }];
  test("moves its time only with its status, and notes the generation [CORE-068] [TRAP-03]", () => {
    expect(setV1Beta2(before, v1beta2("A", "False", "Broken", "x"), { now, generation: 2 })).toEqual([
      { type: "A", status: "False", reason: "Broken", message: "x", lastTransitionTime: t0, observedGeneration: 2 },
    ]);
    expect(setV1Beta2(before, v1beta2("A", "True", "Fine"), { now, generation: 1 })[0]?.lastTransitionTime).toBe(t1);
    expect(setV1Beta2(before, v1beta2("A", "False", "Waiting", "for b"), { now, generation: 1 })).toBe(before);
  });

  test("keeps the fixed order: the known ones, the others by name, Paused, Deleting [CORE-069]", () => {
    const types = ["Deleting", "Zebra", "Paused", "Ready", "Ant", "ScalingUp", "Available", "NodeHealthy"];
    const set = types.reduce<readonly V1Beta2Condition[]>(
      (list, type) => setV1Beta2(list, v1beta2(type, "True", "R"), { now }),
      [],
    );
    expect(set.map(({ type }) => type)).toEqual([
      "Available",
      "Ready",
      "NodeHealthy",
      "ScalingUp",
      "Ant",
      "Zebra",
      "Paused",
      "Deleting",
    ]);
  });
});

describe("reading a provider's condition", () => {
  const older = { type: "Ready", status: "True", lastTransitionTime: t0 };
  const newer = { type: "Ready", status: "False", reason: "Broken", message: "m", lastTransitionTime: t0 };
  test("prefers the newer list, even an empty one [CORE-070] [CORE-413]", () => {
    expect(readCondition({ status: { conditions: [older], v1beta2: { conditions: [newer] } } }, "Ready")).toEqual(newer);
    expect(readCondition({ status: { conditions: [older], v1beta2: { conditions: [] } } }, "Ready")).toBeUndefined();
    expect(readCondition({ status: { conditions: [older] } }, "Ready")).toEqual({
      ...older,
      reason: "NoReasonReported",
      message: "",
    });
    expect(readCondition({}, "Ready")).toBeUndefined();
  });

  test.each([[{ type: "", status: "True" }], [{ type: "Ready", status: "Maybe" }], [{ type: "Ready" }], [{ status: "True" }]])(
    "refuses %j [CORE-070]",
    (entry) => {
      expect(() => readCondition({ status: { conditions: [entry] } }, "Ready")).toThrow(/condition/);
    },
  );

  test("a mirror keeps everything but whose generation it was [CORE-080]", () => {
    expect(
      mirrorV1Beta2("InfrastructureReady", { ...at(v1beta2("Ready", "True", "Fine")), observedGeneration: 7 }, "Ready"),
    ).toEqual(at(v1beta2("InfrastructureReady", "True", "Fine")));
    expect(mirrorV1Beta2("A", undefined, "Ready", v1beta2("", "False", "Not"))).toEqual(v1beta2("A", "False", "Not"));
    expect(mirrorV1Beta2("A", undefined, "Ready")).toEqual(
      v1beta2("A", "Unknown", "NotYetReported", "Condition Ready not yet reported"),
    );
  });
});

describe("a summary of the newer family", () => {
  const options = { types: ["A", "B", "N"], negativePolarity: ["N"] };
  const conditions = (...entries: readonly NewV1Beta2Condition[]) => entries.map((entry) => at(entry));
  const [fine, calm] = [v1beta2("A", "True", "Fine"), v1beta2("N", "False", "Calm")];
  test.each([
    [
      "issues before unknowns",
      [v1beta2("A", "False", "Bad", "a"), v1beta2("B", "Unknown", "Hm", "b"), calm],
      "False",
      "IssuesReported",
      "* A: a\n* B: b",
    ],
    [
      "a negative one that is True is an issue",
      [fine, v1beta2("B", "True", "Fine"), v1beta2("N", "True", "Busy")],
      "False",
      "IssuesReported",
      "* N: Busy",
    ],
    ["unknowns before infos", [fine, v1beta2("B", "Unknown", "Hm"), calm], "Unknown", "UnknownReported", "* B: Hm"],
    [
      "infos only when all is well, and only with a message",
      [fine, v1beta2("B", "True", "Fine", "note"), calm],
      "True",
      "InfoReported",
      "* B: note",
    ],
  ] as const)("%s [CORE-071] [CORE-072] [CORE-073] [CORE-074]", (_name, entries, status, reason, message) => {
    expect(summaryV1Beta2("Ready", conditions(...entries), options)).toEqual(v1beta2("Ready", status, reason, message));
  });

  test("counts a missing one as unknown unless it may be missing [CORE-075]", () => {
    expect(summaryV1Beta2("Ready", conditions(fine, calm), options)).toMatchObject({
      status: "Unknown",
      message: "* B: Condition not yet reported",
    });
    expect(summaryV1Beta2("Ready", conditions(fine, calm), { ...options, ignoreIfMissing: ["B"] }).status).toBe("True");
  });

  test("puts messages of several lines under their bullet [CORE-078]", () => {
    expect(indented("one line")).toBe(" one line");
    expect(indented("* a\n* b")).toBe("\n  * a\n  * b");
    expect(indented("head:\n* a")).toBe("\n  * head:\n    * a");
  });
});

describe("an aggregate of the newer family", () => {
  const source = (name: string, condition?: NewV1Beta2Condition, isControlPlaneMachine = false, kind = "Machine") => ({
    kind,
    name,
    isControlPlaneMachine,
    conditions: condition ? [at(condition)] : [],
  });
  const bad = (message: string) => v1beta2("Ready", "False", "Bad", message);

  test("names at most three objects a message [CORE-076]", () => {
    const one = aggregateV1Beta2("Ready", [source("a", bad("x"))]);
    expect(one).toEqual(v1beta2("Ready", "False", "IssuesReported", "* Machine a: x"));
    const five = ["e", "d", "c", "b", "a"].map((name) => source(name, bad("x")));
    expect(aggregateV1Beta2("Ready", five, { target: "MachinesReady" })).toEqual(
      v1beta2("MachinesReady", "False", "IssuesReported", "* Machines a, b, c, ... (2 more): x"),
    );
  });

  test("shows at most three messages: control plane first, then issues, then the most common [CORE-076] [CORE-077]", () => {
    const sources = [
      source("u", v1beta2("Ready", "Unknown", "Hm", "unknown")),
      source("w1", bad("rare")),
      source("w2", bad("common")),
      source("w3", bad("common")),
      source("w4", bad("seldom")),
      source("cp", bad("control plane"), true),
      source("fine", v1beta2("Ready", "True", "Fine", "note")),
    ];
    expect(aggregateV1Beta2("Ready", sources).message).toBe(
      [
        "* Machine cp: control plane",
        "* Machines w2, w3: common",
        "* Machine w1: rare",
        "And 1 Machine with other issues",
        "And 1 Machine with status unknown",
      ].join("\n"),
    );
  });

  test("groups by kind [CORE-076]", () => {
    const sources = [source("s", bad("x"), false, "MachineSet"), source("m", bad("x"))];
    expect(aggregateV1Beta2("Ready", sources).message).toBe("* Machine m: x\n* MachineSet s: x");
  });

  test("counts who has not spoken as unknown [CORE-079]", () => {
    expect(aggregateV1Beta2("Ready", [source("a"), source("b", v1beta2("Ready", "True", "Fine"))])).toEqual(
      v1beta2("Ready", "Unknown", "UnknownReported", "* Machine a: Condition Ready not yet reported"),
    );
  });

  test("of a negative condition is negative too [CORE-072]", () => {
    const scaling = v1beta2("ScalingUp", "True", "ScalingUp", "from 1 to 2");
    expect(aggregateV1Beta2("ScalingUp", [source("a", scaling)], { negativePolarity: true })).toMatchObject({
      status: "True",
      message: "* Machine a: from 1 to 2",
    });
    expect(
      aggregateV1Beta2("ScalingUp", [source("a", v1beta2("ScalingUp", "False", "No"))], { negativePolarity: true }).status,
    ).toBe("False");
  });

  test("lists are cut with a count of the rest [CORE-081]", () => {
    expect(shorten(["a", "b", "c"], 3)).toBe("a, b, c");
    expect(shorten(["a", "b", "c", "d"], 3)).toBe("a, b, c, ... (1 more)");
    expect(priorityBy()(v1beta2("A", "Unknown", "r"))).toBe("unknown");
  });
});
