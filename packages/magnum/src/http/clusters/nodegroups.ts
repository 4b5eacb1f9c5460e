import type { MagnumClusterSpec, MagnumNodeGroup } from "@slipway/api";
import { isUuid } from "../../cloud/tenant.ts";
import { nodeGroupNotFound } from "../errors.ts";

export const DEFAULT_WORKER = "default-worker";
export const DEFAULT_MASTER = "default-master";

/** By uuid or name. @throws MagnumError 404 */
export const getNodeGroup = (groups: readonly MagnumNodeGroup[], ident: string): MagnumNodeGroup => {
  const group = groups.find(({ uuid, name }) => (isUuid(ident) ? uuid === ident.toLowerCase() : name === ident));
  if (group === undefined) throw nodeGroupNotFound(ident);
  return group;
};

/** Changes one group of a cluster; the rest stays the same objects. */
export const changeNodeGroup = (
  spec: MagnumClusterSpec,
  name: string,
  change: (group: MagnumNodeGroup) => MagnumNodeGroup,
): MagnumClusterSpec => ({ ...spec, nodeGroups: spec.nodeGroups.map((group) => (group.name === name ? change(group) : group)) });
