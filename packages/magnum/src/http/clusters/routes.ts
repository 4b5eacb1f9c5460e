import { isNotFound, MAGNUM_NAMESPACE, MagnumCluster, MagnumClusterTemplate, type Stored } from "@slipway/api";
import { enforce } from "../auth/policy.ts";
import { getTemplateByUid } from "../clustertemplates/store.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { markerMissing, PAGING, page } from "../paging.ts";
import { listRecords } from "../records.ts";
import { createCluster } from "./create.ts";
import { removeUnfinishedCredential } from "./credential.ts";
import { resizeCluster } from "./resize.ts";
import { clusterStanding } from "./status.ts";
import { getCluster, visibleClusters } from "./store.ts";
import { updateCluster } from "./update.ts";
import { upgradeCluster } from "./upgrade.ts";
import { clusterDetail, clusterItem, faults } from "./view.ts";

const list =
  (path: "clusters" | "clusters/detail", action: "get_all" | "detail") =>
  async (exchange: Exchange): Promise<Answer> => {
    const { admin, caller, base, minor } = exchange;
    enforce(admin ? `cluster:${action}_all_projects` : `cluster:${action}`, caller);
    const template = action === "detail" ? await templatesByUid(exchange) : () => undefined;
    const view = (cluster: Stored<MagnumCluster>) =>
      action === "detail"
        ? clusterDetail(cluster, template(cluster.spec.clusterTemplateId), base, minor)
        : clusterItem(cluster, base, minor);
    const items = await visibleClusters(exchange, "everywhereForAdmins");
    return {
      status: 200,
      body: page(
        {
          items,
          key: "clusters",
          path,
          columns: COLUMNS,
          marker: { of: ({ metadata }) => metadata.uid, kind: "uuid", missing: markerMissing("Cluster") },
          view,
        },
        exchange,
      ),
    };
  };

/** What clusters may be sorted by: what is stored, not what is computed. */
const COLUMNS: { readonly [column: string]: (cluster: Stored<MagnumCluster>) => unknown } = {
  uuid: ({ metadata }) => metadata.uid,
  name: ({ spec }) => spec.name,
  cluster_template_id: ({ spec }) => spec.clusterTemplateId,
  keypair: ({ spec }) => spec.keypair,
  docker_volume_size: ({ spec }) => spec.dockerVolumeSize,
  master_flavor_id: ({ spec }) => spec.masterFlavorId,
  flavor_id: ({ spec }) => spec.flavorId,
  create_timeout: ({ spec }) => spec.createTimeout,
  stack_id: ({ metadata }) => metadata.name,
  status: (cluster) => clusterStanding(cluster).status,
  status_reason: (cluster) => clusterStanding(cluster).reason,
  health_status: ({ status }) => status?.healthStatus,
  api_address: ({ status }) => status?.apiAddress,
  coe_version: ({ status }) => status?.coeVersion,
  project_id: ({ spec }) => spec.projectId,
  user_id: ({ spec }) => spec.userId,
  fixed_network: ({ spec }) => spec.fixedNetwork,
  fixed_subnet: ({ spec }) => spec.fixedSubnet,
  floating_ip_enabled: ({ spec }) => spec.floatingIpEnabled,
  master_lb_enabled: ({ spec }) => spec.masterLbEnabled,
  created_at: ({ spec }) => spec.createdAt,
  updated_at: ({ spec }) => spec.updatedAt,
};

/** Of every project: a cluster's labels are told beside its template's, even if the template is hidden by now. */
const templatesByUid = async ({ world }: Exchange): Promise<(uid: string) => Stored<MagnumClusterTemplate> | undefined> => {
  const all = new Map(
    (await listRecords(world.client, MagnumClusterTemplate, undefined)).map((template) => [template.metadata.uid, template]),
  );
  return (uid) => all.get(uid);
};

const show = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, base, minor, params } = exchange;
  if (admin) enforce("cluster:get_one_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:get", caller, cluster.spec);
  const template = await getTemplateByUid(exchange.world, cluster.spec.clusterTemplateId);
  return { status: 200, body: { ...clusterDetail(cluster, template, base, minor), ...faults(cluster) } };
};

/** Allowed in every status, and again and again; the record goes when the driver has taken everything down. */
const remove = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, params, world } = exchange;
  if (admin) enforce("cluster:delete_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:delete", caller, cluster.spec);
  await removeUnfinishedCredential(exchange, cluster);
  await world.client
    .delete(
      MagnumCluster,
      { namespace: MAGNUM_NAMESPACE, name: cluster.metadata.name },
      { propagationPolicy: "Background", preconditions: { uid: cluster.metadata.uid } },
    )
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  return { status: 204 };
};

export const clusterRoutes: readonly Route[] = [
  { method: "GET", path: "clusters", query: PAGING, handle: list("clusters", "get_all") },
  { method: "GET", path: "clusters/detail", query: PAGING, handle: list("clusters/detail", "detail") },
  { method: "GET", path: "clusters/:cluster", handle: show },
  { method: "POST", path: "clusters", handle: createCluster },
  { method: "PATCH", path: "clusters/:cluster", query: ["rollback"], handle: updateCluster },
  { method: "DELETE", path: "clusters/:cluster", handle: remove },
  {
    method: "POST",
    path: "clusters/:cluster/actions/resize",
    since: { minor: 7, name: "resize" },
    handle: resizeCluster,
  },
  {
    method: "POST",
    path: "clusters/:cluster/actions/upgrade",
    since: { minor: 7, name: "upgrade" },
    handle: upgradeCluster,
  },
];
