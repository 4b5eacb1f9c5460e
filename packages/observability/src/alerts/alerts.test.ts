import { describe, expect, test } from "vitest";
import { alertGroups, alertRules } from "./alerts.ts";
import { grafanaAlertRules, grafanaDataSources } from "./grafana.ts";
import { inhibitRules, prometheusRuleObject, prometheusRules } from "./prometheus.ts";
import { alertName } from "./rule.ts";

const rules = alertRules();
const groups = alertGroups();
const everyRule = groups.flatMap((group) => group.rules);
const inGrafana = grafanaAlertRules(groups).groups.flatMap((group) => group.rules);
const inPrometheus = prometheusRules(groups).groups.flatMap((group) => group.rules);

describe("the alerts", () => {
  test("are the platform's five by title and uid, and the one that they miss [OBS-112 OBS-119 OBS-141]", () => {
    expect(rules.map(({ uid, title }) => [uid, title])).toEqual([
      ["capi-cluster-failed", "CAPI Cluster in Failed Phase"],
      ["capi-machine-failed", "CAPI Machine in Failed Phase"],
      ["capi-machinedeployment-degraded", "CAPI MachineDeployment Degraded"],
      ["capi-cluster-stuck-provisioning", "CAPI Cluster Stuck in Provisioning"],
      ["capi-machineset-workers-not-ready", "CAPI MachineSet Workers Not Ready"],
      ["capi-control-plane-not-available", "CAPI Control Plane Not Available"],
    ]);
    for (const { uid } of rules) expect(uid.length).toBeLessThanOrEqual(40);
  });

  test("wait as long as the documentation says, or as the operator says [OBS-129 OBS-130 OBS-131 OBS-132 OBS-133 OBS-134 OBS-135]", () => {
    expect(rules.map((rule) => rule.for)).toEqual(["1m", "1m", "5m", "30m", "30m", "30m"]);
    const patient = alertRules({ clusterProvisioningFor: "45m" });
    expect(patient.map((rule) => rule.for)).toEqual(["1m", "1m", "5m", "45m", "30m", "30m"]);
    expect(patient.map(({ uid }) => uid)).toEqual(rules.map(({ uid }) => uid));
  });

  test("carry the labels and annotations that people route and read by, and no text of the cloud [OBS-117 OBS-124 OBS-125 OBS-126]", () => {
    for (const { labels, annotations } of rules) {
      expect(Object.keys(labels)).toEqual(["severity", "slo", "component", "team"]);
      expect(labels["severity"]).toMatch(
        /^(warning|critical|\{\{ if \$labels\.control_plane_name \}\}critical\{\{ else \}\}warning\{\{ end \}\})$/,
      );
      expect(labels["slo"]).toMatch(/^[a-z_]+$/);
      expect(Object.keys(annotations)).toEqual(["summary", "description", "kubectl", "runbook_url", "dashboard_url"]);
      expect(annotations["runbook_url"]).toContain("#alert-capi-");
    }
  });

  test("leave alone what is paused or going away, except that a failure is a failure [OBS-127 OBS-128]", () => {
    const ignores = (what: string) => rules.filter(({ query }) => query.includes(what)).map(({ uid }) => uid);
    const patient = rules.map(({ uid }) => uid).filter((uid) => !uid.endsWith("-failed"));
    expect(ignores("capi_cluster_spec_paused")).toEqual(patient);
    expect(ignores("capi_cluster_annotation_paused")).toEqual(patient);
    expect(ignores('capi_cluster_status_phase{phase="Deleting"}')).toEqual([
      "capi-machinedeployment-degraded",
      "capi-machineset-workers-not-ready",
    ]);
  });
});

describe("one declaration, two files", () => {
  test("the same question, duration, labels and annotations in both [OBS-181 OBS-183 OBS-184]", () => {
    expect(inPrometheus.map(({ alert }) => alert)).toEqual(inGrafana.map(({ title }) => alertName(title)));
    expect(inPrometheus[0]?.alert).toBe("CAPIClusterInFailedPhase");
    const plain = (text: string) => text.replaceAll(/\s+/g, " ").trim();
    for (const [index, rule] of inPrometheus.entries()) {
      const other = inGrafana[index];
      const asked = other?.data[0]?.model as { readonly expr: string };
      expect(plain(rule.expr)).toBe(`( ${plain(asked.expr)} ) > ${everyRule[index]?.threshold}`);
      expect(other?.for).toBe(rule.for);
      expect(Object.values(other?.labels ?? {}).map((text) => text.replaceAll("$$", "$"))).toEqual(Object.values(rule.labels));
      expect(Object.values(other?.annotations ?? {}).map((text) => text.replaceAll("$values.A.Value", "$value"))).toEqual(
        Object.values(rule.annotations),
      );
    }
  });

  test("Grafana asks for every object and compares afterwards; no data is healthy, a broken source an error [OBS-118 OBS-120 OBS-121 OBS-122 OBS-123 OBS-156 OBS-157 OBS-159 OBS-160 OBS-161]", () => {
    const file = grafanaAlertRules(groups);
    expect(file.apiVersion).toBe(1);
    expect(file.groups[0]).toMatchObject({
      orgId: 1,
      name: "capi-cluster-health",
      folder: "CAPI Cluster Health SLOs",
      interval: "30s",
    });
    for (const rule of inGrafana) {
      expect(rule).toMatchObject({
        condition: "B",
        noDataState: "OK",
        execErrState: "Error",
        missing_series_evals_to_resolve: 2,
      });
      expect(rule.data.map(({ refId, datasourceUid }) => [refId, datasourceUid])).toEqual([
        ["A", "prometheus"],
        ["B", "__expr__"],
      ]);
      expect(rule.data[1]?.model).toMatchObject({ type: "threshold", expression: "A" });
    }
    expect(grafanaDataSources().datasources[0]?.uid).toBe("prometheus"); // [OBS-176]
  });

  test("what an earlier release shipped and this one does not is deleted [OBS-172]", () => {
    expect(grafanaAlertRules(groups)).not.toHaveProperty("deleteRules");
    expect(grafanaAlertRules(groups, ["gone"])).toMatchObject({ deleteRules: [{ orgId: 1, uid: "gone" }] });
  });

  test("every alert has a uid, a name and a first command of its own, and leads to a panel [OBS-125 OBS-140 OBS-157]", () => {
    for (const of of ["uid", "title"] as const) expect(new Set(everyRule.map((rule) => rule[of])).size).toBe(everyRule.length);
    for (const { uid, annotations, panel } of everyRule) {
      expect(uid.length).toBeLessThanOrEqual(40);
      expect(annotations["kubectl"]).toMatch(/^(kubectl|clusterctl|slipway) /);
      expect(annotations["dashboard_url"]).toContain(panel.dashboardUid);
    }
    expect(inGrafana.map(({ dashboardUid, panelId }) => ({ dashboardUid, id: panelId }))).toEqual(
      everyRule.map(({ panel }) => panel),
    );
  });

  test("the platform's own about Magnum is in its folder, with its threshold [OBS-116 OBS-151]", () => {
    const [group] = alertGroups({ orphanedClustersThreshold: 3 }).filter(({ folder }) => folder === "Magnum Service SLOs");
    expect(group?.rules.map(({ title, threshold, labels }) => [title, threshold, labels["severity"], labels["slo"]])).toEqual([
      ["Magnum Orphaned Clusters High", 3, "warning", "magnum_orphaned_clusters"],
    ]);
  });

  test("as an object for a Prometheus operator it is the same file [OBS-182]", () => {
    const object = prometheusRuleObject(groups);
    expect(object).toMatchObject({ apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" });
    expect(object.spec).toEqual(prometheusRules(groups));
  });

  test("a worse alert silences what follows from it: in the rules within a cluster, in Alertmanager otherwise [OBS-153]", () => {
    const query = (uid: string) => everyRule.find((rule) => rule.uid === uid)?.query ?? "";
    for (const uid of ["capi-machinedeployment-degraded", "capi-machineset-workers-not-ready"])
      expect(query(uid)).toContain('capi_cluster_status_phase{phase="Failed"}) == 1');
    expect(query("capi-machine-stuck")).toContain('type="ControlPlaneAvailable"');
    const named = inhibitRules().inhibit_rules.flatMap(({ source_matchers: source }) => source);
    for (const matcher of named) expect(everyRule.map(({ title }) => `alertname="${alertName(title)}"`)).toContain(matcher);
  });

  test("a templated label survives Grafana's loader, which replaces one dollar [OBS-132 OBS-164]", () => {
    expect(inGrafana[1]?.labels["severity"]).toBe("{{ if $$labels.control_plane_name }}critical{{ else }}warning{{ end }}");
    expect(inGrafana[1]?.annotations["summary"]).toContain("{{ $labels.name }}");
    for (const { annotations } of inGrafana) expect(Object.values(annotations).join()).not.toMatch(/\$\{/);
  });
});
