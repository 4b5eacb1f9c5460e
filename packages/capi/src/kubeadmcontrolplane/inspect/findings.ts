import type { Node, Stored } from "@slipway/api";
import { isFalse, isTrue, isUnknown, type NewCondition, type NewV1Beta2Condition, v1beta2 } from "@slipway/runtime";

/** Both families of one condition. The older one may stay as it was. */
export interface Finding {
  readonly older?: NewCondition;
  readonly newer: NewV1Beta2Condition;
}

/** What was seen of a control plane: per machine by name, and of the whole. */
export interface Inspection {
  readonly machines: ReadonlyMap<string, readonly Finding[]>;
  readonly controlPlane: readonly (Finding | { readonly older: NewCondition; readonly newer?: undefined })[];
}

export const well = (type: string, reason: string): Finding => ({ older: isTrue(type), newer: v1beta2(type, "True", reason) });

export const ill = (
  type: string,
  reasons: { readonly older: string; readonly severity?: "Error" | "Warning" | "Info"; readonly newer: string },
  message: string,
): Finding => ({
  older: isFalse(type, reasons.older, reasons.severity ?? "Error", message),
  newer: v1beta2(type, "False", reasons.newer, message),
});

export const unclear = (type: string, older: string, message: string): Finding => ({
  older: isUnknown(type, older, message),
  newer: v1beta2(type, "Unknown", "InspectionFailed", message),
});

/** Only the newer family says so: nothing can be known yet. */
export const notInspected = (type: string, message: string, reason = "InspectionFailed"): Finding => ({
  newer: v1beta2(type, "Unknown", reason, message),
});

export const isUnreachable = (node: Stored<Node>): boolean =>
  node.spec?.taints?.some(({ key, effect }) => key === "node.kubernetes.io/unreachable" && effect === "NoExecute") ?? false;

export const nodeReadiness = (node: Stored<Node>) => node.status?.conditions?.find(({ type }) => type === "Ready")?.status;

/** Of the whole: a False or an error is an issue, an Unknown only where a machine has been made. */
export const summaryOf = (
  type: string,
  errors: readonly string[],
  perMachine: readonly { readonly name: string; readonly hasProviderId: boolean; readonly findings: readonly Finding[] }[],
): NewV1Beta2Condition => {
  const lines = (status: "False" | "Unknown") =>
    perMachine
      .filter(({ hasProviderId }) => status === "False" || hasProviderId)
      .map(({ name, findings }) => ({ name, bad: findings.filter(({ newer }) => newer.status === status) }))
      .filter(({ bad }) => bad.length > 0)
      .map(
        ({ name, bad }) =>
          `* Machine ${name}:\n${bad.map(({ newer }) => `  * ${newer.type}: ${newer.message === "" ? newer.reason : newer.message}`).join("\n")}`,
      );
  const [falses, unknowns] = [lines("False"), lines("Unknown")];
  if (falses.length > 0 || errors.length > 0) {
    return v1beta2(type, "False", "NotHealthy", [...errors.map((error) => `* ${error}`), ...falses, ...unknowns].join("\n"));
  }
  if (unknowns.length > 0) return v1beta2(type, "Unknown", "HealthUnknown", unknowns.join("\n"));
  if (perMachine.some(({ findings }) => findings.some(({ newer }) => newer.status === "True")))
    return v1beta2(type, "True", "Healthy");
  return v1beta2(type, "Unknown", "HealthUnknown", "No Machines reporting status");
};

/** The older family: errors, then warnings, then infos; then any True wins over Unknown; nothing reported leaves it as it is. */
export const olderSummary = (
  type: string,
  reasons: { readonly unhealthy: string; readonly unknown: string },
  errors: readonly string[],
  perMachine: readonly { readonly name: string; readonly findings: readonly Finding[] }[],
): NewCondition | undefined => {
  const all = perMachine.flatMap(({ name, findings }) => findings.flatMap(({ older }) => (older ? [{ name, older }] : [])));
  const names = (status: string, severity?: string) => [
    ...new Set(
      all.filter(({ older }) => older.status === status && (!severity || older.severity === severity)).map(({ name }) => name),
    ),
  ];
  const said = (what: string, machines: readonly string[]) => `Following Machines are reporting ${what}: ${machines.join(", ")}`;
  const problems = [
    ...errors,
    ...(names("False", "Error").length > 0 ? [said("control plane errors", names("False", "Error"))] : []),
  ];
  if (problems.length > 0) return isFalse(type, reasons.unhealthy, "Error", problems.join("; "));
  for (const severity of ["Warning", "Info"] as const) {
    const machines = names("False", severity);
    if (machines.length > 0)
      return isFalse(type, reasons.unhealthy, severity, said(`control plane ${severity.toLowerCase()}s`, machines));
  }
  if (names("True").length > 0) return isTrue(type);
  const unknown = names("Unknown");
  return unknown.length > 0 ? isUnknown(type, reasons.unknown, said("unknown control plane status", unknown)) : undefined;
};
