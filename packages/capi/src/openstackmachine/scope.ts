import type { Cluster, Machine, OpenStackCluster, OpenStackMachine, OpenStackServer, ServerAddress, Stored } from "@slipway/api";
import { labels } from "@slipway/api";
import type { Cloud, Server } from "@slipway/openstack";
import type { CloudScope } from "../openstackcloud/settle.ts";

/** What the phases of an OpenStackMachine may read. */
export interface MachineScope extends CloudScope {
  readonly osm: Stored<OpenStackMachine>;
  readonly machine: Stored<Machine>;
  readonly cluster: Stored<Cluster>;
  readonly osc: Stored<OpenStackCluster>;
  readonly server: Stored<OpenStackServer> | undefined;
  readonly crn: string;
  /** Connected at its first use: a machine that waits for its cluster asks no cloud. */
  readonly cloud: () => Promise<Cloud>;
}

export interface MachineFacts {
  readonly server: Server;
  readonly instanceId: string;
  readonly addresses: readonly ServerAddress[];
  /** ACTIVE, seen by ourselves. */
  readonly running: boolean;
}

export const isControlPlane = ({ metadata }: Pick<Stored<Machine>, "metadata">): boolean =>
  metadata.labels !== undefined && Object.hasOwn(metadata.labels, labels.controlPlane);

/** Nothing of a machine is in the cloud before its cluster is, so its deletion need not ask the cloud either. */
export const isProvisioned = ({ status }: Pick<OpenStackCluster, "status">): boolean =>
  status?.ready === true && status.network !== undefined;
