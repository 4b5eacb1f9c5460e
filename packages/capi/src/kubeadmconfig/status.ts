import type { KubeadmConfig, KubeadmConfigStatus, Stored } from "@slipway/api";
import {
  findCondition,
  isFalse,
  isTrue,
  type NewCondition,
  type NewV1Beta2Condition,
  type Report,
  setCondition,
  setV1Beta2,
  summary,
  summaryV1Beta2,
  type Verdict,
  v1beta2,
} from "@slipway/runtime";
import type { Facts, Scope } from "./scope.ts";

interface Findings {
  readonly older: readonly NewCondition[];
  readonly newer: readonly NewV1Beta2Condition[];
}

const dataSecret = "DataSecretAvailable";
const certificatesAvailable = "CertificatesAvailable";
const summedUp = [dataSecret, certificatesAvailable];

/** A projection of what the pass found out, in both families of conditions. Ready once is ready for ever: the machine has started. */
export const status = (config: Stored<KubeadmConfig>, report: Report<Scope, Facts>): KubeadmConfigStatus => {
  const { now, facts, errors } = report;
  const before = config.status ?? {};
  const stored = verdictOf(report, "data")?.outcome === "act" || verdictOf(report, "providedAlready")?.outcome === "wait";
  const isReady = before.ready === true || stored;
  const dataSecretName = stored ? facts.dataSecretName : before.dataSecretName;
  const { older, newer } = isReady ? available(verdictOf(report, "data")?.outcome === "act") : findings(config, report);

  const generation = { now, generation: config.metadata.generation };
  const olderSet = older.reduce((list, wanted) => setCondition(list, wanted, now), before.conditions ?? []);
  const newerSet = newer.reduce((list, wanted) => setV1Beta2(list, wanted, generation), before.v1beta2?.conditions ?? []);
  const ready = summaryV1Beta2("Ready", newerSet, {
    types: summedUp,
    reasons: { issue: "NotReady", unknown: "ReadyUnknown", info: "Ready" },
  });
  const observed = errors.length === 0 ? config.metadata.generation : before.observedGeneration;
  return {
    ...before,
    ready: isReady,
    ...(dataSecretName === undefined ? {} : { dataSecretName }),
    ...(observed === undefined ? {} : { observedGeneration: observed }),
    conditions: setCondition(olderSet, summary(olderSet, { types: summedUp }), now),
    v1beta2: { ...before.v1beta2, conditions: setV1Beta2(newerSet, ready, generation) },
  };
};

/** `fresh`: this very pass looked at the certificates. Restored data says nothing about the older family's. */
const available = (fresh: boolean): Findings => ({
  older: [isTrue(dataSecret), ...(fresh ? [isTrue(certificatesAvailable)] : [])],
  newer: [v1beta2(dataSecret, "True", "Available"), v1beta2(certificatesAvailable, "True", "Available")],
});

const findings = (config: Stored<KubeadmConfig>, report: Report<Scope, Facts>): Findings => {
  const waiting = waitingForInit(config, report);
  return {
    older: [...waiting.older, ...dataFindings(report).older, ...certificateFindings(report).older],
    newer: [...waiting.newer, ...dataFindings(report).newer, ...certificateFindings(report).newer],
  };
};

/** A repeated failure keeps its reason: flapping between waiting and failing would hide since when it fails. */
const waitingForInit = (config: Stored<KubeadmConfig>, report: Report<Scope, Facts>): Findings => {
  const gate = verdictOf(report, "clusterInfrastructure");
  if (gate?.outcome !== "ready" || report.scope.mode !== "init") return { older: [], newer: [] };
  const failing = findCondition(config.status?.conditions, dataSecret)?.reason === "DataSecretGenerationFailed";
  const message = messageOf(verdictOf(report, "mayInitialize"));
  return {
    older: failing ? [] : [isFalse(dataSecret, "WaitingForControlPlaneAvailable", "Info")],
    newer: failing ? [] : [v1beta2(dataSecret, "False", "NotAvailable", message)],
  };
};

const dataFindings = (report: Report<Scope, Facts>): Findings => {
  const gate = verdictOf(report, "clusterInfrastructure");
  if (gate?.outcome === "wait") {
    return {
      older: [isFalse(dataSecret, "WaitingForClusterInfrastructure", "Info")],
      newer: [v1beta2(dataSecret, "False", "NotAvailable", messageOf(gate))],
    };
  }
  const broken = ["contents", "data"].map((name) => verdictOf(report, name)).find(isBroken);
  if (broken === undefined) return { older: [], newer: [] };
  return {
    older: [
      isFalse(dataSecret, "DataSecretGenerationFailed", broken.outcome === "fail" ? "Error" : "Warning", messageOf(broken)),
    ],
    newer: [v1beta2(dataSecret, "False", "NotAvailable", messageOf(broken))],
  };
};

const certificateFindings = (report: Report<Scope, Facts>): Findings => {
  const verdict = verdictOf(report, "certificates");
  if (verdict?.outcome === "ready") {
    return { older: [isTrue(certificatesAvailable)], newer: [v1beta2(certificatesAvailable, "True", "Available")] };
  }
  if (!isBroken(verdict)) return { older: [], newer: [] };
  const init = report.scope.mode === "init";
  return {
    older: [
      isFalse(
        certificatesAvailable,
        init ? "CertificatesGenerationFailed" : "CertificatesCorrupted",
        init ? "Warning" : "Error",
        messageOf(verdict),
      ),
    ],
    newer: [v1beta2(certificatesAvailable, "Unknown", "InternalError", "Please check controller logs for errors")],
  };
};

const verdictOf = ({ verdicts }: Report<Scope, Facts>, name: string): Verdict | undefined =>
  verdicts.find(({ phase }) => phase === name);

const isBroken = (verdict: Verdict | undefined): verdict is Verdict & { outcome: "fail" | "error" } =>
  verdict?.outcome === "fail" || verdict?.outcome === "error";

const messageOf = (verdict: Verdict | undefined): string =>
  verdict !== undefined && "message" in verdict ? (verdict.message ?? "") : "";
