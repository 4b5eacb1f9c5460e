import type { Condition, OpenStackServer, OpenStackServerStatus, Stored } from "@slipway/api";
import { isFalse, isTrue, isUnknown, type NewCondition, type Report, setCondition, type Verdict } from "@slipway/runtime";
import type { ServerFacts, ServerScope } from "./scope.ts";

export const instanceReady = "InstanceReady";
export const addressReady = "FloatingAddressFromPoolReady";

/** What is known of the server, as its object says it. */
export const status = (oss: Stored<OpenStackServer>, report: Report<ServerScope, ServerFacts>): OpenStackServerStatus => {
  const before = oss.status ?? { ready: false };
  const { resolved, portIds, instanceId, instanceState } = report.facts;
  const known = setCondition(
    before.conditions as readonly Condition[] | undefined,
    conditionOf(report.verdicts, before.instanceID === undefined),
    report.now,
  );
  const pooled = oss.spec.floatingIPPoolRef !== undefined;
  const conditions = pooled ? setCondition(known, addressCondition(report.verdicts), report.now) : known;
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
const conditionOf = (verdicts: readonly Verdict[], creating: boolean): NewCondition | undefined => {
  const telling = verdicts.find(({ phase, outcome }) => phase !== "pooledAddress" && outcome !== "ready");
  if (telling === undefined) return isTrue(instanceReady);
  switch (telling.outcome) {
    case "fail":
      return isFalse(instanceReady, telling.reason, "Error", telling.message);
    case "error":
      return isFalse(
        instanceReady,
        creating && telling.phase === "server" ? "InstanceCreateFailed" : "OpenStackError",
        "Error",
        telling.message,
      );
    case "act":
    case "wait":
      if (telling.reason === "InstanceNotReady") return isUnknown(instanceReady, telling.reason, telling.message);
      return quiet.has(telling.reason)
        ? undefined
        : isFalse(instanceReady, conditionReason(telling), severityOf(telling.reason), telling.message ?? "");
    default:
      return undefined;
  }
};

const addressCondition = (verdicts: readonly Verdict[]): NewCondition | undefined => {
  const telling = verdicts.find(({ phase }) => phase === "pooledAddress");
  if (telling === undefined || telling.outcome === "skipped") return undefined;
  if (telling.outcome === "ready") return isTrue(addressReady);
  return isFalse(addressReady, "FloatingIPError", "Error", telling.message ?? "");
};

/** Ordinary steps on the way to a server: upstream says nothing of them. */
const quiet = new Set([
  "Resolved",
  "CreatingIPAddressClaim",
  "InstanceBuilding",
  "NotYetVisible",
  "ServerDeleting",
  "VolumesDeleting",
  "VolumePending",
]);

const waiting = new Set(["WaitingForImage", "WaitingForBootstrapData", "WaitingForIPAddressClaim"]);

const severityOf = (reason: string): string =>
  waiting.has(reason) ? "Info" : reason === "InstanceCreateFailed" ? "Error" : "Warning";

/** Upstream knows one reason for whatever the cloud refused on the way. */
const conditionReason = ({ reason }: { readonly reason: string }): string =>
  waiting.has(reason) || reason === "InstanceCreateFailed" ? reason : "OpenStackError";
