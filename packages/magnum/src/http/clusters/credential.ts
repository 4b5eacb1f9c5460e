import {
  CLUSTER_UUID_LABEL,
  FAILURE_ANNOTATION,
  isConflict,
  isNotFound,
  MAGNUM_NAMESPACE,
  MagnumCluster,
  Secret,
  type Stored,
} from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/pem.ts";
import { isCloudError } from "@slipway/openstack";
import { cloudsYaml } from "../../cloud/cloudsyaml.ts";
import { CREDENTIAL_ANNOTATION, credentialSecretName } from "../../credential.ts";
import type { MagnumSettings } from "../../settings.ts";
import { conflict } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { withActivity } from "../live/activity.ts";
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
        data: secretData(world.settings, { id, secret }),
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

const secretData = (
  { publicAuthUrl, clusterCloud }: MagnumSettings,
  credential: { readonly id: string; readonly secret: string },
): { readonly [name: string]: string } => ({
  "clouds.yaml": textToBase64(cloudsYaml({ authUrl: publicAuthUrl, ...clusterCloud, credential })),
  cacert: textToBase64(clusterCloud.caCertificates),
});

/**
 * Another application credential in the place of the one that is, made by and for the caller, who becomes the cluster's owner. Nothing
 * of the cluster is made again: Cluster API reads the Secret at each pass. The former credential goes last, when nothing needs it.
 */
export const replaceCredential = async (exchange: Exchange, cluster: Stored<MagnumCluster>): Promise<void> => {
  const { caller, cloud, world } = exchange;
  const { uid, name } = cluster.metadata;
  const ref = { namespace: MAGNUM_NAMESPACE, name: credentialSecretName(name) };
  const secret = await world.client.get(Secret, ref).catch((error: unknown) => {
    throw isNotFound(error) ? conflict(`Cluster ${cluster.spec.name} has no credential yet.`) : error;
  });
  const wanted = `${uid}-${world.random.uuid().slice(0, 8)}`;
  const made = await cloud.createApplicationCredential({
    name: wanted,
    description: `Magnum cluster (${uid})`,
    roles: caller.roles,
  });
  try {
    await world.client.patch(
      Secret,
      ref,
      {
        type: "merge",
        body: {
          metadata: {
            // Two at once: the second finds another Secret than it read.
            resourceVersion: secret.metadata.resourceVersion,
            annotations: { [CREDENTIAL_ANNOTATION]: `${caller.userId}/${made.id}` },
          },
          data: secretData(world.settings, made),
        },
      },
      { fieldManager: "magnum" },
    );
  } catch (error) {
    await cloud.deleteApplicationCredentials(caller.userId, wanted).catch(() => undefined);
    throw isConflict(error) ? conflict(`Somebody else is rotating the credential of cluster ${cluster.spec.name}.`) : error;
  }
  await changeRecord(world.client, MagnumCluster, cluster, (current) =>
    withActivity({ ...current, spec: { ...current.spec, userId: caller.userId } }, exchange, { action: "rotateCredential" }),
  );
  const [userId, id] = secret.metadata.annotations?.[CREDENTIAL_ANNOTATION]?.split("/") ?? [];
  if (userId === undefined || id === undefined) return;
  await world.revoke?.({ userId, id }).catch((error: unknown) => {
    world.log.warn("a cluster's former credential may be left", { cluster: name, uuid: uid, credential: id, error });
  });
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
