import { createVirtualClock } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { readLevels } from "./levels.ts";
import { createPodLogs } from "./podlogs.ts";

const read = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};
const asked = { container: "manager", follow: false, previous: false, timestamps: false, signal: new AbortController().signal };

describe("a provider's lines", () => {
  test("are bounded: the oldest go first", async () => {
    const logs = createPodLogs(createVirtualClock(), { lines: 100, characters: 1000 });
    for (let n = 0; n < 1000; n++) logs.write("capo", `line ${n}`);
    const kept = await read(logs.read("capo", asked));
    expect(kept.at(-1)).toBe("line 999\n");
    expect(kept.length).toBeLessThanOrEqual(125);
    expect(kept.length).toBeGreaterThan(90);
  });

  test("are read from the end, since a time, with their time, and up to a size [API-297]", async () => {
    const clock = createVirtualClock({ start: new Date("2026-01-01T00:10:00Z") });
    const logs = createPodLogs(clock);
    for (const minute of [1, 5, 9]) logs.write("capo", `{"ts":"2026-01-01T00:0${minute}:00Z","msg":"at ${minute}"}`);
    expect(await read(logs.read("capo", { ...asked, tailLines: 1 }))).toEqual([expect.stringContaining("at 9")]);
    expect(await read(logs.read("capo", { ...asked, sinceSeconds: 360 }))).toHaveLength(2);
    expect(await read(logs.read("capo", { ...asked, sinceTime: "2026-01-01T00:08:00Z" }))).toHaveLength(1);
    const [first] = await read(logs.read("capo", { ...asked, timestamps: true }));
    expect(first).toMatch(/^2026-01-01T00:01:00Z \{/);
    expect((await read(logs.read("capo", { ...asked, limitBytes: 10 }))).join("")).toHaveLength(10);
    expect(await read(logs.read("capi", asked))).toEqual([]);
  });

  test("are followed until the reader has gone; one that is too slow is told what it missed", async () => {
    const logs = createPodLogs(createVirtualClock(), { lines: 3, characters: 1000 });
    const leaving = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of logs.read("capo", { ...asked, follow: true, signal: leaving.signal })) {
        seen.push(line);
        if (line.includes("missing")) leaving.abort();
      }
    })();
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 5; n++) logs.write("capo", `${n}`);
    await reading;
    expect(seen).toEqual(["0\n", "1\n", "2\n", expect.stringContaining("2 lines are missing here")]);
  });
});

describe("log levels", () => {
  const sources = ["openstackcluster", "openstackmachine"];
  test("are meant for all, or for one, which wins wherever it stands", () => {
    expect(readLevels(undefined, sources)).toEqual(new Map());
    expect(readLevels("warn", sources)).toEqual(new Map(sources.map((name) => [name, "warn"])));
    const both = new Map([
      ["openstackmachine", "debug"],
      ["openstackcluster", "warn"],
    ]);
    expect(readLevels("warn,openstackmachine=debug", sources)).toEqual(both);
    expect(readLevels("openstackmachine=debug,warn", sources)).toEqual(both);
  });
  test("that nobody knows are named", () => {
    expect(readLevels("loud", sources)).toEqual({ problem: expect.stringContaining("loud is no log level") });
    expect(readLevels("machine=debug", sources)).toEqual({ problem: expect.stringContaining("machine is no controller") });
  });
});
