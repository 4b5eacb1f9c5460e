import {
  apiVersionOf,
  isAlreadyExists,
  MAGNUM_FINALIZER,
  MAGNUM_NAMESPACE,
  MagnumCluster,
  type MagnumClusterSpec,
  type MagnumClusterTemplate,
  type MagnumNodeGroup,
  MagnumQuota,
  PROJECT_LABEL,
  type Stored,
} from "@slipway/api";
import type { Image } from "@slipway/openstack";
import { quotaName } from "../admin/quotas.ts";
import { enforce } from "../auth/policy.ts";
import { readAttributes, type Values, withDefaults } from "../body/attributes.ts";
import { checkClusterType } from "../clustertemplates/drivers.ts";
import { getTemplate } from "../clustertemplates/store.ts";
import { badRequest, forbidden, MagnumError, templateNotFound } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { firstActivity } from "../live/activity.ts";
import { generatedName, stackName } from "../names.ts";
import { createRecord, listRecords } from "../records.ts";
import {
  checkDockerVolume,
  checkKeypair,
  checkRootDisk,
  findFlavors,
  findImage,
  findNetworks,
  requireDistro,
  splitNameservers,
} from "../validate.ts";
import { CLUSTER_ATTRIBUTES } from "./attributes.ts";
import { makeCredential } from "./credential.ts";
import { effectiveLabels, type Labels } from "./labels.ts";
import { DEFAULT_MASTER, DEFAULT_WORKER } from "./nodegroups.ts";
import { versionOfImage } from "./versions.ts";

/** `POST /v1/clusters`: everything is checked and looked up with the caller's token, then one object is written. */
export const createCluster = async (exchange: Exchange): Promise<Answer> => {
  const { caller, admin, minor, world } = exchange;
  const values = withDefaults(CLUSTER_ATTRIBUTES, readAttributes(CLUSTER_ATTRIBUTES, await exchange.json(), "cluster"));
  if (values["node_count"] === 0 && minor < 10)
    throw badRequest("Resizing a nodegroup to zero is not supported in the provided microversion.");
  const template = await templateFor(exchange, String(values["cluster_template_id"]));
  const wanted = merge(values, template);
  checkClusterType(template.spec.serverType, template.spec.clusterDistro, template.spec.coe);
  checkDockerVolume(template.spec.dockerStorageDriver, wanted.dockerVolumeSize);
  if (wanted.masterCount % 2 === 0)
    throw badRequest(`master nodegroup size of ${wanted.masterCount} is invalid, size cannot be an even number.`);
  enforce("cluster:create", caller);
  const projectId = caller.projectId ?? "";
  await checkQuota(exchange, projectId);
  if (template.spec.hidden && !admin) throw forbidden("Not authorized.");
  const found = await lookUp(exchange, template, wanted);
  if (wanted.masterCount > 1 && !wanted.masterLbEnabled)
    throw badRequest("master_count must be 1 when master_lb_enabled is False");
  const spec = specOf(exchange, template, wanted, found);
  // One at a time, so that two requests cannot both take the project's last place, nor the template be deleted under us.
  const cluster = await world.inTurn(`project:${projectId}`, () =>
    world.inTurn(`template:${template.metadata.uid}`, async () => {
      await checkQuota(exchange, projectId);
      await templateFor(exchange, template.metadata.uid);
      return write(exchange, spec);
    }),
  );
  await makeCredential(exchange, cluster);
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

/** An unknown template was a 400 before 1.10. */
const templateFor = async (exchange: Exchange, ident: string): Promise<Stored<MagnumClusterTemplate>> => {
  try {
    return await getTemplate(exchange, ident);
  } catch (error) {
    if (error instanceof MagnumError && error.status === 404 && exchange.minor < 10)
      throw badRequest(templateNotFound(ident).message);
    throw error;
  }
};

interface Wanted {
  readonly name: string | undefined;
  readonly nodeCount: number;
  readonly masterCount: number;
  readonly createTimeout: number;
  readonly keypair: string | undefined;
  readonly dockerVolumeSize: number | undefined;
  readonly masterFlavorId: string | undefined;
  readonly flavorId: string | undefined;
  readonly fixedNetwork: string | undefined;
  readonly fixedSubnet: string | undefined;
  readonly discoveryUrl: string | undefined;
  readonly floatingIpEnabled: boolean;
  readonly masterLbEnabled: boolean;
  readonly labels: Labels;
}

/** What the request leaves open, or empty, the template says. */
const merge = (values: Values, { spec }: Stored<MagnumClusterTemplate>): Wanted => {
  const text = (name: string, otherwise: string | undefined) => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  return {
    name: text("name", undefined),
    nodeCount: values["node_count"] as number,
    masterCount: values["master_count"] as number,
    createTimeout: values["create_timeout"] as number,
    keypair: text("keypair", spec.keypairId),
    dockerVolumeSize: (values["docker_volume_size"] as number | undefined) ?? spec.dockerVolumeSize,
    masterFlavorId: text("master_flavor_id", spec.masterFlavorId),
    flavorId: text("flavor_id", spec.flavorId),
    fixedNetwork: text("fixed_network", spec.fixedNetwork),
    fixedSubnet: text("fixed_subnet", spec.fixedSubnet),
    discoveryUrl: text("discovery_url", undefined),
    floatingIpEnabled: (values["floating_ip_enabled"] as boolean | undefined) ?? spec.floatingIpEnabled,
    masterLbEnabled: (values["master_lb_enabled"] as boolean | undefined) ?? spec.masterLbEnabled,
    labels: effectiveLabels(spec.labels, values["labels"] as Labels | undefined, values["merge_labels"] === true),
  };
};

/** Clusters count in every status, until their record is gone. */
const checkQuota = async ({ world: { client, settings } }: Exchange, projectId: string): Promise<void> => {
  const own = await listRecords(client, MagnumQuota, projectId);
  const limit =
    own.find(({ metadata }) => metadata.name === quotaName(projectId, "Cluster"))?.spec.hardLimit ??
    settings.maxClustersPerProject;
  const clusters = await listRecords(client, MagnumCluster, projectId);
  if (clusters.length >= limit)
    throw forbidden(
      `Resource limit exceeded: You have reached the maximum clusters per project, ${limit}. You may delete a cluster to make room for a new one.`,
    );
};

interface Found {
  readonly image: Image;
  readonly masterFlavor: string;
  readonly flavor: string;
  readonly externalNetwork: string | undefined;
  readonly fixedNetwork: string | undefined;
  readonly fixedSubnet: string | undefined;
}

const lookUp = async ({ cloud, world }: Exchange, template: Stored<MagnumClusterTemplate>, wanted: Wanted): Promise<Found> => {
  const flavors = await findFlavors(cloud, { worker: wanted.flavorId, master: wanted.masterFlavorId });
  checkRootDisk(wanted.labels, [flavors.worker, flavors.master], world.settings.defaultBootVolumeSize);
  const image = await findImage(cloud, template.spec.imageId);
  requireDistro(image);
  const networks = await findNetworks(cloud, {
    externalNetwork: template.spec.externalNetworkId,
    fixedNetwork: wanted.fixedNetwork,
    fixedSubnet: wanted.fixedSubnet,
  });
  await checkKeypair(cloud, wanted.keypair);
  if (flavors.worker === undefined) throw noFlavor("flavor_id");
  if (flavors.master === undefined) throw noFlavor("master_flavor_id");
  return { image, masterFlavor: flavors.master.name, flavor: flavors.worker.name, ...networks };
};

const noFlavor = (attribute: string) =>
  badRequest(`Neither the cluster nor its template names a flavor: set ${attribute} on one of them.`);

const specOf = (
  { caller, world }: Exchange,
  { metadata, spec: template }: Stored<MagnumClusterTemplate>,
  wanted: Wanted,
  found: Found,
): MagnumClusterSpec => {
  const { image } = found;
  const kubernetesVersion = wanted.labels["kube_tag"] ?? template.labels["kube_tag"] ?? versionOfImage(image);
  if (kubernetesVersion === undefined)
    throw badRequest(
      "Label kube_tag says which Kubernetes version to run: set it on the cluster or on its template (the image has no property kube_version).",
    );
  const createdAt = world.clock.now().toISOString();
  const hardwareDiskBus = image.properties["hw_disk_bus"];
  const group = (
    fields: Pick<MagnumNodeGroup, "name" | "role" | "nodeCount" | "minNodeCount" | "flavorId" | "flavorName">,
  ): MagnumNodeGroup => ({
    uuid: world.random.uuid(),
    isDefault: true,
    imageId: template.imageId,
    imageUuid: image.id,
    labels: wanted.labels,
    createdAt,
    ...(wanted.dockerVolumeSize === undefined ? {} : { dockerVolumeSize: wanted.dockerVolumeSize }),
    ...fields,
  });
  return given({
    name: wanted.name ?? generatedName("cluster", world.random),
    projectId: caller.projectId ?? "",
    userId: caller.userId,
    createdAt,
    clusterTemplateId: metadata.uid,
    keypair: wanted.keypair,
    dockerVolumeSize: wanted.dockerVolumeSize,
    masterFlavorId: wanted.masterFlavorId,
    flavorId: wanted.flavorId,
    fixedNetwork: wanted.fixedNetwork,
    fixedSubnet: wanted.fixedSubnet,
    floatingIpEnabled: wanted.floatingIpEnabled,
    masterLbEnabled: wanted.masterLbEnabled,
    createTimeout: wanted.createTimeout,
    discoveryUrl: wanted.discoveryUrl,
    labels: wanted.labels,
    kubernetesVersion,
    networkDriver: template.networkDriver,
    clusterDistro: template.clusterDistro,
    dnsNameservers: template.dnsNameserver === undefined ? [] : splitNameservers(template.dnsNameserver),
    httpProxy: template.httpProxy,
    httpsProxy: template.httpsProxy,
    noProxy: template.noProxy,
    externalNetworkUuid: found.externalNetwork,
    fixedNetworkUuid: found.fixedNetwork,
    fixedSubnetUuid: found.fixedSubnet,
    hardwareDiskBus: hardwareDiskBus,
    nodeGroups: [
      group({
        name: DEFAULT_MASTER,
        role: "master",
        nodeCount: wanted.masterCount,
        minNodeCount: 0,
        flavorId: wanted.masterFlavorId,
        flavorName: found.masterFlavor,
      }),
      group({
        name: DEFAULT_WORKER,
        role: "worker",
        nodeCount: wanted.nodeCount,
        minNodeCount: minimumOf(wanted.labels),
        flavorId: wanted.flavorId,
        flavorName: found.flavor,
      }),
    ],
  });
};

const minimumOf = (labels: Labels): number => {
  const label = labels["min_node_count"];
  return label !== undefined && /^\d+$/.test(label) ? Number(label) : 0;
};

/** The store knows absent fields, not undefined ones. */
const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const ATTEMPTS = 20;

/** The object's name is the Cluster's: a name that is taken is drawn anew. */
const write = async (exchange: Exchange, spec: MagnumClusterSpec): Promise<Stored<MagnumCluster>> => {
  const { world } = exchange;
  for (let attempt = 1; ; attempt++) {
    try {
      return await createRecord(world.client, MagnumCluster, {
        apiVersion: apiVersionOf(MagnumCluster),
        kind: "MagnumCluster",
        metadata: {
          name: stackName(world.random),
          namespace: MAGNUM_NAMESPACE,
          labels: { [PROJECT_LABEL]: spec.projectId },
          annotations: firstActivity(exchange, spec.projectId),
          finalizers: [MAGNUM_FINALIZER],
        },
        spec,
      });
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === ATTEMPTS) throw error;
    }
  }
};
