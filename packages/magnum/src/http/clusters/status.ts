import { FAILURE_ANNOTATION, type MagnumCluster, type MagnumNodeGroup, type Stored } from "@slipway/api";

export interface Standing {
  readonly status: string;
  readonly reason: string | null;
}

/**
 * Where a cluster stands, as clients may rely on it: from the moment a request is accepted it is in progress, though the driver has
 * not yet written so itself.
 */
export const clusterStanding = (cluster: Stored<MagnumCluster>): Standing => {
  const seen = cluster.status?.status;
  const reason = cluster.status?.statusReason ?? null;
  if (cluster.metadata.deletionTimestamp !== undefined)
    return seen?.startsWith("DELETE_") ? { status: seen, reason } : { status: "DELETE_IN_PROGRESS", reason: null };
  const failure = cluster.metadata.annotations?.[FAILURE_ANNOTATION];
  if (failure !== undefined) return { status: "CREATE_FAILED", reason: failure };
  if (seen === undefined) return { status: "CREATE_IN_PROGRESS", reason: null };
  if (isCurrent(cluster)) return { status: seen, reason };
  return { status: seen === "CREATE_IN_PROGRESS" ? seen : "UPDATE_IN_PROGRESS", reason: null };
};

/** The driver has seen what is asked for now. */
const isCurrent = ({ metadata, status }: Stored<MagnumCluster>): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1);

export const nodeGroupStanding = (cluster: Stored<MagnumCluster>, group: MagnumNodeGroup): Standing => {
  const seen = cluster.status?.nodeGroups?.find(({ name }) => name === group.name);
  const reason = seen?.statusReason ?? null;
  if (group.deleting || cluster.metadata.deletionTimestamp !== undefined)
    return seen?.status.startsWith("DELETE_") ? { status: seen.status, reason } : { status: "DELETE_IN_PROGRESS", reason: null };
  const failure = cluster.metadata.annotations?.[FAILURE_ANNOTATION];
  if (failure !== undefined) return { status: "CREATE_FAILED", reason: failure };
  if (seen === undefined) return { status: "CREATE_IN_PROGRESS", reason: null };
  const touched = group.updatedAt !== undefined && group.updatedAt === cluster.spec.updatedAt;
  if (isCurrent(cluster) || !touched) return { status: seen.status, reason };
  return { status: "UPDATE_IN_PROGRESS", reason: null };
};

const UPDATABLE = new Set(
  "CREATE_COMPLETE UPDATE_COMPLETE RESUME_COMPLETE RESTORE_COMPLETE ROLLBACK_COMPLETE SNAPSHOT_COMPLETE CHECK_COMPLETE ADOPT_COMPLETE".split(
    " ",
  ),
);
/** The states from which a cluster may be changed. */
export const isUpdatable = (status: string): boolean => UPDATABLE.has(status);
/** A resize may also follow an update that failed or still runs. */
export const isResizable = (status: string): boolean =>
  UPDATABLE.has(status) || status === "UPDATE_FAILED" || status === "UPDATE_IN_PROGRESS";
