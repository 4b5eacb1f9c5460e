/** What a tenant sees (CON-004, CON-041). Ours adds UPDATING and UPGRADING. */
export type Phase =
  | "CREATING"
  | "BOOTSTRAPPING"
  | "READY_CONTROL_PLANE"
  | "ADDING_WORKERS"
  | "ACTIVE"
  | "UPDATING"
  | "UPGRADING"
  | "DELETING"
  | "ERROR";

export type Health = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";

export type StageName =
  | "network"
  | "loadBalancer"
  | "firstControlPlaneNode"
  | "apiReachable"
  | "controlPlane"
  | "workers"
  | "addons";

export interface Counted {
  readonly desired: number;
  readonly ready: number;
}
