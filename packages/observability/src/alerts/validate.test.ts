import { describe, expect, test } from "vitest";
import { alertGroups } from "./alerts.ts";
import { grafanaAlertRules } from "./grafana.ts";
import { grafanaContactPoints, grafanaPolicies } from "./notifications.ts";
import { grafanaFaults } from "./validate.ts";

const good = grafanaAlertRules(alertGroups());

test("Grafana's loader would take every file that is generated [OBS-154 OBS-156 OBS-157 OBS-158 OBS-160 OBS-161 OBS-164 OBS-165 OBS-167 OBS-170 OBS-173]", () => {
  for (const document of [good, grafanaAlertRules(alertGroups(), ["former"]), grafanaContactPoints(), grafanaPolicies()])
    expect(grafanaFaults(document)).toEqual([]);
});

/** The first rule's file with something changed. */
const changed = (change: object) => {
  const [group] = good.groups;
  const [rule] = group?.rules ?? [];
  return { apiVersion: 1, groups: [{ ...group, rules: [{ ...rule, ...change }] }] };
};
const query = good.groups[0]?.rules[0]?.data[0];

describe("what would stop Grafana from starting is told [OBS-173]", () => {
  test.each<readonly [string, object, RegExp]>([
    ["another version", { ...good, apiVersion: 2 }, /apiVersion: must be 1/],
    ["an unknown root key [OBS-155]", { ...good, alerts: [] }, /alerts: is no key/],
    [
      "a group without a folder [OBS-156]",
      { apiVersion: 1, groups: [{ name: "g", interval: "1m", rules: [] }] },
      /folder: is missing/,
    ],
    [
      "a group without an interval [OBS-156]",
      { apiVersion: 1, groups: [{ name: "g", folder: "f", rules: [] }] },
      /interval: must/,
    ],
    ["a uid that is too long [OBS-119]", changed({ uid: "x".repeat(41) }), /uid: must be 1 to 40/],
    ["no title [OBS-157]", changed({ title: "" }), /title: is missing/],
    ["no query [OBS-157]", changed({ data: [] }), /data: needs a query/],
    ["a condition that names no query [OBS-157]", changed({ condition: "C" }), /condition: names no query/],
    ["an unknown key of a rule [OBS-158]", changed({ severity: "high" }), /severity: is no key of a rule/],
    ["a state that there is not [OBS-159]", changed({ noDataState: "KeepLastState" }), /noDataState: must be one of/],
    ["an error state that there is not [OBS-159]", changed({ execErrState: "NoData" }), /execErrState: must be one of/],
    [
      "a query without its source [OBS-160]",
      changed({ data: [{ ...query, datasourceUid: "" }], condition: "A" }),
      /datasourceUid/,
    ],
    [
      "an expression that there is not [OBS-161]",
      changed({ data: [{ ...query, datasourceUid: "__expr__", model: { type: "sum" } }], condition: "A" }),
      /model.type: must be one of/,
    ],
    ["a negative number of evaluations [OBS-158]", changed({ missing_series_evals_to_resolve: -1 }), /whole number/],
    ["a panel without its dashboard [OBS-158]", changed({ dashboardUid: undefined }), /belong together/],
    [
      "a dollar in a label [OBS-164]",
      changed({ labels: { name: "{{ $labels.name }}" } }),
      /dollar that the loader would replace/,
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the loader expands
    ["a braced variable in an annotation [OBS-164]", changed({ annotations: { summary: "${HOME}" } }), /dollar/],
    [
      "a receiver that there is not [OBS-166]",
      { apiVersion: 1, contactPoints: [{ name: "x", receivers: [{ uid: "u", type: "fax", settings: {} }] }] },
      /type: must be one of email, slack/,
    ],
    [
      "a receiver without what it needs [OBS-166]",
      { apiVersion: 1, contactPoints: [{ name: "x", receivers: [{ uid: "u", type: "webhook", settings: {} }] }] },
      /settings.url: is missing/,
    ],
    [
      "a matcher without an operator [OBS-167]",
      { apiVersion: 1, policies: [{ receiver: "r", routes: [{ object_matchers: [["a", "b"]] }] }] },
      /object_matchers\[0\]: must be/,
    ],
    [
      "mute times on the root [OBS-167]",
      { apiVersion: 1, policies: [{ receiver: "r", mute_time_intervals: [] }] },
      /not for the root/,
    ],
  ])("%s", (_, document, sentence) => {
    expect(grafanaFaults(document).join("\n")).toMatch(sentence);
  });

  test("what is allowed is let through [OBS-162 OBS-163 OBS-168]", () => {
    const settings = { notification_settings: { receiver: "team-mail" } };
    expect(grafanaFaults(changed({ ...settings, record: { metric: "m", from: "A" } }))).toEqual([]);
    expect(grafanaFaults({ ...good, resetPolicies: [1] })).toEqual([]);
  });

  test("one uid for two rules", () => {
    expect(grafanaFaults({ ...good, groups: [...good.groups, ...good.groups] }).join()).toContain("is the uid of several rules");
  });
});

test("nobody is notified out of the box: no policy and no contact point is among what is provisioned [OBS-115 OBS-169]", () => {
  expect(Object.keys(good)).toEqual(["apiVersion", "groups"]);
});
