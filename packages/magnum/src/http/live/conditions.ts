import type { KubeObject, Condition as SeenCondition } from "@slipway/api";
import type { Condition } from "@slipway/api/magnum/live.ts";

/** An object's conditions as written. */
export const conditionsOf = (object: KubeObject | undefined): readonly Condition[] => {
  const { conditions } = ((object as { readonly status?: unknown } | undefined)?.status ?? {}) as {
    readonly conditions?: readonly SeenCondition[];
  };
  return (conditions ?? []).map(({ type, status, severity, reason, message, lastTransitionTime }) => ({
    type,
    status: status === "True" || status === "False" ? status : "Unknown",
    ...(severity === "Error" || severity === "Warning" || severity === "Info" ? { severity } : {}),
    reason: reason ?? "",
    message: withoutHosts(message ?? ""),
    since: lastTransitionTime,
  }));
};

export const conditionOf = (object: KubeObject | undefined, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);

/** What the tenant's own API is called within the management cluster is nobody's business (CON-045). */
export const withoutHosts = (text: string): string =>
  text
    .replace(/\b[a-z0-9-]+(\.[a-z0-9-]+)*\.svc(\.cluster\.local)?(:\d+)?\b/g, "the management API")
    .replace(/(token|password|secret)[=:]\s*\S+/gi, "$1=…");
