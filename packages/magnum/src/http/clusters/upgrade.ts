import type { MagnumClusterSpec, MagnumClusterTemplate, MagnumNodeGroup, Stored } from "@slipway/api";
import { enforce } from "../auth/policy.ts";
import { type Attributes, readAttributes } from "../body/attributes.ts";
import { getTemplate } from "../clustertemplates/store.ts";
import { badRequest, conflict } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { findImage } from "../validate.ts";
import { DEFAULT_WORKER, getNodeGroup } from "./nodegroups.ts";
import { clusterStanding, isUpdatable } from "./status.ts";
import { changeSpec, getCluster } from "./store.ts";
import { checkUpgradePath, versionOfImage } from "./versions.ts";

const BODY: Attributes = {
  max_batch_size: { type: "integer", minimum: 1 },
  nodegroup: { type: "text", maxLength: 255 },
  cluster_template: { type: "text", minLength: 1, maxLength: 255, mandatory: true },
};

/**
 * `POST /v1/clusters/<id>/actions/upgrade`: the cluster and all its groups take the new template's image and `kube_tag`. How many
 * machines roll at a time is Cluster API's to say.
 */
export const upgradeCluster = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, cloud, minor, params } = exchange;
  const values = readAttributes(BODY, await exchange.json(), "cluster_upgrade_req");
  if (minor < 8) throw badRequest("Cluster upgrade is not supported in the provided microversion.");
  if (admin) enforce("cluster:upgrade_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:upgrade", caller, cluster.spec);
  const template = await getTemplate(exchange, String(values["cluster_template"]));
  const group = getNodeGroup(cluster.spec.nodeGroups, String(values["nodegroup"] ?? "") || DEFAULT_WORKER);
  if (!group.isDefault && template.metadata.uid !== cluster.spec.clusterTemplateId)
    throw conflict("Nodegroup upgrade is only supported to the cluster's own template: upgrade the cluster first.");
  const { status } = clusterStanding(cluster);
  if (!isUpdatable(status)) throw badRequest(`Upgrading a cluster when status is "${status}" is not supported.`);
  const image = await findImage(cloud, template.spec.imageId);
  const version = template.spec.labels["kube_tag"] ?? versionOfImage(image);
  if (version === undefined)
    throw badRequest(
      `ClusterTemplate ${template.metadata.uid} has no label kube_tag and its image no property kube_version, so there is no version to upgrade to.`,
    );
  checkUpgradePath(cluster.spec.kubernetesVersion, version);
  await changeSpec(exchange, cluster, (spec, now) => upgraded(spec, template, { version, imageUuid: image.id, now }));
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

/** No other label changes: the tenant's choices stay. */
const upgraded = (
  spec: MagnumClusterSpec,
  { metadata, spec: template }: Stored<MagnumClusterTemplate>,
  { version, imageUuid, now }: { readonly version: string; readonly imageUuid: string; readonly now: string },
): MagnumClusterSpec => ({
  ...spec,
  clusterTemplateId: metadata.uid,
  kubernetesVersion: version,
  labels: { ...spec.labels, kube_tag: version },
  nodeGroups: spec.nodeGroups.map(
    (group): MagnumNodeGroup => ({
      ...group,
      imageId: template.imageId,
      imageUuid,
      labels: { ...group.labels, kube_tag: version },
      updatedAt: now,
    }),
  ),
});
