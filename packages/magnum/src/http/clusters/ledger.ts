import {
  ConfigMap,
  isAlreadyExists,
  isNotFound,
  LEDGER_LABEL,
  ledgerName,
  MAGNUM_NAMESPACE,
  MagnumCluster,
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
  if (world.random.below(ONE_IN) === 0) await forgetOld(world);
};

/** Now and then is often enough. */
const ONE_IN = 50;
const KEPT_DAYS = 180;
const MOST_AT_ONCE = 200;

/** What is left of a cluster that went half a year ago was seen by then, or never will be. */
const forgetOld = async ({ client, clock }: Exchange["world"]): Promise<void> => {
  const limit = clock.now().getTime() - KEPT_DAYS * 86_400_000;
  const [entries, records] = await Promise.all([
    client.list(ConfigMap, { namespace: MAGNUM_NAMESPACE, labelSelector: `${LEDGER_LABEL}=cluster` }),
    client.list(MagnumCluster, { namespace: MAGNUM_NAMESPACE }),
  ]);
  const living = new Set(records.items.map(({ metadata }) => ledgerName(metadata.name)));
  const old = entries.items.filter(
    ({ metadata }) => Date.parse(metadata.creationTimestamp) < limit && !living.has(metadata.name),
  );
  for (const { metadata } of old.slice(0, MOST_AT_ONCE))
    await client.delete(ConfigMap, { namespace: MAGNUM_NAMESPACE, name: metadata.name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
};
