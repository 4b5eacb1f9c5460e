import { expect, test } from "vitest";
import { absoluteTime, duration, memory, number, relativeTime } from "./time.ts";

const now = Date.parse("2026-05-01T12:00:00Z");

test.each([
  ["2026-05-01T11:59:30Z", "en", "now"],
  ["2026-05-01T11:57:00Z", "en", "3 minutes ago"],
  ["2026-04-29T12:00:00Z", "en", "2 days ago"],
  ["2026-05-01T14:00:00Z", "en", "in 2 hours"],
  ["2026-05-01T11:57:00Z", "ja", "3 分前"],
  ["not a time", "en", ""],
])("a time is told relative to now and in the reader's language: %s in %s [CON-074]", (at, language, expected) => {
  expect(relativeTime(at, now, language)).toBe(expected);
});

test("the whole moment stands behind a relative time [CON-074]", () => {
  expect(absoluteTime("2026-05-01T12:00:00Z", "en")).toContain("2026");
  expect(absoluteTime("2026-05-01T12:00:00Z", "ja")).toContain("2026");
  expect(absoluteTime("", "en")).toBe("");
});

test("durations have at most two units [CON-040]", () => {
  expect(duration(4_200, "en")).toBe("4 sec");
  expect(duration(125_000, "en")).toBe("2 min 5 sec");
  expect(duration(3_600_000, "en")).toBe("1 hr");
  expect(duration(90_061_000, "en")).toBe("1 day 1 hr");
  expect(duration(-5, "en")).toBe("0 sec");
});

test("numbers and sizes follow the language [CON-074]", () => {
  expect(number(12_345, "en")).toBe("12,345");
  expect(memory(4096, "en")).toBe("4 GiB");
  expect(memory(512, "ja")).toBe("512 MiB");
  expect(memory(6144 + 512, "en")).toBe("6.5 GiB");
});
