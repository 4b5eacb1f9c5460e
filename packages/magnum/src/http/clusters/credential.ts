import { CLUSTER_UUID_LABEL, FAILURE_ANNOTATION, MAGNUM_NAMESPACE, MagnumCluster, Secret, type Stored } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/pem.ts";
import { isCloudError } from "@slipway/openstack";
import { cloudsYaml } from "../../cloud/cloudsyaml.ts";
import { CREDENTIAL_ANNOTATION, credentialSecretName } from "../../credential.ts";
import type { Exchange } from "../exchange.ts";
import { changeRecord } from "../records.ts";
import { writeLedger } from "./ledger.ts";

/**
 * Makes the application credential with which Cluster API works in the tenant's project, while we have the tenant's token. The
 * request was accepted already, so a failure becomes the cluster's status.
 */
export const makeCredential = async (exchange: Exchange, cluster: Stored<MagnumCluster>): Promise<void> => {
  const { caller, cloud, world } = exchange;
  const { uid, name } = cluster.metadata;
  try {
    await writeLedger(exchange, cluster);
    const { id, secret } = await cloud.createApplicationCredential({
      name: uid,
      description: `Magnum cluster (${uid})`,
      roles: caller.roles,
    });
    const { publicAuthUrl, clusterCloud } = world.settings;
    await world.client.create(
      Secret,
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: credentialSecretName(name),
          namespace: MAGNUM_NAMESPACE,
          // clusterctl takes it along when the cluster is moved (RUN-077).
          labels: { [CLUSTER_UUID_LABEL]: uid, "clusterctl.cluster.x-k8s.io/move": "true" },
          annotations: { [CREDENTIAL_ANNOTATION]: `${caller.userId}/${id}` },
        },
        type: "Opaque",
        data: {
          "clouds.yaml": textToBase64(cloudsYaml({ authUrl: publicAuthUrl, ...clusterCloud, credential: { id, secret } })),
          cacert: textToBase64(clusterCloud.caCertificates),
        },
      },
      { fieldManager: "magnum" },
    );
  } catch (error) {
    const reason = failureReason(error, caller.applicationCredential?.restricted === true);
    world.log.warn("a cluster's credential could not be made", { cluster: name, uuid: uid, reason });
    await changeRecord(world.client, MagnumCluster, cluster, (current) => ({
      ...current,
      metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, [FAILURE_ANNOTATION]: reason } },
    }));
  }
};

const failureReason = (error: unknown, restricted: boolean): string => {
  const message = error instanceof Error ? error.message : String(error);
  if (restricted && isCloudError(error))
    return (
      "Keystone does not let a restricted application credential make the cluster's own credential. " +
      `Log in with a password, or with an application credential made with --unrestricted, and create the cluster again. (${message})`
    );
  return `The cluster's application credential could not be made: ${message}. Delete the cluster and create it again.`;
};

/** With the tenant's own token, when the record never got as far as a Secret that says which credential to revoke. */
export const removeUnfinishedCredential = async (exchange: Exchange, cluster: Stored<MagnumCluster>): Promise<void> => {
  const { caller, cloud, world } = exchange;
  const secrets = await world.client.list(Secret, {
    namespace: MAGNUM_NAMESPACE,
    labelSelector: `${CLUSTER_UUID_LABEL}=${cluster.metadata.uid}`,
  });
  if (caller.userId !== cluster.spec.userId) return;
  if (secrets.items.some(({ metadata }) => metadata.name === credentialSecretName(cluster.metadata.name))) return;
  await cloud.deleteApplicationCredentials(caller.userId, cluster.metadata.uid).catch((error: unknown) => {
    world.log.warn("an unfinished application credential may be left", { cluster: cluster.metadata.name, error });
  });
};
