import { type Client, MAGNUM_NAMESPACE, MagnumCluster, type ObjectRef, Secret, type Stored } from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/pem.ts";
import { type Cloud, CloudError, type ConnectCloud } from "@slipway/openstack";
import { diagnose } from "./diagnose.ts";
import { type CollectCloudOptions, cloudUnasked, collectCloud } from "./evidence/cloud.ts";
import type { CloudEvidence, Evidence, ObjectEvidence, Obstacle } from "./evidence/evidence.ts";
import { clientReader, collectEvents, collectObjects } from "./evidence/objects.ts";
import type { Diagnosis } from "./finding.ts";

export interface ExamineOptions {
  /** The management API. */
  readonly client: Pick<Client, "get" | "list">;
  /** Undefined: the cloud is not asked. */
  readonly connect: ConnectCloud | undefined;
  readonly now: () => Date;
  /** How long each of the cloud's services may take. */
  readonly within?: CollectCloudOptions["within"];
}

/** Looks at one cluster from all sides, and says what is wrong. Changes nothing. */
export const examine = async (
  ref: ObjectRef,
  record: Stored<MagnumCluster> | undefined,
  options: ExamineOptions,
): Promise<Diagnosis> => diagnose(await gather(ref, record, options));

/** Everything that a diagnosis is concluded from, as it is now. */
export const gather = async (
  ref: ObjectRef,
  record: Stored<MagnumCluster> | undefined,
  { client, connect, now, within }: ExamineOptions,
): Promise<Evidence> => {
  const reader = clientReader(client);
  const found = record ?? (await reader.find(MagnumCluster, ref));
  const objects = await collectObjects(reader, ref, found);
  const [events, cloud] = await Promise.all([
    collectEvents(client, objects, ref, now()),
    connect === undefined ? undefined : cloudEvidence(client, connect, objects, within),
  ]);
  return { now: now(), objects, events, cloud, obstacle: obstacleIn(found) };
};

/** What the driver wrote down of its last attempt. */
const obstacleIn = (record: Stored<MagnumCluster> | undefined): Obstacle | undefined => {
  const { obstacle, status } = record?.status ?? {};
  return obstacle === undefined ? undefined : { message: obstacle, final: status?.endsWith("_FAILED") ?? false };
};

const cloudEvidence = async (
  client: Pick<Client, "get">,
  connect: ConnectCloud,
  objects: ObjectEvidence,
  within: CollectCloudOptions["within"],
): Promise<CloudEvidence | undefined> => {
  if (objects.credential !== "there") return undefined;
  const name = objects.infrastructure?.spec.identityRef.name ?? `${objects.record?.metadata.name ?? ""}-cloud-config`;
  const namespace = objects.infrastructure?.metadata.namespace ?? objects.record?.metadata.namespace ?? MAGNUM_NAMESPACE;
  let cloud: Cloud;
  try {
    const secret = await client.get(Secret, { namespace, name });
    const ca = secret.data?.["cacert"];
    cloud = connect({
      cloudsYaml: textFromBase64(secret.data?.["clouds.yaml"] ?? ""),
      cloudName: objects.infrastructure?.spec.identityRef.cloudName ?? "default",
      ...(ca === undefined || ca === "" ? {} : { caPem: textFromBase64(ca) }),
    });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return cloudUnasked({ service: "identity", kind: "other", message: error.message });
  }
  return collectCloud(cloud, objects, within === undefined ? {} : { within });
};
