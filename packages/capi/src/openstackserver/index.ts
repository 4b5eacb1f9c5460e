/** OpenStackServer: one server in the cloud, with its ports, its volumes and its place in a server group. */
import {
  Cluster,
  IPAddress,
  IPAddressClaim,
  infrastructureFinalizers,
  isNotFound,
  labels,
  OpenStackServer,
  OrcImage,
  Secret,
  type Stored,
} from "@slipway/api";
import { type ConnectCloud, isCloudError } from "@slipway/openstack";
import { type Controller, controller, type KubeEffect, mapped, owned, type PassStart, type Phase, toRef } from "@slipway/runtime";
import { performer } from "../openstackcloud/effects.ts";
import { createCloudFinder, encodedValue, type FindCloud } from "../openstackcloud/identity.ts";
import { ipAddressClaimName } from "../openstackcloud/names.ts";
import { withResync } from "../openstackcloud/resync.ts";
import { settle } from "../openstackcloud/settle.ts";
import { addressClaim, pooledAddress, releaseAddressClaim } from "./pooledaddress.ts";
import { ports } from "./ports.ts";
import { resolve } from "./resolve.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";
import { server } from "./server.ts";
import { addressReady, instanceReady, status } from "./status.ts";
import { deletePorts, deleteServer, deleteVolumes } from "./teardown.ts";
import { volumes } from "./volumes.ts";

export interface OpenStackServerOptions {
  readonly connectCloud: ConnectCloud;
  readonly concurrency?: number;
}

type ServerPhase = Phase<ServerScope, unknown, KubeEffect, ServerFacts>;

export const openStackServerController = ({ connectCloud, concurrency = 10 }: OpenStackServerOptions): Controller => {
  const findCloud = createCloudFinder(connectCloud);
  const phases = controller<OpenStackServer, ServerScope, KubeEffect, ServerFacts>(OpenStackServer, {
    concurrency,
    eventComponent: "openstack-controller",
    finalizer: infrastructureFinalizers.openStackServer,
    pausedCondition: false,
    clusterName,
    watches: [
      owned(IPAddressClaim, OpenStackServer),
      mapped(OrcImage, ({ metadata }, caches) =>
        caches
          .list(OpenStackServer, metadata.namespace === undefined ? {} : { namespace: metadata.namespace })
          .filter(({ spec }) => spec.image.imageRef?.name === metadata.name)
          .map(toRef),
      ),
      mapped(
        Cluster,
        ({ metadata }, caches) =>
          caches
            .list(OpenStackServer, { namespace: metadata.namespace ?? "", labels: { [labels.clusterName]: metadata.name } })
            .map(toRef),
        (now, old) => old !== undefined && now.spec.paused !== old.spec.paused,
      ),
    ],
    scope: (start) => scopeOf(start, findCloud),
    phases: [
      resolve,
      addressClaim,
      settle(ports),
      settle(volumes),
      settle(server),
      settle(pooledAddress),
    ] as readonly ServerPhase[],
    teardown: [settle(deleteServer), settle(deleteVolumes), settle(deletePorts), releaseAddressClaim] as readonly ServerPhase[],
    status: (oss, report) => (report.deleting ? oss.status : status(oss, report)),
    ownedConditions: { v1beta1: [instanceReady, addressReady] },
  });
  return {
    ...phases,
    reconcile: async (ref, context) => {
      const oss = context.caches.find(OpenStackServer, ref);
      if (oss === undefined) return {};
      // A server that failed is not brought back: whoever wanted it deletes it and makes another.
      if (oss.status?.instanceState === "ERROR" && oss.metadata.deletionTimestamp === undefined) return {};
      const result = await phases.reconcile(ref, context);
      return context.caches.find(OpenStackServer, ref) === undefined ? result : withResync(result, ref);
    },
  } as Controller;
};

const clusterName = ({ metadata }: Stored<OpenStackServer>): string | undefined => metadata.labels?.[labels.clusterName];

const scopeOf = async ({ object: oss, context }: PassStart<OpenStackServer>, findCloud: FindCloud): Promise<ServerScope> => {
  const { client, caches, clock, events } = context;
  const namespace = oss.metadata.namespace ?? "";
  const cloud = await findCloud(client, namespace, oss.spec.identityRef).catch((error: unknown) => {
    if (isCloudError(error)) events.warning(oss, "CredentialsRefused", error.message);
    throw error;
  });
  const claims = oss.spec.floatingIPPoolRef !== undefined;
  const claim = claims ? caches.find(IPAddressClaim, { namespace, name: ipAddressClaimName(oss.metadata.name) }) : undefined;
  const addressRef = claim?.status?.addressRef?.name;
  const imageRef = oss.spec.image.imageRef?.name;
  return {
    oss,
    cloud,
    events,
    now: clock.now(),
    perform: performer(cloud, events, oss),
    clusterName: clusterName(oss) ?? "",
    claim,
    address: addressRef === undefined ? undefined : caches.find(IPAddress, { namespace, name: addressRef })?.spec.address,
    image: imageRef === undefined ? undefined : caches.find(OrcImage, { namespace, name: imageRef }),
    userData: async () => {
      const name = oss.spec.userDataRef?.name;
      if (name === undefined || name === "") return "";
      const secret = await client.get(Secret, { namespace, name }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      return secret === undefined ? undefined : encodedValue(secret);
    },
  };
};
