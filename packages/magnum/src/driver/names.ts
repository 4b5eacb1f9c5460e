import type { MagnumNodeGroup } from "@slipway/api";
import { shortHash } from "./hash.ts";

/** What the objects of one cluster are called. `stack` is the MagnumCluster's own name, and the Cluster's: `kube-x7k2p`. */
export const controlPlaneName = (stack: string): string => `${stack}-control-plane`;

export const machineDeploymentName = (stack: string, group: Pick<MagnumNodeGroup, "name">): string =>
  labelValue(`${stack}-${group.name}`);

/** Templates never change: what would change gets another name. */
export const templateName = (owner: string, content: unknown): string => `${owner}-${shortHash(content)}`;

/** Nova's server group of a node group; the control plane's has the cluster's own name. */
export const serverGroupName = (stack: string, group: Pick<MagnumNodeGroup, "name" | "role">): string =>
  group.role === "master" ? stack : `${stack}-${group.name}`;

const LONGEST = 63;

/** Names of MachineDeployments become label values, which end at 63 characters. */
const labelValue = (name: string): string =>
  name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 9).replace(/[-._]+$/, "")}-${shortHash(name)}`;

/** Cluster API makes objects of these names, so a node group's must be a DNS subdomain. */
export const isSubdomain = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
