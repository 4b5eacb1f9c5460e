import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-figures-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `npm run bench` over figures that were taken before. */
const bench = (figures: object, ...options: readonly string[]) => {
  writeFileSync(join(folder, "figures.jsonl"), `${JSON.stringify(figures)}\n`);
  const run = spawnSync(
    process.execPath,
    [
      join(import.meta.dirname, "bench.mjs"),
      ...["--figures", join(folder, "figures.jsonl"), "--baseline", join(folder, "baseline.json"), ...options],
    ],
    { encoding: "utf8" },
  );
  return { status: run.status, text: `${run.stdout}${run.stderr}` };
};
const figures = (perSecond: number, p99Ms: number, megabytes = 1) => ({
  bench: "http",
  get1: { perSecond, p99Ms, megabytes },
});

test("says number, machine and commit, and fails when a figure is twice as bad as the one recorded for this kind of machine [API-480]", () => {
  expect(bench(figures(20_000, 50), "--save").status).toBe(0);
  const recorded = JSON.parse(readFileSync(join(folder, "baseline.json"), "utf8")) as { [machine: string]: { commit: string } };
  const [[machine, { commit }]] = Object.entries(recorded) as [[string, { commit: string }]];

  const same = bench(figures(11_000, 90, 100), "--check");
  expect(same).toMatchObject({ status: 0 });
  expect(same.text).toContain(machine);
  expect(same.text).toContain(commit);
  expect(same.text).toMatch(/http\.get1\.perSecond +11000/);

  const slow = bench(figures(9900, 50), "--check");
  expect(slow.status).toBe(1);
  expect(slow.text).toContain(`twice as bad as at commit ${commit}: http.get1.perSecond is 9900, and was 20000`);
  const late = bench(figures(20_000, 101), "--check");
  expect(late.status).toBe(1);
  expect(late.text).toContain("http.get1.p99Ms is 101, and was 50");
});

test("without the check a bad figure is shown and fails nothing, and what never was recorded is said", () => {
  expect(bench(figures(1, 1000)).status).toBe(0);
  expect(bench(figures(1, 1000))).toMatchObject({ text: expect.stringContaining("goal missed: http.get1.perSecond is 1") });
  const unknown = bench(figures(20_000, 50), "--check");
  expect(unknown.status).toBe(2);
  expect(unknown.text).toContain("npm run bench -- --save");
});
