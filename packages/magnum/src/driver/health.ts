import type { MagnumClusterStatus } from "@slipway/api";
import type { Observed } from "./observed.ts";

/** From Cluster API's own view of the cluster; the tenant's cluster is never dialled. */
export const health = ({
  cluster,
  controlPlane,
  machines,
}: Pick<Observed, "cluster" | "controlPlane" | "machines">): Pick<MagnumClusterStatus, "healthStatus" | "healthStatusReason"> => {
  if (cluster === undefined) return { healthStatus: "UNKNOWN", healthStatusReason: {} };
  const api = isTrue(controlPlane?.status?.conditions, "Available");
  const nodes = machines.map(({ metadata, spec, status }) => ({
    name: spec.infrastructureRef?.name ?? metadata.name,
    ready: isTrue(status?.conditions, "NodeHealthy"),
  }));
  return {
    healthStatus: api && nodes.every(({ ready }) => ready) ? "HEALTHY" : "UNHEALTHY",
    healthStatusReason: {
      api: api ? "ok" : "nok",
      ...Object.fromEntries(nodes.map(({ name, ready }) => [`${name}.Ready`, ready ? "True" : "False"])),
    },
  };
};

const isTrue = (conditions: readonly { readonly type: string; readonly status: string }[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
