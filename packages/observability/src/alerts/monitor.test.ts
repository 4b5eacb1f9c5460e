import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import type { Labels, Point } from "../query/evaluate.ts";
import { alertGroups } from "./alerts.ts";
import { durationSeconds } from "./durations.ts";
import { type AlertMemory, type AlertReport, later, lookAtAlerts } from "./monitor.ts";
import { type AlertRule, alertName } from "./rule.ts";
import { fillTemplate } from "./template.ts";

const rules = alertGroups().flatMap((group) => group.rules);
const named = (name: string) => rules.find(({ title }) => alertName(title) === name) as AlertRule;

interface PromtoolTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly { readonly exp_labels: Labels; readonly exp_annotations: Labels }[];
  }[];
}

/** A sample, a missing one, or the mark that the series has ended; one an interval (OBS-187). */
type Sample = number | "missing" | "stale";
const samplesOf = (values: string): readonly Sample[] =>
  values.split(" ").flatMap((part): Sample[] => {
    if (part === "stale") return ["stale"];
    const [, from = "", step, count = "0"] = /^(_|-?\d+)([+-]\d+)?(?:x(\d+))?$/.exec(part) ?? [];
    const steps = part.includes("x") ? Number(count) : 0;
    if (from === "_") return Array.from({ length: Math.max(1, steps) }, () => "missing");
    return Array.from({ length: steps + 1 }, (__, index) => Number(from) + index * Number(step ?? 0));
  });

/** What Prometheus sees at a moment: the last sample of the five minutes before, unless the series has ended. */
const worldOf = ({ input_series: inputs, interval }: PromtoolTest) => {
  const every = durationSeconds(interval);
  const all = inputs.map(({ series, values }) => {
    const [, family = "", inner = ""] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
    const labels = Object.fromEntries([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
    return { family, labels, samples: samplesOf(values) };
  });
  return (family: string, seconds: number): readonly Point[] =>
    all.flatMap(({ family: own, labels, samples }) => {
      if (own !== family) return [];
      for (let at = Math.min(Math.floor(seconds / every), samples.length - 1); at >= 0 && seconds - at * every < 300; at -= 1) {
        const sample = samples[at];
        if (sample === "stale") return [];
        if (typeof sample === "number") return [{ labels, value: sample }];
      }
      return [];
    });
};

const folder = join(import.meta.dirname, "../../../../deploy/prometheus/tests");
const files = readdirSync(folder).map((file) => ({
  file,
  ...(load(readFileSync(join(folder, file), "utf8")) as { readonly tests: readonly PromtoolTest[] }),
}));

describe("the alerts that are answered here are Prometheus' own: promtool's tests hold for both", () => {
  const here = files.filter(({ tests }) => named(tests[0]?.alert_rule_test[0]?.alertname ?? "").ask !== undefined);
  test("for all but what is about rates, or about Slipway being gone", () => {
    expect(files.length - here.length).toBe(4);
  });

  test.each(here)(
    "$file [OBS-127 OBS-128 OBS-131 OBS-132 OBS-133 OBS-134 OBS-135 OBS-136 OBS-139 OBS-189]",
    async ({ tests }) => {
      for (const one of tests) {
        const world = worldOf(one);
        const end = Math.max(...one.alert_rule_test.map(({ eval_time: time }) => durationSeconds(time)));
        const asked = [...new Set(one.alert_rule_test.map(({ alertname }) => alertname))].map(named);
        let memory: AlertMemory | undefined;
        for (let seconds = 0; seconds <= end; seconds += 30) {
          const look = await lookAtAlerts(asked, memory, {
            read: async (family) => world(family, seconds),
            now: new Date(seconds * 1000),
          });
          memory = look.memory;
          for (const { eval_time: time, alertname, exp_alerts: expected } of one.alert_rule_test) {
            if (durationSeconds(time) !== seconds) continue;
            const firing = look.report.alerts.filter(({ name, state }) => name === alertname && state === "firing");
            const byText = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));
            expect(
              firing
                .map(({ labels, annotations }) => ({ labels: sorted(labels), annotations: sorted(annotations) }))
                .sort(byText),
              `${one.name} at ${time}`,
            ).toEqual(
              expected
                .map(({ exp_labels: labels, exp_annotations: annotations }) => ({
                  labels: sorted(labels),
                  annotations: sorted(annotations),
                }))
                .sort(byText),
            );
          }
        }
      }
    },
  );
});
const sorted = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

describe("the clock of an alert", () => {
  const rule = named("CAPIClusterInFailedPhase");
  const failed = (uid: string): Point => ({ labels: { namespace: "t", name: "blue", uid, phase: "Failed" }, value: 1 });
  const look = (at: string, points: readonly Point[], memory?: AlertMemory) =>
    lookAtAlerts([rule], memory, { read: async () => points, now: new Date(`2026-11-22T${at}Z`) });
  const states = ({ report }: { readonly report: AlertReport }) => report.alerts.map(({ state }) => state);

  test("goes on over a restart, and over an object that is made again under its name [OBS-124 OBS-138]", async () => {
    const first = await look("08:00:00", [failed("1")]);
    expect(states(first)).toEqual(["pending"]);
    expect(first.report.alerts[0]).toMatchObject({ activeAt: "2026-11-22T08:00:00.000Z", firesAt: "2026-11-22T08:01:00.000Z" });
    const kept = JSON.parse(JSON.stringify(first.memory)) as AlertMemory; // as a file keeps it
    expect(states(await look("08:00:59", [failed("2")], kept))).toEqual(["pending"]);
    expect(states(await look("08:01:00", [failed("2")], kept))).toEqual(["firing"]);
    expect(states(await look("08:30:00", [failed("2")], kept))).toEqual(["firing"]);
  });

  test("begins anew when nobody has looked for more than an hour, when it was well in between, and never in the future", async () => {
    const { memory } = await look("08:00:00", [failed("1")]);
    expect(states(await look("09:00:01", [failed("1")], memory))).toEqual(["pending"]);
    const well = await look("08:05:00", [], memory);
    expect(well.report.alerts).toEqual([]);
    expect(states(await look("08:10:00", [failed("1")], well.memory))).toEqual(["pending"]);
    const earlier = await look("07:59:00", [failed("1")], memory);
    expect(earlier.report.alerts[0]?.activeAt).toBe("2026-11-22T07:59:00.000Z");
  });

  test("goes on when nothing is looked at because nothing has changed", async () => {
    const { report } = await look("08:00:00", [failed("1")]);
    for (const at of ["08:00:59", "08:01:00"]) {
      const now = new Date(`2026-11-22T${at}Z`);
      const looked = await look(at, [failed("1")], { lookedAt: Date.parse("2026-11-22T08:00:00Z"), since: await sinceOf() });
      expect(later(report, now)).toEqual(looked.report);
    }
  });
  const sinceOf = async () => (await look("08:00:00", [failed("1")])).memory.since;

  test("says what it looked at: rules here, rules elsewhere, the worst first", async () => {
    const { report } = await lookAtAlerts(rules, undefined, {
      read: async (family) =>
        family === "capi_cluster_status_phase"
          ? [failed("1"), { labels: { namespace: "t", name: "green", phase: "Provisioning" }, value: 1 }]
          : [],
      now: new Date("2026-11-22T08:00:00Z"),
    });
    expect(report.alerts.map(({ name, labels }) => [name, labels["severity"]])).toEqual([
      ["CAPIClusterInFailedPhase", "critical"],
      ["CAPIClusterStuckInProvisioning", "warning"],
    ]);
    expect(report.rules).toHaveLength(rules.length - 4);
    expect(report.elsewhere).toEqual([
      "CAPIMetricsSourceDown",
      "CAPIControllerErrors",
      "CAPOOpenStackAPIErrors",
      "MagnumOrphanedClustersHigh",
    ]);
  });
});

test("a text that needs more of Go's templates than is known here is refused, not printed", () => {
  expect(() => fillTemplate("{{ $labels.name | toUpper }}", { name: "a" }, 1)).toThrow("toUpper");
  expect(fillTemplate("{{ $labels.gone }}{{ $value }}", {}, 2)).toBe("2");
});
