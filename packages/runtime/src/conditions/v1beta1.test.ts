import type { Condition } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { aggregate, isFalse, isTrue, isUnknown, mirror, type NewCondition, setCondition, summary } from "./v1beta1.ts";

const [t0, t1] = ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"];
const later = new Date("2026-01-01T00:01:00.700Z");
const at = (time: string, condition: NewCondition): Condition => ({ ...condition, lastTransitionTime: time });
const list = (...conditions: readonly NewCondition[]): readonly Condition[] => conditions.map((condition) => at(t0, condition));

describe("setting a condition", () => {
  const before = list(isFalse("A", "Waiting", "Info", "for b"));
  test.each([
    ["status", isTrue("A")],
    ["reason", isFalse("A", "Broken", "Info", "for b")],
    ["severity", isFalse("A", "Waiting", "Error", "for b")],
    ["message", isFalse("A", "Waiting", "Info", "for c")],
  ])("moves its time when its %s changes [CORE-060] [TRAP-03]", (_what, wanted) => {
    expect(setCondition(before, wanted, later)[0]).toEqual(at(t1, wanted));
  });

  test("writes a severity and a reason only for what is not well, and whole seconds [CORE-059]", () => {
    expect(setCondition(undefined, isTrue("A"), later)).toEqual([{ type: "A", status: "True", lastTransitionTime: t1 }]);
    expect(setCondition(undefined, isFalse("A", "Broken", "Error", "on fire"), later)).toEqual([
      { type: "A", status: "False", severity: "Error", reason: "Broken", message: "on fire", lastTransitionTime: t1 },
    ]);
    expect(setCondition(undefined, isUnknown("A", "NoIdea"), later)).toEqual([
      { type: "A", status: "Unknown", reason: "NoIdea", lastTransitionTime: t1 },
    ]);
  });

  test("leaves the list untouched when nothing changes [CORE-060]", () => {
    expect(setCondition(before, isFalse("A", "Waiting", "Info", "for b"), later)).toBe(before);
  });

  test("keeps Ready first and the rest by name [CORE-061]", () => {
    const set = ["Zebra", "Ready", "Ant"].reduce((conditions, type) => setCondition(conditions, isTrue(type), later), list());
    expect(set.map(({ type }) => type)).toEqual(["Ready", "Ant", "Zebra"]);
  });
});

describe("a summary", () => {
  const error = isFalse("E", "Broken", "Error", "on fire");
  const warning = isFalse("W", "Worn", "Warning", "creaks");
  const info = isFalse("I", "Waiting", "Info", "patience");
  const unknown = isUnknown("U", "NoIdea", "hm");
  const yes = isTrue("T");
  const types = ["T", "U", "I", "W", "E"];
  test.each([
    ["error before warning", [warning, error], isFalse("Ready", "Broken", "Error", "on fire")],
    ["warning before info", [info, warning], isFalse("Ready", "Worn", "Warning", "creaks")],
    ["info before true", [yes, info], isFalse("Ready", "Waiting", "Info", "patience")],
    ["true before unknown", [unknown, yes], isTrue("Ready")],
    ["unknown only when all are", [unknown], isUnknown("Ready", "NoIdea", "hm")],
  ])("ranks %s [CORE-062] [CORE-063]", (_name, conditions, expected) => {
    expect(summary(list(...conditions), { types })).toEqual(expected);
  });

  test("is not made of nothing [CORE-062]", () => {
    expect(summary(list(isTrue("Other")), { types })).toBeUndefined();
    expect(summary(undefined, { types })).toBeUndefined();
  });

  test("takes its words from the first of the winners in the given order, else by name [CORE-064]", () => {
    const conditions = list(isFalse("B", "FromB", "Info"), isFalse("A", "FromA", "Info"));
    expect(summary(conditions, { types: ["B", "A"] })?.reason).toBe("FromB");
    expect(summary(conditions)?.reason).toBe("FromA");
  });

  test("counts its steps, until another condition is in scope [CORE-065]", () => {
    const options = { types: ["A", "B", "C"], stepCounter: true, stepCounterOnlyIf: ["A", "B"] };
    const conditions = list(isTrue("A"), isFalse("B", "Waiting", "Info", "words"));
    expect(summary(conditions, options)?.message).toBe("1 of 2 completed");
    expect(summary([...conditions, ...list(isTrue("C"))], options)?.message).toBe("words");
  });
});

describe("an aggregate and a mirror", () => {
  const source = (name: string, ready?: NewCondition) => ({ kind: "Machine", name, conditions: list(...(ready ? [ready] : [])) });
  test("an aggregate counts its objects and names the one that is worst [CORE-066]", () => {
    const sources = [source("a", isTrue("Ready")), source("b", isFalse("Ready", "Broken", "Error", "x")), source("c")];
    expect(aggregate("MachinesReady", sources)).toEqual(
      isFalse("MachinesReady", "Broken @ Machine/b", "Error", "1 of 3 completed"),
    );
    expect(aggregate("MachinesReady", [source("b", isFalse("Ready", "Broken @ X/y", "Error"))])?.reason).toBe("Broken @ X/y");
  });

  test("a mirror brings the time along when it is new, and falls back [CORE-067]", () => {
    const mirrored = mirror("InfrastructureReady", list(isFalse("Ready", "Broken", "Error")));
    expect(setCondition([], mirrored, later)[0]).toEqual(at(t0, isFalse("InfrastructureReady", "Broken", "Error")));
    expect(setCondition(list(isTrue("InfrastructureReady")), mirrored, later)[0]?.lastTransitionTime).toBe(t1);
    expect(mirror("InfrastructureReady", list(isTrue("Other")), isFalse("", "Waiting", "Info"))).toEqual(
      isFalse("InfrastructureReady", "Waiting", "Info"),
    );
  });
});
