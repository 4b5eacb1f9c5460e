import {
  ConfigMap,
  isAlreadyExists,
  LEDGER_LABEL,
  ledgerName,
  MAGNUM_NAMESPACE,
  type MagnumCluster,
  type Stored,
} from "@slipway/api";
import type { Exchange } from "../exchange.ts";

/** It goes along when the clusters are moved to another management cluster: there they live on. */
const MOVE_LABEL = "clusterctl.cluster.x-k8s.io/move";

/**
 * Writes down that there is such a cluster, in whose project and by whom, before anything is made for it in the cloud. It stays when
 * the cluster is gone: by it `slipway orphans` tells what is left of our clusters from what only looks like it.
 */
export const writeLedger = async (
  { world }: Pick<Exchange, "world">,
  { metadata, spec }: Stored<MagnumCluster>,
): Promise<void> => {
  const { name, uid, creationTimestamp } = metadata;
  await world.client
    .create(
      ConfigMap,
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: ledgerName(name),
          namespace: MAGNUM_NAMESPACE,
          labels: { [LEDGER_LABEL]: "cluster", [MOVE_LABEL]: "" },
        },
        data: { name, uuid: uid, projectId: spec.projectId, userId: spec.userId, title: spec.name, createdAt: creationTimestamp },
      },
      { fieldManager: "magnum" },
    )
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
};
