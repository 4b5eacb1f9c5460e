import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KubeObject } from "@slipway/api";
import { dump, load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { prometheusConfig, scrapeFiles } from "../scrape/prometheusconfig.ts";
import { collectFamilies } from "../state/collect.ts";
import { renderFamilies } from "../state/exposition.ts";
import { alertGroups } from "./alerts.ts";
import { alertName } from "./rule.ts";

const rules = alertGroups().flatMap((group) => group.rules);

const run = promisify(execFile);
const promtool = "/usr/bin/promtool";
const missing = !existsSync(promtool) && process.env["CI"] !== "true";
const folder = join(import.meta.dirname, "../../../../deploy/prometheus");
const tests = readdirSync(join(folder, "tests")).map((name) => join("tests", name));

describe.skipIf(missing)("Debian's promtool", () => {
  test("accepts the rules [OBS-181 OBS-185]", async () => {
    const { stdout } = await run(promtool, ["check", "rules", "slipway-alerts.yaml"], { cwd: folder });
    expect(stdout).toContain(`${rules.length} rules found`);
  });

  test("accepts the scrape configuration, with and without TLS [OBS-109 OBS-110]", async () => {
    const place = await mkdtemp(join(tmpdir(), "slipway-promtool-"));
    try {
      for (const file of [scrapeFiles.token, scrapeFiles.authority]) await writeFile(join(place, file), "");
      await copyFile(join(folder, scrapeFiles.rules), join(place, scrapeFiles.rules));
      for (const config of [await readFile(join(folder, "prometheus.yml"), "utf8"), dump(prometheusConfig({ insecure: true }))]) {
        await writeFile(join(place, "prometheus.yml"), config);
        const { stdout } = await run(promtool, ["check", "config", "prometheus.yml"], { cwd: place });
        expect(stdout).toContain("SUCCESS: prometheus.yml is valid prometheus config file syntax");
        expect(config).toContain("honor_labels: true");
        expect(config).toContain("scrape_interval: 1m");
      }
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });

  test.each(tests)(
    "sees the alert fire, stay silent and clear: %s [OBS-136 OBS-137 OBS-139 OBS-141 OBS-142 OBS-143 OBS-144 OBS-145 OBS-146 OBS-147 OBS-148 OBS-149 OBS-150 OBS-186 OBS-187 OBS-188 OBS-189 OBS-190 OBS-191]",
    async (file) => {
      const { stdout } = await run(promtool, ["test", "rules", file], { cwd: folder });
      expect(stdout).toContain("SUCCESS");
    },
  );

  test("can read what we serve", () => {
    const cluster = {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name: 'odd "name"\\', namespace: "tenants", uid: "u", creationTimestamp: "2026-11-22T08:00:00Z" },
      status: { phase: "Provisioned", v1beta2: { conditions: [{ type: "Available", status: "True" }] } },
    } as KubeObject;
    const input = renderFamilies(collectFamilies([cluster]), "text");
    const checked = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
    expect(checked.stderr).not.toContain("error while linting");
    expect([0, 3]).toContain(checked.status); // 3: it would name some of upstream's families otherwise
  });
});

interface PromtoolTest {
  readonly name: string;
  readonly input_series: readonly object[];
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
}

test("each alert is seen to fire, to keep silent, to clear, to outlast a missed scrape, and to mind nothing without series [OBS-139 OBS-189]", async () => {
  const cases = await Promise.all(
    tests.map(
      async (file) => (load(await readFile(join(folder, file), "utf8")) as { readonly tests: readonly PromtoolTest[] }).tests,
    ),
  );
  for (const { title } of rules) {
    const mine = cases.flat().filter(({ alert_rule_test: checks }) => checks[0]?.alertname === alertName(title));
    const fires = ({ alert_rule_test: checks }: PromtoolTest) => checks.map(({ exp_alerts: alerts }) => alerts.length > 0);
    const wanted: { readonly [what: string]: boolean } = {
      fires: mine.some((each) => fires(each).includes(true)),
      "keeps silent": mine.some((each) => !fires(each).includes(true)),
      clears: mine.some((each) => fires(each).lastIndexOf(true) >= 0 && fires(each).at(-1) === false),
      "outlasts a gap": mine.some(({ name }) => /missed|restart/.test(name)),
      "minds no series": mine.some(({ input_series: series }) => series.length === 0),
    };
    expect(
      Object.entries(wanted).filter(([, held]) => !held),
      title,
    ).toEqual([]);
  }
});
