import type { Condition, OpenStackServer, OpenStackServerStatus, Stored } from "@slipway/api";
import { isFalse, isTrue, isUnknown, type NewCondition, type Report, setCondition, type Verdict } from "@slipway/runtime";
import type { ServerFacts, ServerScope } from "./scope.ts";

export const instanceReady = "InstanceReady";

/** What is known of the server, as its object says it. */
export const status = (oss: Stored<OpenStackServer>, report: Report<ServerScope, ServerFacts>): OpenStackServerStatus => {
  const before = oss.status ?? { ready: false };
  const { resolved, portIds, instanceId, instanceState } = report.facts;
  const conditions = setCondition(
    before.conditions as readonly Condition[] | undefined,
    conditionOf(report.verdicts),
    report.now,
  );
  return {
    ...before,
    // Once ready, always ready: a server that failed later is told of by its condition.
    ready: before.ready || instanceState === "ACTIVE",
    ...(resolved === undefined ? {} : { resolved }),
    ...(portIds === undefined ? {} : { resources: { ...before.resources, ports: portIds.map((id) => ({ id })) } }),
    ...(instanceId === undefined ? {} : { instanceID: instanceId }),
    ...(instanceState === undefined ? {} : { instanceState }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
};

/** Only what concerns the server itself; undefined leaves the condition as it is. */
const conditionOf = (verdicts: readonly Verdict[]): NewCondition | undefined => {
  const telling = verdicts.find(({ outcome }) => outcome !== "ready");
  if (telling === undefined) return isTrue(instanceReady);
  switch (telling.outcome) {
    case "fail":
      return isFalse(instanceReady, telling.reason, "Error", telling.message);
    case "error":
      return isFalse(instanceReady, "OpenStackError", "Error", telling.message);
    case "wait":
      if (telling.reason === "InstanceNotReady") return isUnknown(instanceReady, telling.reason, telling.message);
      return quiet.has(telling.reason)
        ? undefined
        : isFalse(instanceReady, conditionReason(telling), severityOf(telling.reason), telling.message ?? "");
    default:
      return undefined;
  }
};

/** Ordinary steps on the way to a server: upstream says nothing of them. */
const quiet = new Set(["Resolved", "InstanceBuilding", "NotYetVisible", "ServerDeleting", "VolumesDeleting", "VolumePending"]);

const waiting = new Set(["WaitingForImage", "WaitingForBootstrapData", "WaitingForIPAddressClaim"]);

const severityOf = (reason: string): string =>
  waiting.has(reason) ? "Info" : reason === "InstanceCreateFailed" ? "Error" : "Warning";

/** Upstream knows one reason for whatever the cloud refused on the way. */
const conditionReason = ({ reason }: { readonly reason: string }): string =>
  waiting.has(reason) || reason === "InstanceCreateFailed" ? reason : "OpenStackError";
