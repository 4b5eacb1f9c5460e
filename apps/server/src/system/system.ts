import { isEnabled } from "@slipway/api";
import type { KeyPool } from "@slipway/api/pki/index.ts";
import type { ServiceAccountKeys, Stores } from "@slipway/apiserver";
import {
  clusterClassController,
  clusterController,
  clusterResourceSetBindingController,
  clusterResourceSetController,
  clusterTopologyController,
  countCloudRequests,
  createWorkloadClusters,
  type DialWorkload,
  kubeadmConfigController,
  kubeadmControlPlaneController,
  machineController,
  machineDeploymentController,
  machineDeploymentTopologyController,
  machineHealthCheckController,
  machineSetController,
  machineSetTopologyController,
  openStackClusterController,
  openStackFloatingIPPoolController,
  openStackMachineController,
  openStackServerController,
} from "@slipway/capi";
import { collectCloud } from "@slipway/doctor";
import { createDriver, createMagnum, type Magnum, type MagnumOptions, type MagnumSettings, revokeWith } from "@slipway/magnum";
import { type CloudIdentity, createCloudConnector, type Transport, type TransportFor } from "@slipway/openstack";
import {
  type Clock,
  type Controller,
  countedClient,
  type Election,
  type Logger,
  type Metrics,
  type Running,
  runControllers,
} from "@slipway/runtime";
import {
  type CloudSettings,
  cloudStorageIn,
  createGuests,
  createWorld,
  type GuestSettings,
  type Guests,
  openServedApis,
  storedRecords,
  type World,
} from "@slipway/sim";
import { providersController } from "../providers/controller.ts";
import type { ProviderHost } from "../providers/host.ts";
import { ensureProviders, stoppedControllers } from "../providers/start.ts";
import { type ApiExtras, type Management, openManagement } from "./management.ts";

/** Everything of Slipway but its sockets: what a story drives with a virtual clock, and what `main.ts` puts on ports. */
export interface System {
  readonly management: Management;
  readonly world: SimulatedWorld | undefined;
  readonly magnum: Magnum;
  readonly controllers: Running;
  /** Asked of the cloud, with the service's own account. */
  readonly projectExists: (id: string) => Promise<boolean>;
  close(): Promise<void>;
}

/** The simulated cloud, the hand that makes it misbehave, and what runs in it. */
export interface SimulatedWorld extends World {
  readonly guests: Guests;
}

export interface SystemOptions {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly keys: KeyPool;
  readonly magnum: MagnumSettings;
  readonly computeMicroversion: string;
  /** An account that may take tenants' application credentials away. */
  readonly serviceIdentity: CloudIdentity;
  readonly serviceAccounts?: ServiceAccountKeys;
  readonly api?: ApiExtras;
  readonly cloud:
    | { readonly mode: "simulated"; readonly settings: CloudSettings; readonly guests: GuestSettings }
    | {
        readonly mode: "existing";
        readonly transport: Transport;
        readonly transportFor: TransportFor;
        readonly dial: DialWorkload;
      };
  /** Where the providers' Pods run: this program. */
  readonly providers: ProviderHost;
  readonly version: string;
  /** When others may work on the same objects: the controllers wait until this one leads. */
  readonly election?: Election;
  /** What fires in the fleet, for the operators' pages. */
  readonly alerts?: MagnumOptions["alerts"];
  /** Reaches workload clusters of the simulated cloud. */
  readonly dialSimulated: (guests: Guests) => DialWorkload;
}

/** The wiring diagram, top to bottom: store, API, cloud, controllers, Magnum. */
export const createSystem = async (options: SystemOptions): Promise<System> => {
  const { stores, clock, log, metrics, keys } = options;
  const management = await openManagement({
    stores,
    clock,
    log: log.child({ component: "apiserver" }),
    pods: options.providers.pods,
    ...(options.serviceAccounts === undefined ? {} : { serviceAccounts: options.serviceAccounts }),
    api: options.api,
  });
  const world = options.cloud.mode === "simulated" ? await openWorld(options, options.cloud) : undefined;
  const transport = options.cloud.mode === "existing" ? options.cloud.transport : (world as SimulatedWorld).cloud.transport;
  const transportFor = options.cloud.mode === "existing" ? options.cloud.transportFor : () => transport;
  const dial = options.cloud.mode === "existing" ? options.cloud.dial : options.dialSimulated((world as SimulatedWorld).guests);
  const connectCloud = createCloudConnector({
    transportFor,
    now: () => clock.now(),
    computeMicroversion: options.computeMicroversion,
    userAgent: "slipway",
    observe: countCloudRequests(metrics),
  });
  const workloads = createWorkloadClusters({
    dial,
    clock,
    log: log.child({ component: "workload-clusters" }),
    metrics,
    ...(world === undefined ? {} : { answers: world.guests.onAnswer }),
  });
  const controllers: readonly Controller[] = [
    workloads.controller,
    clusterController({ workloads: workloads.clusters, keys }),
    machineController({ workloads: workloads.clusters }),
    machineSetController({ workloads: workloads.clusters }),
    machineDeploymentController(),
    machineHealthCheckController({ workloads: workloads.clusters }),
    clusterResourceSetController({ workloads: workloads.clusters }),
    clusterResourceSetBindingController(),
    ...(isEnabled("ClusterTopology", { featureGates: options.api?.featureGates ?? {} })
      ? [
          clusterClassController(),
          clusterTopologyController(),
          machineDeploymentTopologyController(),
          machineSetTopologyController(),
        ]
      : []),
    kubeadmConfigController({ workloads: workloads.clusters, keys }),
    kubeadmControlPlaneController({ workloads: workloads.clusters, keys }),
    openStackClusterController({ connectCloud }),
    openStackFloatingIPPoolController({ connectCloud }),
    openStackMachineController({ connectCloud }),
    openStackServerController({ connectCloud }),
    createDriver({
      connect: connectCloud,
      revokeCredential: revokeWith(connectCloud(options.serviceIdentity)),
      keys,
      settings: options.magnum,
      collectCloud,
    }),
  ];
  await ensureProviders(management.client, options.version);
  const held = await stoppedControllers(management.client);
  const running = runControllers([...controllers, providersController(options.providers)], {
    client: countedClient(management.client, metrics, "in-process"),
    clock,
    log,
    metrics,
    held,
    ...(options.election === undefined ? {} : { election: options.election }),
  });
  options.providers.attach(running, held);
  const magnum = createMagnum({
    client: running.client,
    transport,
    clock,
    log: log.child({ component: "magnum-api" }),
    settings: options.magnum,
    connect: connectCloud,
    administrator: connectCloud(options.serviceIdentity),
    caches: running.caches,
    ...(options.alerts === undefined ? {} : { alerts: options.alerts }),
  });
  return {
    management,
    world,
    magnum,
    controllers: running,
    projectExists: (id) => connectCloud(options.serviceIdentity).everywhere.projectExists(id),
    close: async () => {
      await running.stop();
      world?.stop();
      await world?.guests.close();
      await management.close();
      await stores.close();
    },
  };
};

const openWorld = async (
  { stores, clock, log }: SystemOptions,
  { settings, guests: guestSettings }: { readonly settings: CloudSettings; readonly guests: GuestSettings },
): Promise<SimulatedWorld> => {
  const made: { guests?: Guests } = {};
  const world = await createWorld({
    storage: cloudStorageIn(stores),
    clock,
    settings,
    log: log.child({ component: "cloud" }),
    guests: async (network) => {
      const guests = createGuests({
        network: () => network,
        openApi: openServedApis({ stores, clock }),
        records: storedRecords(stores.store("guests")),
        clock,
        settings: guestSettings,
        log: log.child({ component: "guests" }),
      });
      await guests.restore();
      made.guests = guests;
      return guests;
    },
  });
  if (made.guests === undefined) throw new Error("the simulated cloud was made without its guests");
  return { ...world, guests: made.guests };
};
