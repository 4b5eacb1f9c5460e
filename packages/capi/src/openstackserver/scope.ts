import type { IPAddressClaim, OpenStackServer, OrcImage, ResolvedServer, Stored } from "@slipway/api";
import type { Cloud, Server } from "@slipway/openstack";
import type { EventRecorder } from "@slipway/runtime";
import type { CloudScope } from "../openstackcloud/settle.ts";

/** What the phases of an OpenStackServer may read. */
export interface ServerScope extends CloudScope {
  readonly oss: Stored<OpenStackServer>;
  readonly cloud: Cloud;
  readonly events: EventRecorder;
  readonly clusterName: string;
  /** The Image object that `spec.image.imageRef` names. */
  readonly image: Stored<OrcImage> | undefined;
  /** For a floating IP out of a pool, and the address that came of it. */
  readonly claim: Stored<IPAddressClaim> | undefined;
  readonly address: string | undefined;
  /** What the server reads at its first boot; base64. "": nothing to read. Undefined: the Secret or its key is missing. */
  readonly userData: () => Promise<string | undefined>;
}

export interface ServerFacts {
  readonly resolved: ResolvedServer;
  readonly portIds: readonly string[];
  readonly volumeIds: readonly string[];
  readonly server: Server;
  readonly instanceId: string;
  /** Nova's status, or ERROR for a server that can never be made. */
  readonly instanceState: string;
}

/** Ids of everything that Nova, Neutron and Glance must be told, looked up once. */
export const isResolved = ({ spec, status }: Pick<OpenStackServer, "spec" | "status">): boolean => {
  const { resolved } = status ?? {};
  return (
    resolved?.imageID !== undefined &&
    resolved.flavorID !== undefined &&
    resolved.ports !== undefined &&
    (spec.serverGroup === undefined || resolved.serverGroupID !== undefined)
  );
};
