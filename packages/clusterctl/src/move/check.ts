import type { UnstructuredObject } from "@slipway/api";
import { findCondition } from "../describe/conditions.ts";
import type { Installed } from "../inventory/inventory.ts";
import { fieldAt } from "../object/fields.ts";
import { compareVersions, parseVersion } from "../repository/releases.ts";
import type { MovePlan } from "./graph.ts";

/** Why a move must wait: everything is to be settled before its objects are paused (CTL-121). Empty when nothing speaks against it. */
export const unready = ({ clusters, machines }: Pick<MovePlan, "clusters" | "machines">): readonly string[] => [
  ...clusters.flatMap(({ object }) => {
    const why = unreadyCluster(object);
    return why === undefined ? [] : [`cannot start the move operation while ${why}`];
  }),
  ...machines
    .filter(({ object }) => fieldAt(object, "status", "nodeRef") === undefined)
    .map(({ object }) => `cannot start the move operation while ${where(object)} is still provisioning the node`),
];

const where = ({ apiVersion, kind, metadata }: UnstructuredObject): string =>
  `"${apiVersion}, Kind=${kind}" ${metadata.namespace}/${metadata.name}`;

const unreadyCluster = (cluster: UnstructuredObject): string | undefined => {
  if (fieldAt(cluster, "status", "infrastructureReady") !== true)
    return `${where(cluster)} is still provisioning the infrastructure`;
  if (findCondition(cluster, "ControlPlaneInitialized", "v1beta1")?.status !== "True")
    return `the control plane for ${where(cluster)} is not yet initialized`;
  if (fieldAt(cluster, "spec", "controlPlaneRef") !== undefined && fieldAt(cluster, "status", "controlPlaneReady") !== true)
    return `the control plane for ${where(cluster)} is not yet ready`;
  return undefined;
};

/** Every provider of the source must be in the target, and no older (CTL-117). */
export const missingProviders = (source: readonly Installed[], target: readonly Installed[]): readonly string[] =>
  source.flatMap(({ label, name, type, version }) => {
    const versions = target
      .filter((provider) => provider.name === name && provider.type === type)
      .flatMap((provider) => parseVersion(provider.version) ?? [])
      .sort(compareVersions);
    const [wanted, newest] = [parseVersion(version), versions.at(-1)];
    if (newest === undefined) return [`provider ${label} not found in the target cluster`];
    if (wanted === undefined) return [`unable to parse version "${version}" for the ${label} provider in the source cluster`];
    if (compareVersions(newest, wanted) >= 0) return [];
    return [
      `provider ${label} in the target cluster is older than in the source cluster (source: ${version}, target: ${newest.text})`,
    ];
  });
