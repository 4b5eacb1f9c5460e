import { ApiError } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { readBackoff, withRetries, writeBackoff } from "./retry.ts";

const failing = (error: unknown) => {
  const seen = { calls: 0, waits: [] as number[] };
  const sleep = async (milliseconds: number) => void seen.waits.push(milliseconds);
  const work = async () => {
    seen.calls++;
    throw error;
  };
  return { seen, sleep, work };
};

describe("a request", () => {
  test.each([
    ["reads", readBackoff, 9, 250],
    ["writes", writeBackoff, 10, 500],
  ])(
    "%s: is tried again after growing waits, and given up with its last error [CTL-012]",
    async (_name, backoff, steps, first) => {
      const { seen, sleep, work } = failing(new ApiError("ServiceUnavailable", "later"));
      await expect(withRetries(work, { backoff, sleep })).rejects.toThrow("later");
      expect(seen.calls).toBe(steps);
      seen.waits.forEach((wait, index) => {
        const least = first * 1.5 ** index;
        expect(wait).toBeGreaterThanOrEqual(least);
        expect(wait).toBeLessThanOrEqual(least * (1 + backoff.jitter));
      });
    },
  );

  test("that is refused for good is not tried again", async () => {
    const { seen, sleep, work } = failing(new ApiError("Forbidden", "no"));
    await expect(withRetries(work, { backoff: writeBackoff, sleep })).rejects.toThrow("no");
    expect(seen).toEqual({ calls: 1, waits: [] });
  });

  test("that succeeds in the end is answered", async () => {
    let calls = 0;
    const work = async () => {
      if (++calls < 3) throw new ApiError("Conflict", "changed");
      return "done";
    };
    expect(await withRetries(work, { backoff: writeBackoff, sleep: async () => undefined })).toBe("done");
  });
});
